import JSON
import Spool
import SystemPackage
import Testing

/// Rules 20 and 21: the stream is a hint; whatever becomes of it, the result is the same.
@Suite struct StreamTests {
    @Test(arguments: [
        ["muteStreams": true] as JSONValue, ["cutStreamAfterEvents": 3], ["refuseStreams": -1],
        ["cutStreamMidTurn": true], ["frameBytes": 12_000_000], ["pageSize": 1], ["statusType": "working"],
        ["persistDelaySeconds": 0.5], ["failCreateSession": 1], ["failMessages": 2], ["previewHealth": true],
        ["secondError": true], ["abortIgnored": true], ["busyAfterFinish": false],
    ])
    func rule20_troubledStream_givesTheSameResult(faults: JSONValue) async throws {
        let world = try World()
        try await world.setFaults(faults)
        try world.serve()
        for number in 0..<3 {
            try world.drop(
                "t\(number)", workspace: try world.workspace("w\(number)"),
                goal: "sim: say begin\nsim: step\nsim: write t.txt \(number)"
            )
        }
        let ids = try world.wait(for: 3, in: .done)
        #expect(ids.allSatisfy { world.verdict($0) == "changed" })
        #expect(world.prompts.count == 3)
    }

    @Test("rule 9: a turn that never starts is ended, not waited for")
    func silence_didNotStart() throws {
        let world = try World(configuration: ["harness: {start_timeout_seconds: 1}"])
        try world.serve()
        try world.drop("Silent", workspace: try world.workspace(), goal: "sim: silent")
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "error")
        #expect(world.reason(id).contains(world.wire == 2 ? "keeps it waiting" : "never appeared"))
        #expect(world.prompts.count == 1)
    }

    @Test("rule 17: silence in a turn is a stall")
    func stall_endsAsStalled() throws {
        let world = try World()
        try world.serve()
        try Files.write(
            "workspace: \(try world.workspace())\nstall_s: 1\ngoal: 'sim: stall'\n", to: world.inbox.appending("s.yaml")
        )
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "stalled")
    }

    @Test("a turn that takes too long ends as timeout, one that costs too much as budget")
    func limits_ofTheTask_areKept() throws {
        let world = try World()
        try world.serve()
        try Files.write(
            "workspace: \(try world.workspace("a"))\ntimeout_s: 1\ngoal: 'sim: stall'\n",
            to: world.inbox.appending("time.yaml"))
        try Files.write(
            "workspace: \(try world.workspace("b"))\nmax_tokens: 10\ngoal: \"sim: tokens 500 500\\nsim: say x\\nsim: step\\nsim: stall\"\n",
            to: world.inbox.appending("cost.yaml"))
        let ids = try world.wait(for: 2, in: .failed)
        #expect(Set(ids.compactMap { world.verdict($0) }) == ["timeout", "budget"], "\(world.story)")
    }

    @Test("errors that may pass are tried again, with a wait that anyone can read")
    func retryableError_goesBackToNew() throws {
        let world = try World()
        try world.serve()
        try world.drop("Busy", workspace: try world.workspace(), goal: "sim: fail api 503 retryable")
        try world.wait("the note is there") {
            world.names(.new).contains { Files.exists(world.task($0, .new).appending("retry.json")) }
        }
        let note = Files.json(world.task(world.names(.new)[0], .new).appending("retry.json"))
        #expect(note?["not_before"]?.string != nil && note?["reason"]?.string?.contains("503") == true)
        #expect(world.names(.failed) == [])
    }
}
