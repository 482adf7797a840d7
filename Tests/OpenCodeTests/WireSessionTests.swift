import Curl
import JSON
import LoopbackServer
import Testing
import Usage

@testable import OpenCode

/// What is asked of servers for people who look at sessions: what is sent, and what is made of the answers.
@Suite(.timeLimit(.minutes(2))) struct WireSessionTests {
    private let session = AgentSession(id: "ses_a", directory: "/w x")

    private func with(
        _ routes: [String: RouteServer.Answer], _ body: (Wire1Server, Wire2Server, RouteServer) async throws -> Void
    ) async throws {
        let server = try RouteServer(routes)
        let curl = CurlClient()
        defer { curl.close() }
        let client = OpenCodeClient(curl: curl, settings: .init(url: server.url, credentials: nil))
        try await body(Wire1Server(client: client), Wire2Server(client: client), server)
    }

    @Test func wire1_sendsTheDirectoryWithEachOfThem() async throws {
        let one: JSONValue = ["id": "ses_a", "directory": "/w x", "slug": "a", "time": ["created": 1, "updated": 2]]
        let routes: [String: RouteServer.Answer] = [
            "GET /session": .json([one, ["id": "ses_b", "directory": "/elsewhere"], "nonsense"]),
            "GET /session/ses_a": .json(one), "PATCH /session/ses_a": .json(one),
            "DELETE /session/ses_a": .json(true), "GET /session/ses_a/diff": .json([]),
            "GET /session/ses_a/message": .json([]),
            "GET /session/status": .json([
                "ses_a": ["type": "working"], "ses_b": ["type": "retry"], "ses_c": ["type": "idle"],
            ]),
        ]
        try await with(routes) { wire, _, server in
            let records = try await wire.records(in: "/w x", limit: 10)
            #expect(records.map(\.session.id) == ["ses_a"])
            #expect(records.first?.session.title == "a")
            #expect(records.first?.json["parentID"] == .null)
            #expect(try await wire.record("ses_a", in: "/w x")?.updated == 2)
            #expect(try await wire.activities(in: "/w x") == ["ses_a": "busy", "ses_b": "retry"])
            _ = try await wire.messages(of: session, last: 5)
            _ = try await wire.differences(of: session)
            try await wire.setArchived(1000, session)
            try await wire.setArchived(nil, session)
            try await wire.delete(session)
            for request in server.requests { #expect(request.line.contains("directory=%2Fw%20x"), "\(request.line)") }
            let archives = server.requests("PATCH /session/ses_a").map { String(decoding: $0.body, as: UTF8.self) }
            #expect(archives == [#"{"time":{"archived":1000}}"#, #"{"time":{"archived":0}}"#])
        }
    }

    @Test func wire1_ofAnUnknownDirectory_sendsNone() async throws {
        try await with(["GET /session/ses_a": .json(["id": "ses_a", "directory": "/w"])]) { wire, _, server in
            let found = try await wire.record("ses_a", in: "")
            #expect(found?.session.directory == "/w")
            let unknown = try await wire.record("ses_b", in: "/w")
            #expect(unknown == nil)
            #expect(server.requests("GET /session/ses_a").first?.line.contains("?") == false)
        }
    }

    @Test func wire2_followsPages_andGivesWire1sForm() async throws {
        let info: JSONValue = ["id": "ses_a", "location": ["directory": "/w x"], "time": ["created": 1, "updated": 2]]
        let rows: JSONValue = [
            ["id": "msg_3", "type": "idle", "outcome": "succeeded"],
            [
                "id": "msg_2", "type": "assistant", "model": ["id": "m", "providerID": "p"], "time": ["created": 3],
                "content": [
                    ["type": "text", "text": "ok"],
                    [
                        "type": "tool", "id": "call_1", "name": "write",
                        "state": [
                            "status": "completed", "input": ["path": "a"],
                            "content": [["type": "text", "text": "done"]],
                        ],
                    ],
                ],
            ],
            ["id": "msg_1", "type": "user", "text": "hi", "time": ["created": 2]],
        ]
        let page: JSONValue = ["data": rows, "cursor": ["next": nil]]
        try await with(["GET /api/session/ses_a/message": .json(page)]) { _, wire, server in
            server.set(
                "GET /api/session", .json(["data": [info], "cursor": ["next": "c1"]]),
                .json([
                    "data": [["id": "ses_b", "location": ["directory": "/w x"], "parentID": "ses_a"]],
                    "cursor": ["next": nil],
                ]))
            let records = try await wire.records(in: "/w x", limit: 10)
            #expect(records.map(\.session.id) == ["ses_a", "ses_b"])
            #expect(records.map { $0.json["directory"]?.string } == ["/w x", "/w x"])
            #expect(records.last?.session.parent == "ses_a")
            let lines = server.requests("GET /api/session").map(\.line)
            #expect(lines.first?.contains("directory=%2Fw%20x") == true)
            #expect(lines.last?.contains("cursor=c1") == true && lines.last?.contains("order") == false)

            let messages = try await wire.messages(of: session, last: 2)
            #expect(messages.map { $0["info"]?["role"] } == ["user", "assistant"])
            #expect(messages.first?["parts"]?[0]?["text"] == "hi")
            let tool = messages.last?["parts"]?[1]
            #expect(tool?["tool"] == "write")
            #expect(tool?["state"]?["output"] == "done")
            #expect(try await wire.messages(of: session, last: 1).map { $0["info"]?["id"] } == ["msg_2"])
        }
    }

    @Test func wire2_askedForDifferences_namesTheFirstAndTheLastPrompt() async throws {
        let rows: JSONValue = [
            ["id": "msg_5", "type": "user", "text": "b"], ["id": "msg_1", "type": "user", "text": "a"],
        ]
        try await with([
            "GET /api/session/ses_a/message": .json(["data": rows, "cursor": [:]]),
            "GET /api/session/ses_a/diff": .json(["data": [["file": "a.txt"]]]),
        ]) { _, wire, server in
            let differences = try await wire.differences(of: session)
            #expect(differences == [["file": "a.txt"]])
            let line = server.requests("GET /api/session/ses_a/diff").first?.line
            #expect(line?.contains("from=msg_1") == true && line?.contains("to=msg_5") == true)
        }
    }

    @Test func wire2_hasNoArchive() async throws {
        try await with([:]) { _, wire, server in
            await #expect(throws: AgentError.self) { try await wire.setArchived(1, session) }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func usage_isByModel_inTheOrderOfTheSteps() {
        var counts = TokenCounts()
        counts.input = 3
        var steps = ["p/b", "p/a", "p/b"].map { model in
            AgentStep(id: "m", isCompleted: true, model: model, cost: 0.5)
        }
        for index in steps.indices { steps[index].counts = counts }
        let seen = TurnObservation(activity: .idle, isPromptThere: true, steps: steps, fingerprint: 0)
        #expect(seen.usageByModel.map(\.model) == ["p/b", "p/a"])
        #expect(seen.usageByModel.first?.cost == 1)
        #expect(seen.usageByModel.first?.counts.input == 6)
    }
}
