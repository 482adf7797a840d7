import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// `opencode.auto_start`: a server is started where none answers, outlives the daemon with its tasks, and is ended with
/// the last of them.
@Suite struct AutoStartTests {
    /// A world whose own server is gone, with a program `opencode` that is the simulator.
    private func world() throws -> World {
        let world = try World()
        world.killAgent()
        let program = world.root.appending("bin/opencode")
        // $3 and $5 are the values of --port and --hostname.
        try Files.write(
            """
            #!/bin/sh
            [ "$1 $2 $4" = "serve --port --hostname" ] || exit 64
            exec '\(BuiltProgram.path)' simulate --wire \(world.wire) --port "$3" --host "$5" --think 0 \
            --log '\(world.root)/prompts.jsonl' --state '\(world.root)/sessions.jsonl'

            """, to: program)
        guard program.withPlatformString({ chmod($0, 0o755) }) == 0 else { throw Errno(rawValue: errno) }
        return world
    }

    private func serve(_ world: World) throws {
        try world.serve(
            opencode: "{url: \"\(world.agentURL)\", auto_start: true, command: \"\(world.root)/bin/opencode\"}")
    }

    private func serverPID(_ world: World) -> pid_t? {
        Files.json(world.spool.appending("opencode/server.json"))?["pid"]?.int.flatMap { pid_t(exactly: $0) }
    }

    /// A process whose parent is gone may stay as a zombie until somebody reaps it: that is no life.
    private func isAlive(_ pid: pid_t) -> Bool {
        guard let state = Files.text(FilePath("/proc/\(pid)/stat"))?.split(separator: ")").last else { return false }
        return !state.hasPrefix(" Z")
    }

    @Test func server_isStarted_andEndedWithTheDaemon() throws {
        let world = try world()
        try serve(world)
        try world.drop("Task", workspace: try world.workspace(), goal: "sim: write a.txt a")
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "changed")
        let pid = try #require(serverPID(world))
        #expect(isAlive(pid))
        #expect(world.stopDaemon() == 0)
        #expect(!isAlive(pid))
        #expect(!Files.exists(world.spool.appending("opencode/server.json")))
    }

    @Test func server_outlivesAKilledDaemon_andIsTakenOverByTheNext() throws {
        let world = try world()
        try serve(world)
        try world.drop(
            "Long", workspace: try world.workspace(), goal: "sim: say begun\nsim: think 2\nsim: write l.txt l")
        try world.wait("the prompt has arrived") { world.prompts.count == 1 }
        let pid = try #require(serverPID(world))
        world.killDaemon()
        #expect(isAlive(pid))
        try serve(world)
        _ = try world.wait(for: 1, in: .done)
        #expect(serverPID(world) == pid)
        #expect(world.prompts.count == 1)
        #expect(world.stopDaemon() == 0)
        #expect(!isAlive(pid))
    }

    @Test func server_goesOn_whenTheDaemonIsStopped_andTasksRun() throws {
        let world = try world()
        try serve(world)
        try world.drop("Long", workspace: try world.workspace(), goal: "sim: say begun\nsim: stall")
        try world.wait("the prompt has arrived") { world.prompts.count == 1 }
        let pid = try #require(serverPID(world))
        #expect(world.stopDaemon() == 0)
        #expect(isAlive(pid))
        try serve(world)
        let id = world.names(.running)[0]
        #expect(try world.openloom(["cancel", id]).code == 0)
        _ = try world.wait(for: 1, in: .failed)
        #expect(world.stopDaemon() == 0)
        #expect(!isAlive(pid))
    }

    @Test func serverThatDies_isStartedAgain() throws {
        let world = try world()
        try serve(world)
        try world.wait("it has a server") { serverPID(world) != nil }
        let pid = try #require(serverPID(world))
        try world.drop("First", workspace: try world.workspace(), goal: "sim: write a.txt a")
        _ = try world.wait(for: 1, in: .done)
        kill(pid, SIGKILL)
        try world.drop("Second", workspace: try world.workspace(), goal: "sim: write b.txt b")
        _ = try world.wait(for: 2, in: .done)
        #expect(serverPID(world) != pid)
        #expect(world.stopDaemon() == 0)
    }

    @Test func programThatIsMissing_isSaid_withWhatToInstall() async throws {
        let world = try World()
        world.killAgent()
        try world.serve(
            opencode: "{url: \"\(world.agentURL)\", auto_start: true, command: \"\(world.root)/bin/nothing\"}")
        var message = ""
        for _ in 0..<200 where !message.contains("install") {
            message = try await world.api("GET", "/readyz").json["details"]?["opencode"]?["message"]?.string ?? ""
        }
        #expect(message.contains("https://opencode.ai/install"), "\(message)")
    }
}
