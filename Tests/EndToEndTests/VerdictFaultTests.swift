import JSON
import Spool
import SystemPackage
import Testing

/// Faults 1–7 that were seen in another tool of this kind: endings that were no endings.
@Suite struct VerdictFaultTests {
    private func end(
        _ goal: String, simulator: [String] = [], configuration: [String] = []
    ) throws -> (verdict: String?, reason: String, prompts: Int, world: World) {
        let world = try World(simulator: simulator, configuration: configuration)
        try world.serve()
        try world.drop("Task", workspace: try world.workspace(), goal: goal)
        try world.wait("the task has ended") { world.names(.done).count + world.names(.failed).count == 1 }
        let id = (world.names(.done) + world.names(.failed))[0]
        return (world.verdict(id), world.reason(id), world.prompts.count, world)
    }

    @Test(
        "fault 1: errors and aborts are not completed",
        arguments: [
            ("sim: fail auth", "error", ["ProviderAuthError", "provider.auth"]),
            ("sim: fail overflow", "error", ["ContextOverflowError", "longer than the model's context"]),
            ("sim: fail api 400", "error", ["APIError", "provider.invalid-request"]),
            ("sim: fail aborted", "cancelled", ["aborted", "aborted"]),
            ("sim: fail unknown", "error", ["UnknownError", "unknown"]),
            ("sim: nopersist", "error", ["Error", "never appeared"]),
            ("sim: finish length", "error", ["length", "length"]),
            ("sim: finish content-filter", "error", ["content-filter", "content-filter"]),
            ("sim: empty", "error", ["without a word", "without a word"]),
        ])
    func failedTurn_endsInFailed(goal: String, verdict: String, words: [String]) throws {
        let words = words[World.suiteWire - 1]
        // The last attempt there is, so that what may pass is not waited for; nor is a turn that never comes.
        let start = goal == "sim: nopersist" ? ", start_timeout_seconds: 1" : ""
        let ended = try end(goal, configuration: ["harness: {max_attempts: 1\(start)}"])
        #expect(ended.verdict == verdict)
        #expect(ended.reason.contains(words), "\(ended.reason)")
        #expect(ended.prompts == 1)
        #expect(ended.world.names(.done) == [])
    }

    @Test("fault 1: a quota that is used up is no end at all")
    func usedUpQuota_holdsTheTask() throws {
        let world = try World(configuration: ["harness: {max_attempts: 1}"])
        try world.serve()
        try world.drop("Task", workspace: try world.workspace(), goal: "sim: retry 1 86400")
        try world.wait("it is held") {
            world.names(.new).contains { Files.exists(world.task($0, .new).appending("limited")) }
        }
        let retry = Files.json(world.task(world.names(.new)[0], .new).appending("retry.json"))
        #expect(retry?["reason"]?.string?.contains("overloaded") == true)
        #expect(world.names(.done) + world.names(.failed) == [] && world.prompts.count == 1)
    }

    @Test("fault 2: the gap between two steps is not the end")
    func gapBetweenSteps_isWaitedOut() throws {
        let ended = try end("sim: write one.txt 1\nsim: step 1\nsim: write two.txt 2")
        #expect(ended.verdict == "changed")
        let id = ended.world.names(.done)[0]
        let changes = Files.json(ended.world.task(id, .done).appending("result.json"))?["fact"]?["changes"]?.array
        #expect(changes?.count == 2)
    }

    @Test("fault 3: a task in an old session is not done from the turn before")
    func boundSession_waitsForItsOwnTurn() async throws {
        let world = try World()
        try world.serve()
        let workspace = try world.workspace()
        try world.drop("First", workspace: workspace, goal: "sim: say hello")
        let first = try world.wait(for: 1, in: .done)[0]
        let session = try #require(
            Files.text(world.task(first, .done).appending("session"))?.split(separator: "\n").first)
        let made = try await world.api(
            "POST", "/api/tasks",
            body: [
                "name": "Second", "workspace": .string(workspace.string), "sessionId": .string(String(session)),
                "goal": "sim: think 0.3\nsim: write second.txt yes",
            ]
        )
        let second = try #require(made.json["taskId"]?.string, "\(made.json.compact)")
        try world.wait("it is done") { world.names(.done).contains(second) }
        #expect(world.verdict(second) == "changed")
        #expect(Files.exists(workspace.appending("second.txt")))
        #expect(world.prompts.count == 2)
    }

    @Test(
        "fault 4, rule 18: a turn that a server's death cut off is interrupted, or gone on with by a server that does")
    func serverThatDies_interrupts_orGoesOn() throws {
        let world = try World(simulator: ["--state", "/dev/shm/openloom-\(UInt32.random(in: 0 ... .max)).jsonl"])
        try world.serve()
        try world.drop("Task", workspace: try world.workspace(), goal: "sim: say begun\nsim: step\nsim: stall")
        try world.wait("the prompt has arrived") { world.prompts.count == 1 }
        try world.wait("the turn has begun") {
            world.names(.running).contains { Files.exists(world.task($0, .running).appending("activity.json")) }
        }
        world.killAgent()
        try world.restartAgent()
        if world.wire == 2 {
            let id = try world.wait(for: 1, in: .done)[0]
            let rows = Files.json(world.task(id, .done).appending("transcript.json"))?.array ?? []
            #expect(rows.contains { $0["metadata"]?["notice"]?.string == "restart" })
        } else {
            let id = try world.wait(for: 1, in: .failed)[0]
            #expect(world.verdict(id) == "interrupted")
        }
        #expect(world.prompts.count == 1)
    }

    @Test("fault 5: without idle_completes_task the marker is found in the newest message")
    func marker_isFound_whenIdleDoesNotComplete() throws {
        let ended = try end(
            "sim: say one\nsim: step\nsim: say two\nsim: step\nsim: write x.txt x\nsim: say three",
            configuration: ["harness: {idle_completes_task: false}"]
        )
        #expect(ended.verdict == "changed")
    }

    @Test("fault 6: a sentence about the marker is no marker")
    func mentionOfTheMarker_completesNothing() throws {
        let ended = try end(
            "sim: nomarker\nsim: say I will not write TASK COMPLETE until the tests pass.",
            configuration: ["harness: {idle_completes_task: false}"]
        )
        #expect(ended.verdict == "error")
        #expect(ended.reason.contains("TASK COMPLETE"))
    }

    @Test("fault 7: the workspace decides, not the claim")
    func claimOfWork_withoutChange_isUnchanged() throws {
        let ended = try end("sim: say I have rewritten everything.")
        #expect(ended.verdict == "unchanged")
    }
}
