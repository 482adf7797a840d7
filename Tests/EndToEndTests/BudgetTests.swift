import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// What a task may use and change, enforced from outside while the agent works.
@Suite(.timeLimit(.minutes(5))) struct BudgetTests {
    private static let quickLooks =
        "harness: {check_interval_seconds: 0.1, max_attempts: 10, retry_delay_seconds: 0.05}"

    private func drop(_ world: World, _ keys: String, _ script: [String]) throws {
        let goal = script.map { "  sim: \($0)\n" }.joined()
        try Files.write(
            "name: task\nworkspace: \(try world.workspace())\n\(keys)\ngoal: |\n\(goal)",
            to: world.inbox.appending("task.yaml"))
    }

    /// The task ends as `budget` in a world where its script would go on for ever.
    private func ended(_ keys: String, _ script: [String], then check: (World, String) async throws -> Void)
        async throws
    {
        let world = try World(configuration: [Self.quickLooks])
        try world.serve()
        try drop(world, keys, script)
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "budget", "\(world.reason(id))")
        try await check(world, id)
        #expect(try await world.workingSessions(in: try world.workspace()) == 0)
    }

    @Test func tooManyFiles_stopTheAgent_andAreEvidence() async throws {
        try await ended("max_files: 2", ["write a.txt a", "write b.txt b", "write c.txt c", "step", "stall"]) {
            world, id in
            #expect(world.reason(id).contains("3 files changed, and 2 are allowed"))
            let changes = Files.json(world.task(id, .failed).appending("evidence/changes.json"))?["changes"]
            #expect(changes?.array?.count == 3)
            let file = try world.workspace().appending("c.txt")
            #expect(Files.exists(file))
        }
    }

    @Test func tooManyBytes_stopTheAgent() async throws {
        try await ended("max_bytes: 10", ["write a.txt 0123456789abcdef", "step", "stall"]) { world, id in
            #expect(world.reason(id).contains("17 bytes, and 10 are allowed"))
        }
    }

    /// The turn is over before anybody looks: its claim does not count.
    @Test func pathThatIsNotAllowed_isSeenAtTheEnd_atTheLatest() async throws {
        try await ended("allow_paths: [docs]", ["write docs/a.md a", "write src.txt x"]) { world, id in
            #expect(world.reason(id).contains("src.txt changed, which allow_paths does not name"))
        }
        let world = try World()
        try world.serve()
        try drop(world, "allow_paths: docs\nmax_files: 1\nmax_bytes: 2", ["write docs/a.md a"])
        #expect(world.verdict(try world.wait(for: 1, in: .done)[0]) == "changed")
    }

    /// A link that was there leads out: what is written through it is no file of the workspace's, and was not allowed.
    @Test func fileOutside_writtenThroughALink_isNoAllowedPath() async throws {
        let world = try World(simulator: ["--allow-run"], configuration: [Self.quickLooks])
        let workspace = try world.workspace()
        let target = world.root.appending("elsewhere.txt")
        try Files.write("before\n", to: target)
        symlink(target.string, workspace.appending("link").string)
        try world.serve()
        try drop(world, "allow_paths: [link, docs]", ["write docs/a.md a", "run echo after > link"])
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "budget", "\(world.reason(id))")
        #expect(world.reason(id).contains("elsewhere.txt changed, which allow_paths does not name"))
    }

    @Test func whatCanNotBeTold_isOverBudget_andSaysSo() async throws {
        let world = try World(simulator: ["--allow-run"], configuration: [Self.quickLooks])
        let workspace = try world.workspace()
        // More than is ever hashed: whether its content is another can't be told.
        let big = workspace.appending("big")
        try Files.write("", to: big)
        #expect(truncate(big.string, 1 << 40) == 0)
        try world.serve()
        try drop(world, "max_files: 5", ["run touch big"])
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "budget", "\(world.reason(id))")
        #expect(world.reason(id).contains("not all that changed could be told, and the task limits it: big"))
    }

    @Test func tokensOfSessionsThatTheAgentStarted_count() async throws {
        let script = ["subagent helper", "tokens 900 100", "say busy", "step", "end", "step", "stall"]
        try await ended("max_tokens: 950", script) { world, id in
            #expect(world.reason(id).contains("the task has used"))
            let usage = Files.json(world.task(id, .failed).appending("result.json"))?["usage"]
            #expect(usage?["children"]?["sessions"] == 1)
            #expect((usage?["children"]?["tokens"]?.int ?? 0) >= 1000)
            #expect((usage?["tokens"]?.int ?? 0) >= (usage?["children"]?["tokens"]?.int ?? 1))
        }
    }

    @Test func tokensOfEarlierAttempts_count() async throws {
        try await ended(
            "max_tokens: 2200", ["tokens 400 100", "say busy", "step", "fail api 503 retryable"]
        ) { world, id in
            #expect((2..<10).contains(world.prompts.count), "\(world.prompts.count)")
            #expect(world.reason(id).contains("and 2200 are allowed"))
        }
    }

    @Test func tokensBeforeARestart_count() async throws {
        let world = try World(configuration: [
            "harness: {check_interval_seconds: 0.1, permissions: {bash: ask}}"
        ])
        try world.serve()
        try drop(
            world, "max_tokens: 900", ["tokens 500 0", "say busy", "step", "ask bash ls", "say more", "step", "stall"])
        try world.wait("it asks") { world.asks.count == 1 }
        let (id, ask) = world.asks[0]
        world.killDaemon()
        try world.serve()
        _ = try world.shell("echo once > running/\(id)/asks/\(ask).answer")
        #expect(try world.wait(for: 1, in: .failed) == [id])
        #expect(world.verdict(id) == "budget")
        #expect(world.prompts.count == 1)
    }
}
