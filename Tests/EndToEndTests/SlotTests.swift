import JSON
import Spool
import SystemPackage
import Testing

/// How many tasks work at once, and where.
@Suite(.timeLimit(.minutes(5))) struct SlotTests {
    /// Ends whatever runs, one task after the other, and says how many ran at most until `count` had ended.
    private func mostAtOnce(_ world: World, until count: Int) throws -> Int {
        var most = 0
        var cancelled: Set<String> = []
        try world.wait("\(count) have ended") {
            let running = world.names(.running)
            most = max(most, running.count)
            // Only who has been asked is let go, so that the next is chosen while the others work.
            for id in running where Files.exists(world.task(id, .running).appending("turn.sent")) {
                if running.count == world.names(.running).count, cancelled.insert(id).inserted {
                    try? Files.write("", to: world.task(id, .running).appending("cancel"))
                    break
                }
            }
            return world.names(.failed).count >= count
        }
        return most
    }

    /// Cancels the running tasks with that in their names.
    private func cancel(_ name: String, in world: World) throws {
        try world.inSpool("for task in running/*-\(name)*; do touch \"$task/cancel\"; done")
    }

    @Test func maxRunning_isKept_andUsed() throws {
        let world = try World(configuration: ["harness: {max_running: 2}"])
        try world.serve()
        for number in 0..<5 {
            try world.drop("t\(number)", workspace: try world.workspace("w\(number)"), goal: "sim: stall")
        }
        try world.wait("two work") { world.prompts.count == 2 }
        try world.wait("three wait") { world.names(.new).count == 3 }
        #expect(world.names(.running).count == 2)
        #expect(try mostAtOnce(world, until: 5) == 2)
        #expect(world.prompts.count == 5)
    }

    @Test func maxRunning_ofAServer_isItsOwn() throws {
        let world = try World()
        let second = try World.startSimulator(
            root: world.root, options: ["--wire", String(world.wire)], port: 0, name: "second")
        let other = try World.port(of: second, in: world.root)
        let (here, there) = (try world.workspace("here"), try world.workspace("there"))
        world.configuration = ["harness: {max_running: 2}"]
        try world.serve(
            opencode: """
                {servers: [{url: "\(world.agentURL)", workspaces: [\(here)]}, \
                {url: "http://127.0.0.1:\(other)", workspaces: [\(there)], max_running: 1}]}
                """)
        for number in 0..<3 {
            try world.drop("here\(number)", workspace: try world.workspace("here/\(number)"), goal: "sim: stall")
            try world.drop("there\(number)", workspace: try world.workspace("there/\(number)"), goal: "sim: stall")
        }
        func running(_ name: String) -> Int { world.names(.running).count { $0.contains(name) } }
        try world.wait("three work and three wait") { world.prompts.count == 3 && world.names(.new).count == 3 }
        #expect(running("-here") == 2)
        #expect(running("-there") == 1)
        try cancel("there", in: world)
        try world.wait("the next works there") { world.prompts.count == 4 && running("-there") == 1 }
        #expect(running("-here") == 2)
    }

    @Test func sharedWorkspace_isWorkedInByAllThatShareIt_andByNobodyElse() throws {
        let world = try World()
        try world.serve()
        let workspace = try world.workspace()
        func put(_ name: String, isShared: Bool) throws {
            try Files.write(
                "name: \(name)\nworkspace: \(workspace)\nworkspace_shared: \(isShared)\ngoal: 'sim: stall'\n",
                to: world.inbox.appending("\(name).yaml"))
        }
        try put("one", isShared: true)
        try put("two", isShared: true)
        try world.wait("both work") { world.prompts.count == 2 && world.names(.running).count == 2 }
        try put("alone", isShared: false)
        try world.drop("elsewhere", workspace: try world.workspace("other"), goal: "sim: write o.txt o")
        _ = try world.wait(for: 1, in: .done)
        #expect(world.names(.new).count == 1)
        try cancel("one", in: world)
        _ = try world.wait(for: 1, in: .failed)
        // With one of two still there, it is not free.
        try world.drop("later", workspace: try world.workspace("other"), goal: "sim: write l.txt l")
        _ = try world.wait(for: 2, in: .done)
        #expect(world.names(.new).count == 1)
        try cancel("two", in: world)
        try world.wait("the last works") { world.names(.running).contains { $0.hasSuffix("-alone") } }
    }

    @Test func after_waitsForDone_byID_alsoThroughAFailure() throws {
        let world = try World()
        try world.serve()
        let first = try world.openloom(
            ["submit", "-", "--format", "txt", "--workspace", try world.workspace("a").string, "--hold"],
            input: "sim: fail auth")
        let id = first.output.filter { !$0.isWhitespace }
        #expect(first.code == 0 && world.names(.new) == [id], "\(first.errors)")
        try Files.write(
            "name: second\nworkspace: \(try world.workspace("b"))\nafter: \(id)\ngoal: 'sim: say second'\n",
            to: world.inbox.appending("b.yaml"))
        try world.wait("it waits") { world.names(.new).count == 2 }
        #expect(try world.openloom(["release", id]).code == 0)
        #expect(try world.wait(for: 2, in: .failed).contains(id))
        let second = try #require(world.names(.failed).first { $0.hasSuffix("second") })
        #expect(world.verdict(second) == "cancelled" && world.reason(second).contains("can't come any more"))
        // A person did the work instead.
        try world.inSpool("mv failed/\(id) done/\(id)")
        #expect(try world.openloom(["retry", second]).code == 0)
        try world.wait("it was done") { world.names(.done).contains { $0.hasSuffix("second") } }
        #expect(world.goals == ["sim: fail auth", "sim: say second"])
    }
}
