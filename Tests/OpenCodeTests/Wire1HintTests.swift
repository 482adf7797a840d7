import JSON
import OpenCode
import Testing

@testable import OpenCode

@Suite struct Wire1HintTests {
    private func hint(_ text: String) throws -> AgentHint? { Wire1Server.hint(try JSONValue(parsing: text)) }

    @Test func frames_ofBothStreams_areUnderstood() throws {
        let plain = #"{"type":"session.status","properties":{"sessionID":"ses_a","status":{"type":"idle"}}}"#
        #expect(try hint(plain) == .turn(session: "ses_a"))
        #expect(try hint(#"{"directory":"/w","payload":\#(plain)}"#) == .turn(session: "ses_a"))
    }

    /// 1.15 and later send everything a second time.
    @Test func syncDuplicates_areIgnored() throws {
        #expect(try hint(#"{"payload":{"type":"sync","syncEvent":{"type":"message.updated.1","data":{}}}}"#) == nil)
    }

    @Test func error_keepsItsName_andMayLackASession() throws {
        let text =
            #"{"payload":{"type":"session.error","properties":{"error":{"name":"APIError","data":{"message":"x","statusCode":429,"isRetryable":true}}}}}"#
        #expect(
            try hint(text)
                == .failure(session: nil, AgentFailure(name: "APIError", message: "x", mayPass: true, isLimit: true)))
    }

    @Test func asks_nameTheSessionThatAsks() throws {
        let text = #"{"payload":{"type":"permission.asked","properties":{"id":"per_1","sessionID":"ses_child"}}}"#
        #expect(try hint(text) == .ask(session: "ses_child"))
    }

    @Test(arguments: [
        "{}", "[]", "null", #"{"payload":null}"#, #"{"type":"lsp.updated","properties":{}}"#,
        #"{"type":"session.status"}"#, #"{"type":"message.updated","properties":{"info":7}}"#, #"{"type":5}"#,
    ])
    func strangeFrames_tellNothing(text: String) throws {
        #expect(try hint(text) == nil)
    }
}
