import JSON
import Spool
import SystemPackage
import Testing

/// Rules 20 and 21: the stream is a hint; whatever becomes of it, the result is the same.
@Suite struct StreamTests {
    /// What servers of either wire do.
    private static let faultsOfBoth: [JSONValue] = [
        ["muteStreams": true], ["cutStreamAfterEvents": 3], ["refuseStreams": -1], ["cutStreamMidTurn": true],
        ["frameBytes": 12_000_000], ["pageSize": 1], ["failCreateSession": 1], ["failMessages": 2],
    ]
    private static let faultsOfWire1: [JSONValue] = [
        ["statusType": "working"], ["persistDelaySeconds": 0.5], ["previewHealth": true], ["secondError": true],
    ]
    /// A prompt's trouble is each task's.
    private static let faultsOfWire2: [JSONValue] = [
        ["streamFailureAfterEvents": 3], ["strangers": true], ["inboxSeconds": 0.3], ["freshLocations": true],
        ["emptyLastPage": true, "pageSize": 1],
        ["promptTrouble": [["taken": true, "status": 503, "count": 2]]],
        ["promptTrouble": [["taken": false, "status": 504, "count": 2]]],
        ["promptTrouble": [["taken": true, "reset": true, "count": 2]]],
        ["promptTrouble": [["taken": true, "seconds": 0.5]]],
    ]

    @Test(arguments: faultsOfBoth + (World.suiteWire == 2 ? faultsOfWire2 : faultsOfWire1))
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

    @Test(
        "rule 9: a turn that never starts is ended, not waited for",
        arguments: [
            ("sim: silent", ["never appeared", "keeps it waiting"]),
            ("sim: noturn", ["answered nothing", "answered nothing"]),
            ("sim: noassistant", ["answered nothing", "without a word"]),
        ])
    func silence_didNotStart(goal: String, words: [String]) throws {
        let world = try World(configuration: ["harness: {start_timeout_seconds: 1}"])
        try world.serve()
        try world.drop("Silent", workspace: try world.workspace(), goal: goal)
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "error")
        #expect(world.reason(id).contains(words[world.wire - 1]), "\(world.reason(id))")
        #expect(world.prompts.count == 1)
    }

    /// OpenCode 2 writes down how each turn ended, unless it is shut down in it; most such turns it goes on with.
    @Test func turnThatAShutdownCutOff_andNobodyGoesOnWith_isInterrupted() async throws {
        let world = try World(wire: 2, configuration: ["harness: {start_timeout_seconds: 1}"])
        try await world.setFaults(["shutdownTurns": 1])
        try world.serve()
        try world.drop("Cut", workspace: try world.workspace(), goal: "sim: write a.txt a")
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "interrupted")
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

}
