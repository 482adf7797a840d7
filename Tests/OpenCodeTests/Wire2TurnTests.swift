import JSON
import Testing

@testable import OpenCode

/// What is made of a session's rows on wire 2.
@Suite struct Wire2TurnTests {
    private func rows(_ text: String) throws -> [JSONValue] {
        try #require(try JSONValue(parsing: text).array)
    }

    private func turn(_ text: String, after id: String? = "msg_1") throws -> Wire2Server.Turn {
        Wire2Server.turn(in: try rows(text), after: id)
    }

    private static let user = #"{"id":"msg_1","type":"user","text":"hi","time":{"created":1}}"#

    private static func assistant(_ id: String, finish: String? = "stop", completed: Bool = true) -> String {
        let end = finish.map { #","finish":"\#($0)""# } ?? ""
        let time = completed ? #","completed":3"# : ""
        return #"{"id":"\#(id)","type":"assistant","agent":"build","model":{"id":"m","providerID":"p"},"#
            + #""content":[{"type":"text","text":"ok \#(id)"}]\#(end),"time":{"created":2\#(time)}}"#
    }

    private static func idle(_ outcome: String) -> String {
        #"{"id":"msg_9","type":"idle","outcome":"\#(outcome)","time":{"created":4}}"#
    }

    /// The sample of the wire's description.
    @Test func rule22_wire2_sampleRows_areOneTurn_withItsOutcome() throws {
        let turn = try turn("[\(Self.user),\(Self.assistant("msg_2")),\(Self.idle("succeeded"))]")
        #expect(turn.isThere)
        #expect(turn.outcome == .succeeded)
        let step = try #require(turn.rows.first.flatMap(Wire2Server.step))
        #expect(step.text == "ok msg_2")
        #expect(step.finish == "stop")
        #expect(step.model == "p/m")
        #expect(step.agent == "build")
        #expect(step.isCompleted)
    }

    /// Rule 8: rows are taken in the server's order, whatever their ids are.
    @Test func rule8_wire2_order_isTheServers() throws {
        let turn = try turn(
            "[\(Self.user),\(Self.assistant("msg_0")),\(Self.assistant("msg_00")),\(Self.idle("failed"))]")
        #expect(turn.rows.compactMap { $0["id"]?.string } == ["msg_0", "msg_00"])
        #expect(turn.outcome == .failed)
    }

    @Test func turnWithoutAnIdleRow_hasNoOutcome() throws {
        let turn = try turn("[\(Self.user),\(Self.assistant("msg_2"))]")
        #expect(turn.outcome == nil)
        #expect(turn.rows.count == 1)
    }

    @Test func idleRowOfAnEarlierTurn_isNotOurs() throws {
        let earlier = #"{"id":"msg_a","type":"user","text":"x","time":{"created":0}}"#
        let turn = try turn("[\(earlier),\(Self.assistant("msg_b")),\(Self.idle("succeeded")),\(Self.user)]")
        #expect(turn.isThere)
        #expect(turn.rows.isEmpty)
        #expect(turn.outcome == nil)
    }

    /// One execution served both; the first has its own output and their common outcome.
    @Test func nextPromptOfTheQueue_endsOurOutput_notTheOutcome() throws {
        let next = #"{"id":"msg_n","type":"user","text":"next","time":{"created":3}}"#
        let turn = try turn(
            "[\(Self.user),\(Self.assistant("msg_2")),\(next),\(Self.assistant("msg_3")),\(Self.idle("succeeded"))]")
        #expect(turn.rows.compactMap { $0["id"]?.string } == ["msg_2"])
        #expect(turn.outcome == .succeeded)
    }

    /// What a person steers into the turn belongs to it.
    @Test func steeredText_doesNotEndTheTurn() throws {
        let steer = #"{"id":"msg_s","type":"user","text":"also this","time":{"created":3}}"#
        let turn = try turn(
            "[\(Self.user),\(Self.assistant("msg_2", finish: "tool-calls")),\(steer),\(Self.assistant("msg_3")),"
                + "\(Self.idle("succeeded"))]")
        #expect(turn.rows.compactMap { $0["id"]?.string } == ["msg_2", "msg_3"])
    }

    @Test func unknownRowsAndOutcomes_areNoSuccess() throws {
        let strange = #"{"id":"msg_x","type":"synthetic","metadata":{"notice":"restart"}},{"type":"new-kind"},7"#
        let turn = try turn("[\(Self.user),\(strange),\(Self.assistant("msg_2")),\(Self.idle("splendid"))]")
        #expect(turn.outcome == .failed)
        #expect(turn.rows.count == 1)
    }

    /// Rule 13: tokens of a stranger are bounded.
    @Test func rule13_wire2_hugeTokens_doNotOverflow() throws {
        let row = try JSONValue(
            parsing: #"{"id":"m","tokens":{"input":9223372036854775807,"output":9223372036854775807,"reasoning":-5}}"#
        )
        #expect(Wire2Server.step(row)?.tokens ?? 0 > 0)
    }

    @Test func errorOfARow_mayPass_whenItsStatusSaysSo() throws {
        let limited = try JSONValue(parsing: #"{"type":"rate-limit","message":"slow down","status":429}"#)
        #expect(
            Wire2Server.failure(limited)
                == AgentFailure(name: "rate-limit", message: "slow down", mayPass: true, isLimit: true))
        let denied = try JSONValue(parsing: #"{"type":"auth","message":"no key","status":401}"#)
        #expect(Wire2Server.failure(denied)?.mayPass == false)
    }
}
