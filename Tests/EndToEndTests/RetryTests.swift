import JSON
import Spool
import SystemPackage
import Testing

/// Errors that may pass: a further attempt, after a wait that anyone can read, and an end to it.
@Suite(.timeLimit(.minutes(5))) struct RetryTests {
    @Test func errorThatMayPass_goesBackToNew_withAWait() throws {
        let world = try World()
        try world.serve()
        try world.drop("Busy", workspace: try world.workspace(), goal: "sim: fail api 503 retryable")
        let note = try retryNote(of: world)
        #expect(note["not_before"]?.string != nil && note["reason"]?.string?.contains("503") == true)
        #expect(note["reason"]?.string?.contains("attempt 1 of 3") == true)
        #expect(world.names(.failed) == [])
    }

    @Test func errorThatStays_isTried_asOftenAsItIsAllowed_andThenFails() throws {
        let world = try World(configuration: ["harness: {max_attempts: 3, retry_delay_seconds: 0.05}"])
        try world.serve()
        try world.drop("Busy", workspace: try world.workspace(), goal: "sim: fail api 503 retryable")
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "error")
        #expect(world.reason(id).contains("503"))
        #expect(world.prompts.count == 3)
        #expect(Files.names(world.task(id, .failed).appending("attempts")) == ["1", "2"])
        let sessions = world.prompts.compactMap { $0["session"]?.string }
        #expect(Set(sessions).count == 3, "each attempt begins in a session of its own")
        #expect(!Files.exists(world.task(id, .failed).appending("retry.json")))
    }

    /// A provider that says when to come again: tomorrow. Nobody waits for that in a slot.
    @Test func quotaThatIsUsedUp_putsTheTaskBack_untilTheProviderSaidSo() async throws {
        let world = try World(configuration: ["harness: {max_running: 1}"])
        try world.serve()
        let workspace = try world.workspace()
        let before = Timestamp.now()
        try world.drop("Poor", workspace: workspace, goal: "sim: retry 1 86400")
        let note = try retryNote(of: world)
        let wakes = try #require(note["not_before"]?.string.flatMap(Timestamp.init(iso8601:)))
        #expect(wakes > before.adding(seconds: 86_000) && wakes < Timestamp.now().adding(seconds: 86_500))
        #expect(note["reason"]?.string?.contains("ProviderRetry") == true, "\(note.compact)")
        #expect(try await world.workingSessions(in: workspace) == 0)
        // Nor does another task of that provider, until somebody says that it may be asked again.
        try world.drop("Next", workspace: workspace, goal: "sim: write n.txt n")
        try world.wait("both wait") { world.names(.new).count == 2 }
        #expect(try world.openloom(["ls"]).output.contains("limit of simulator reached, again in 23h"))
        _ = try world.shell("rm providers/*.json")
        #expect(try world.wait(for: 1, in: .done)[0].hasSuffix("next"))
        #expect(world.names(.new).count == 1)
    }

    private func retryNote(of world: World) throws -> JSONValue {
        try world.wait("the note is there") {
            world.names(.new).contains { Files.exists(world.task($0, .new).appending("retry.json")) }
        }
        return try #require(Files.json(world.task(world.names(.new)[0], .new).appending("retry.json")))
    }
}
