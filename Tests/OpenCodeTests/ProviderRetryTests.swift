import Curl
import JSON
import Testing

@testable import OpenCode

/// Rule 16: how a server says that it waits for its provider.
@Suite(.timeLimit(.minutes(2))) struct ProviderRetryTests {
    private let session = AgentSession(id: "ses_a", directory: "/w")

    private func observe(
        _ routes: [String: RouteServer.Answer], on wire: (OpenCodeClient) -> any AgentWire
    ) async throws -> TurnObservation.Activity {
        let server = try RouteServer(routes)
        let curl = CurlClient()
        defer { curl.close() }
        let client = OpenCodeClient(curl: curl, settings: .init(url: server.url, credentials: nil))
        return try await wire(client).observe(session, prompt: "msg_1").activity
    }

    @Test(arguments: [
        (
            ["type": "retry", "attempt": 4, "message": "slow down", "next": 1_790_000_000_000] as JSONValue,
            TurnObservation.Activity.retrying(attempt: 4, message: "slow down", next: 1_790_000_000_000)
        ),
        (["type": "retry"] as JSONValue, .retrying(attempt: 1, message: "", next: nil)),
        (
            ["type": "retry", "attempt": "many", "next": "soon"] as JSONValue,
            .retrying(attempt: 1, message: "", next: nil)
        ),
    ])
    func rule16_wire1_retry_isReadFromTheState(_ state: JSONValue, _ expected: TurnObservation.Activity) async throws {
        let seen = try await observe([
            "GET /session/status": .json(["ses_a": state]), "GET /session/ses_a/message": .json([]),
        ]) { Wire1Server(client: $0) }
        #expect(seen == expected)
    }

    @Test(arguments: [
        (
            #""retry":{"attempt":2,"at":1790000000000,"error":{"type":"rate-limit","message":"slow down"}}"#,
            TurnObservation.Activity.retrying(attempt: 2, message: "rate-limit: slow down", next: 1_790_000_000_000)
        ),
        (#""retry":{"attempt":2}"#, .retrying(attempt: 2, message: "", next: nil)),
        // Nothing to go by, and a retry that is over.
        (#""retry":{}"#, .busy),
        (#""retry":{"attempt":2},"time":{"created":1,"completed":2}"#, .busy),
    ])
    func rule16_wire2_retry_isReadFromTheNewestRow(
        _ members: String, _ expected: TurnObservation.Activity
    ) async throws {
        let row = try JSONValue(parsing: #"{"id":"msg_2","type":"assistant","content":[],\#(members)}"#)
        let seen = try await observe([
            "GET /api/session/active": .json(["data": ["ses_a": [:]]]),
            "GET /api/session/ses_a/message": .json([
                "data": [row, ["id": "msg_1", "type": "user", "text": "hi"]], "cursor": ["next": nil],
            ]),
            "GET /api/session/ses_a": .json(["data": ["id": "ses_a", "location": ["directory": "/w"]]]),
        ]) { Wire2Server(client: $0) }
        #expect(seen == expected)
    }
}
