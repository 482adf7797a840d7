import JSON
import Testing

@testable import OpenCode

/// What the events of wire 2 are taken for: hints of where to look.
@Suite struct Wire2HintTests {
    private func hint(_ text: String) throws -> AgentHint? { Wire2Server.hint(try JSONValue(parsing: text)) }

    @Test(arguments: [
        ("server.connected", "{}", AgentHint.connected),
        ("location.shutdown", "{}", .reset),
        ("config.updated", "{}", .reset),
        ("session.inbox.enqueued", #"{"sessionID":"ses_a"}"#, .turn(session: "ses_a")),
        ("session.inbox.delivered", #"{"sessionID":"ses_a","inboxID":"msg_1"}"#, .turn(session: "ses_a")),
        ("session.execution.started", #"{"sessionID":"ses_a"}"#, .turn(session: "ses_a")),
        ("session.execution.succeeded", #"{"sessionID":"ses_a"}"#, .turn(session: "ses_a")),
        ("session.execution.failed", #"{"sessionID":"ses_a","error":{"type":"unknown"}}"#, .turn(session: "ses_a")),
        ("session.step.failed", #"{"sessionID":"ses_a"}"#, .turn(session: "ses_a")),
        ("session.retry.scheduled", #"{"sessionID":"ses_a"}"#, .turn(session: "ses_a")),
        ("session.text.delta", #"{"sessionID":"ses_a","text":"x"}"#, .activity(session: "ses_a")),
        ("session.tool.progress", #"{"sessionID":"ses_a"}"#, .activity(session: "ses_a")),
        ("permission.asked", #"{"id":"per_1","sessionID":"ses_a"}"#, .ask(session: "ses_a")),
        ("permission.asked", #"{"request":{"id":"per_1","sessionID":"ses_a"}}"#, .ask(session: "ses_a")),
        ("form.created", #"{"form":{"id":"frm_1","sessionID":"ses_a"}}"#, .ask(session: "ses_a")),
        ("form.cancelled", #"{"sessionID":"ses_a","id":"frm_1"}"#, .ask(session: "ses_a")),
    ]) func event_isAHint(_ type: String, _ data: String, _ expected: AgentHint) throws {
        #expect(try hint(#"{"id":"evt_1","created":1,"type":"\#(type)","data":\#(data)}"#) == expected)
    }

    /// Betas and later builds have others.
    @Test(arguments: [
        #"{"type":"permission.v2.asked","data":{}}"#, #"{"type":"something.new","data":{"sessionID":"ses_a"}}"#,
        #"{"type":7}"#, #"[]"#, #"{"data":{"sessionID":"ses_a"}}"#,
    ]) func unknownEvent_isNoHint(_ text: String) throws {
        #expect(try hint(text) == nil)
    }
}
