import JSON
import Spool
import SystemPackage
import Testing

/// A provider that has had enough: nobody storms it, and nothing is lost.
@Suite(.timeLimit(.minutes(5))) struct ProviderLimitTests {
    private func holds(_ world: World) -> [JSONValue] {
        let directory = world.spool.appending("providers")
        return Files.names(directory).filter { $0.hasSuffix(".json") }.compactMap {
            Files.json(directory.appending($0))
        }
    }

    private func drop(_ world: World, _ count: Int) throws {
        for number in 0..<count {
            try world.drop(
                "t\(number)", workspace: try world.workspace("w\(number)"), goal: "sim: write t.txt \(number)")
        }
        try world.wait("all are there") { world.names(.new).count == count }
    }

    /// Four at once meet the limit, then one that was to find out, then one that finds it lifted.
    @Test func twentyTasks_andALimitThatIsMetTwice_costFivePromptsMore() async throws {
        let world = try World(configuration: ["harness: {max_running: 4, retry_delay_seconds: 0.3}"])
        try world.serve()
        try await world.waitUntilReady()
        _ = try world.shell("touch pause")
        try drop(world, 20)
        try await world.setFaults(["limitedTurns": 5])
        _ = try world.shell("rm pause")
        _ = try world.wait(for: 20, in: .done)
        #expect(world.prompts.count == 25)
        let attempts = world.names(.done).map { Files.names(world.task($0, .done).appending("attempts")).count }
        #expect(attempts.reduce(0, +) == 5)
        #expect(holds(world).isEmpty)
        #expect(world.names(.failed).isEmpty)
    }

    /// More often than a task has attempts.
    @Test func limit_isNoAttempt() async throws {
        let world = try World(configuration: ["harness: {max_attempts: 2, retry_delay_seconds: 0.05}"])
        try world.serve()
        try await world.waitUntilReady()
        try await world.setFaults(["limitedTurns": 4])
        try world.drop("patient", workspace: try world.workspace(), goal: "sim: write x.txt x")
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.prompts.count == 5)
        #expect(Files.exists(world.task(id, .done).appending("attempts/4/limited")))
    }

    @Test func hold_outlivesADaemon_andOneTaskFindsOutWhetherItIsOver() async throws {
        let world = try World(configuration: ["harness: {max_running: 4, retry_delay_seconds: 3600}"])
        try world.serve()
        try await world.waitUntilReady()
        try await world.setFaults(["limitedTurns": 1])
        try world.drop("first", workspace: try world.workspace("first"), goal: "sim: write x.txt x")
        try world.wait("it is held") { holds(world).count == 1 && world.names(.new).count == 1 }
        world.killDaemon()
        try world.serve()
        try await world.waitUntilReady()
        for name in ["second", "third"] {
            try world.drop(name, workspace: try world.workspace(name), goal: "sim: ask bash ls\nsim: write x.txt x")
        }
        try world.wait("all wait") { world.names(.new).count == 3 }
        let shown = try await world.api("GET", "/api/tasks").json["tasks"]?.array ?? []
        #expect(shown.allSatisfy { $0["provider_hold"]?["provider"] == "simulator" })
        #expect(try world.openloom(["ls"]).output.contains("limit of simulator reached"))
        #expect(world.prompts.count == 1)
        // Its time has come: one is started, and is killed with its daemon before its model did anything.
        var hold = try #require(holds(world).first?.object)
        hold["until"] = .string(Timestamp.now().iso8601)
        try await world.setFaults(["inboxSeconds": 0, "persistDelaySeconds": 0])
        try Files.write(JSONValue.object(hold).compact, to: world.root.appending("hold"))
        _ = try world.shell("mv ../hold providers/simulator.json")
        _ = try world.wait(for: 2, in: .done)
        #expect(world.prompts.count == 3)
        #expect(holds(world).isEmpty)
    }

    @Test func tasksOfOtherProviders_goOn() async throws {
        let world = try World(configuration: ["harness: {retry_delay_seconds: 3600}"])
        try world.serve()
        try await world.waitUntilReady()
        try await world.setFaults(["limitedTurns": 1, "models": ["other/model"]])
        try world.drop("first", workspace: try world.workspace("first"), goal: "sim: write x.txt x")
        try world.wait("it is held") { holds(world).count == 1 && world.names(.new).count == 1 }
        try Files.write(
            "workspace: \(try world.workspace("other"))\nmodel: other/model\ngoal: 'sim: write x.txt x'\n",
            to: world.inbox.appending("other.yaml"))
        #expect(try world.wait(for: 1, in: .done)[0].hasSuffix("other"))
        #expect(holds(world).count == 1)
    }
}
