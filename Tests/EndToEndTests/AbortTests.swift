import JSON
import Spool
import SystemPackage
import Testing

/// Rule 23: an abort is a question, too. Whether it worked is seen at the session.
@Suite(.timeLimit(.minutes(5))) struct AbortTests {
    /// A task whose agent works until it is stopped.
    private func begin(_ goal: String, in world: World) throws -> String {
        try world.serve()
        try world.drop("Stuck", workspace: try world.workspace(), goal: goal)
        try world.wait("the turn has begun") { !world.names(.running).isEmpty && world.prompts.count == 1 }
        return world.names(.running)[0]
    }

    /// Sessions that were aborted, once for each time.
    private func aborts(_ world: World) -> [String] {
        (Files.text(world.root.appending("prompts.jsonl")) ?? "").split(separator: "\n")
            .compactMap { try? JSONValue(parsing: String($0)) }.filter { $0["event"]?.string == "abort" }
            .compactMap { $0["session"]?.string }
    }

    @Test func rule23_abortWithoutEffect_isRepeated() async throws {
        let world = try World()
        let id = try begin("sim: say begun\nsim: stall", in: world)
        try await world.setFaults(["abortIgnored": true])
        #expect(try world.openloom(["cancel", id]).code == 0)
        try world.wait("it was aborted in vain") { !aborts(world).isEmpty }
        try await world.setFaults(["abortIgnored": false])
        _ = try world.wait(for: 1, in: .failed)
        #expect(world.verdict(id) == "cancelled")
        #expect(aborts(world).count == 2)
        #expect(try await world.workingSessions(in: try world.workspace()) == 0)
    }

    /// Longer than anybody waits for the answer: the session is looked at all the same, and then its sub-agents.
    @Test func rule23_abortThatIsNotAnsweredInTime_isStillVerified() async throws {
        let world = try World()
        let id = try begin("sim: subagent Helper\nsim: think 600\nsim: end", in: world)
        try await waitForChild(world)
        try await world.setFaults(["abortSeconds": 600, "abortSparesChildren": true])
        #expect(try world.openloom(["cancel", id]).code == 0)
        try world.wait("it is being aborted") { !aborts(world).isEmpty }
        try await world.setFaults(["abortSeconds": 0])
        _ = try world.wait(for: 1, in: .failed)
        #expect(world.verdict(id) == "cancelled")
        #expect(Set(aborts(world)).count == 2, "the sub-agent's session, too")
        #expect(try await world.workingSessions(in: try world.workspace()) == 0)
    }

    @Test func rule23_subagentThatSurvivesTheAbort_isAbortedItself() async throws {
        let world = try World()
        let id = try begin("sim: subagent Helper\nsim: think 600\nsim: end", in: world)
        try await waitForChild(world)
        try await world.setFaults(["abortSparesChildren": true])
        #expect(try world.openloom(["cancel", id]).code == 0)
        _ = try world.wait(for: 1, in: .failed)
        #expect(world.verdict(id) == "cancelled")
        #expect(aborts(world).count == 2 && Set(aborts(world)).count == 2)
        #expect(try await world.workingSessions(in: try world.workspace()) == 0)
    }

    private func waitForChild(_ world: World) async throws {
        var working: Int?
        for _ in 0..<2000 where working != 2 { working = try await world.workingSessions(in: try world.workspace()) }
        #expect(working == 2)
    }
}
