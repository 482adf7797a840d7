import Curl
import JSON
import Spool
import SystemPackage

extension Bench {
    /// Files dropped by opening, writing and closing them, one task at a time.
    func measureDrops(_ found: (Measurement) -> Void) async throws {
        for isRepository in [false, true] {
            let name = isRepository ? "git" : "plain"
            let stage = try await LatencyStage(self, workspace: name, isRepository: isRepository)
            let inbox = stage.daemon.spool.appending("inbox")
            let times = try await stage.measure(count: isQuick ? 20 : 100) { number in
                try Disk.write(
                    "# Drop \(number)\n\nSay hello, number \(number).\n", to: inbox.appending("drop\(number).md"))
            }
            await stage.stop()
            found(Measurement("drop → session asked for, \(name)", .milliseconds, times.toSession))
            found(Measurement("drop → prompt, \(name)", .milliseconds, times.toPrompt, aim: "≤ 10"))
            found(Measurement("end of turn → done/, \(name)", .milliseconds, times.toDone, aim: "≤ 20"))
        }
    }

    /// The same by REST.
    func measurePosts(_ found: (Measurement) -> Void) async throws {
        let stage = try await LatencyStage(self, workspace: "plain", isRepository: false)
        var answers: [Double] = []
        let times = try await stage.measure(count: isQuick ? 20 : 100) { number in
            let begun = ContinuousClock.now
            let goal = "Say hello, number \(number)."
            let body: JSONValue = [
                "name": .string("Post \(number)"), "goal": .string(goal), "workspace": .string(stage.workspace.string),
            ]
            let answer = try await stage.daemon.send("POST", "/api/tasks", body: body)
            answers.append((ContinuousClock.now - begun).milliseconds)
            guard answer.status < 300 else {
                throw BenchFailure("POST /api/tasks: \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
            }
        }
        await stage.stop()
        found(Measurement("POST → answer", .milliseconds, Array(answers.dropFirst(LatencyStage.warmUp))))
        found(Measurement("POST → prompt", .milliseconds, times.toPrompt))
        found(Measurement("end of turn → done/", .milliseconds, times.toDone))
    }
}

/// A daemon with an agent whose turns end when we say so.
struct LatencyStage {
    struct Times {
        var toSession: [Double] = []
        var toPrompt: [Double] = []
        var toDone: [Double] = []
    }

    let daemon: Daemon
    private let agent: AgentDouble
    let workspace: FilePath
    private let done: Arrivals

    /// Tasks that are not counted: connections are made, and pages are read in.
    static let warmUp = 3

    init(_ bench: Bench, workspace name: String, isRepository: Bool) async throws {
        let home = bench.home.appending(name)
        try Disk.makeDirectory(home)
        workspace = home.appending("work")
        try Workspace.make(workspace, isRepository: isRepository, home: home)
        agent = try AgentDouble()
        let own = Bench(home: home, program: bench.program, isQuick: bench.isQuick)
        daemon = try Daemon(own, agentPort: agent.port, workspace: workspace)
        _ = try await daemon.waitUntilReady()
        done = try Arrivals(in: daemon.spool.appending(TaskState.done.rawValue))
    }

    func stop() async {
        daemon.stop()
        agent.stop()
    }

    /// One task after another, each from `submit` to `done/`. Between them the machine comes to rest.
    func measure(count: Int, submit: (Int) async throws -> Void) async throws -> Times {
        var times = Times()
        for number in 1...(count + Self.warmUp) {
            try await Task.sleep(for: .milliseconds(30))
            let begun = ContinuousClock.now
            try await submit(number)
            let prompt = try await within("no prompt came") { [agent] in await agent.prompts.first { _ in true } }
            // The agent works for a while, so that the daemon is done with what follows a prompt.
            try await Task.sleep(for: .milliseconds(50))
            try Workspace.work(in: workspace, number: number)
            let ended = try agent.endTurn(of: prompt.session)
            let seen = try await done.instant(of: prompt.task)
            if number <= Self.warmUp { continue }
            times.toSession.append((prompt.asked - begun).milliseconds)
            times.toPrompt.append((prompt.arrived - begun).milliseconds)
            times.toDone.append((seen - ended).milliseconds)
        }
        return times
    }
}
