import Curl
import JSON
import LoopbackServer
import Testing

@testable import OpenCode

/// The driver's rules, by their numbers, as they show in what is sent: method, path, query and body.
@Suite(.timeLimit(.minutes(3))) struct WireRuleTests {
    private let session = AgentSession(id: "ses_a", directory: "/w x")
    private let request = SessionRequest(
        directory: "/w x", title: "t", denied: ["plan_enter", "question"], choice: AgentChoice(model: "p/m", agent: "b")
    )
    private let permission = AgentAsk(id: "per_1", kind: .permission, session: "ses_child", permission: "bash")

    private func with(
        _ routes: [String: RouteServer.Answer], fallback: RouteServer.Answer = .json([:]),
        _ body: (Wire1Server, Wire2Server, RouteServer) async throws -> Void
    ) async throws {
        let server = try RouteServer(routes, fallback: fallback)
        let curl = CurlClient()
        defer { curl.close() }
        let client = OpenCodeClient(curl: curl, settings: .init(url: server.url, credentials: nil))
        try await body(Wire1Server(client: client), Wire2Server(client: client), server)
    }

    private func json(_ request: TestRequest?) throws -> JSONValue {
        try JSONValue(parsing: try #require(request).body)
    }

    private static let session2: RouteServer.Answer = .json([
        "data": [
            "id": "ses_a", "location": ["directory": "/w x"], "tokens": ["input": 5, "output": 2, "reasoning": 1],
        ]
    ])

    @Test func rule4_wire1_sendsTheDirectoryWithEveryCall() async throws {
        let routes: [String: RouteServer.Answer] = [
            "POST /session": .json(["id": "ses_a", "directory": "/w x"]), "GET /permission": .json([]),
            "GET /question": .json([]), "GET /session/ses_a/message": .json([]), "GET /session": .json([]),
            "GET /session/ses_a/children": .json([]),
            "GET /session/ses_a": .json(["id": "ses_a", "directory": "/w x"]),
            "GET /agent": .json([["name": "b"]]),
            "GET /config/providers": .json(["providers": [["id": "p", "models": ["m": [:]]]]]),
        ]
        try await with(routes) { wire, _, server in
            try await wire.check(request.choice, in: "/w x")
            _ = try await wire.createSession(request)
            _ = try await wire.session("ses_a", in: "/w x")
            _ = try await wire.sessions(titled: "t", in: "/w x")
            try await wire.send(AgentPrompt(id: nil, text: "hi"), to: session)
            _ = try await wire.observe(session, prompt: "msg_1")
            _ = try await wire.asks(in: "/w x")
            try await wire.answer(permission, .once, in: "/w x")
            try await wire.abort(session, prompt: nil)
            _ = try await wire.children(of: session)
            #expect(server.requests.count >= 12)
            for request in server.requests { #expect(request.line.contains("directory=%2Fw%20x"), "\(request.line)") }
        }
    }

    @Test func rule4_wire2_namesTheLocation_whereverTheServersOwnWouldCount() async throws {
        let routes: [String: RouteServer.Answer] = [
            "POST /api/session": Self.session2, "GET /api/permission/request": .json(["data": []]),
            "GET /api/form": .json(["data": []]), "GET /api/agent": .json(["data": [["id": "b"]]]),
            "GET /api/model": .json(["data": [["id": "m", "providerID": "p"]]]),
        ]
        try await with(routes) { _, wire, server in
            try await wire.check(request.choice, in: "/w x")
            _ = try await wire.createSession(request)
            _ = try await wire.asks(in: "/w x")
            for request in server.requests where request.line.hasPrefix("GET") {
                #expect(request.line.contains("location%5Bdirectory%5D=%2Fw%20x"), "\(request.line)")
            }
            let body = try json(server.requests("POST /api/session").first)
            #expect(body["location"] == ["directory": "/w x"])
        }
    }

    /// A directory is touched only when a task works there: what is asked of an idle server names none.
    @Test(arguments: [
        (
            ["GET /global/health": RouteServer.Answer.json(["healthy": true, "version": "1.18.31"])],
            ["GET /api/info", "GET /api/status", "GET /api/health", "GET /global/health", "GET /global/event"]
        ),
        (["GET /api/info": .json(["version": "2.0.27", "pid": 1])], ["GET /api/info", "GET /api/event"]),
    ])
    func rule6_findingAndFollowingAServer_touchesNoDirectory(
        _ routes: [String: RouteServer.Answer], _ expected: [String]
    ) async throws {
        let server = try RouteServer(routes)
        let curl = CurlClient()
        defer { curl.close() }
        let open = OpenCodeServer(curl: curl, access: ServerAccess(url: server.url))
        _ = try await open.identify()
        await #expect(throws: AgentError.self) { try await open.follow { _ in } }
        #expect(server.askedRoutes == expected)
        #expect(!server.requests.contains { $0.line.contains("directory") })
    }

    /// Before 1.18.15 an id of ours makes the server loop or fall silent.
    @Test func rule8_wire1_neverSendsAnID_toAServerThatCannotKeepIt() async throws {
        try await with([:]) { _, _, server in
            let curl = CurlClient()
            defer { curl.close() }
            let client = OpenCodeClient(curl: curl, settings: .init(url: server.url, credentials: nil))
            let old = Wire1Server(client: client, keepsPromptIDs: false)
            let error = await #expect(throws: AgentError.self) {
                try await old.send(AgentPrompt(id: "msg_1", text: "hi"), to: session)
            }
            #expect(error?.wasPossiblyReceived == false)
            #expect(server.requests.isEmpty)
            try await old.send(AgentPrompt(id: nil, text: "hi"), to: session)
            #expect(try json(server.requests.first)["messageID"] == nil)
        }
    }

    @Test func rule10_wire1_neverWaitsInThePromptsRequest_andTriesASessionTwice() async throws {
        try await with([:]) { wire, _, server in
            server.set(
                "POST /session", .json(["name": "UnknownError"], status: "500 Internal Server Error"),
                .json(["id": "ses_a", "directory": "/w x"]))
            #expect(try await wire.createSession(request).id == "ses_a")
            #expect(server.requests("POST /session").count == 2)
            server.set("POST /session/ses_a/prompt_async", RouteServer.Answer(status: "204 No Content", body: ""))
            try await wire.send(AgentPrompt(id: "msg_1", text: "hi"), to: session)
            #expect(server.requests("POST /session/ses_a/prompt_async").count == 1)
            #expect(server.requests("POST /session/ses_a/message").isEmpty)
        }
    }

    @Test func rule10_wire2_repeatsAPromptUnderItsID_whenTheAnswerIsLost() async throws {
        try await with([:]) { _, wire, server in
            server.set(
                "POST /api/session/ses_a/prompt", .json([:], status: "504 Gateway Timeout"),
                .json([:], status: "500 Internal Server Error"), .json(["data": ["id": "msg_1"]]))
            try await wire.send(AgentPrompt(id: "msg_1", text: "hi"), to: session)
            let sent = server.requests("POST /api/session/ses_a/prompt")
            #expect(sent.count == 3)
            #expect(Set(try sent.map { try json($0)["id"] }) == ["msg_1"])
        }
    }

    /// A server that took the prompt and never answers: only a limit in time ends that wait.
    @Test func rule10_wire2_repeatsAPromptUnderItsID_whenNoAnswerComesInTime() async throws {
        let prompts = Facts<[UInt8]>()
        let server = try TestServer { connection in
            guard let request = connection.read() else { return }
            prompts.report(request.body)
            if connection.index == 0 {
                #expect(connection.waitForEnd(), "it should have given up by itself")
            } else {
                connection.respond(headers: ["Content-Type: application/json"], #"{"data":{"id":"msg_1"}}"#)
            }
        }
        let curl = CurlClient()
        defer { curl.close() }
        var settings = OpenCodeClient.Settings(url: server.url(""), credentials: nil)
        settings.promptTimeout = .milliseconds(300)
        let wire = Wire2Server(client: OpenCodeClient(curl: curl, settings: settings))
        try await wire.send(AgentPrompt(id: "msg_1", text: "hi"), to: session)
        let first = try JSONValue(parsing: try await prompts.next())
        #expect(first["id"] == "msg_1")
        #expect(try JSONValue(parsing: try await prompts.next()) == first)
    }

    /// What the server refuses in words is not asked again, and what has no id of ours can't be.
    @Test func rule10_wire2_repeatsNothingElse() async throws {
        try await with([:]) { _, wire, server in
            let route = "POST /api/session/ses_a/prompt"
            server.set(route, .json(["_tag": "ConflictError", "message": "x"], status: "409 Conflict"))
            await #expect(throws: AgentError.self) {
                try await wire.send(AgentPrompt(id: "msg_1", text: "hi"), to: session)
            }
            server.set(route, .json([:], status: "504 Gateway Timeout"))
            await #expect(throws: AgentError.self) {
                try await wire.send(AgentPrompt(id: nil, text: "hi"), to: session)
            }
            #expect(server.requests(route).count == 2)
        }
    }

    @Test func rule11_wire2_alwaysSendsTheDelivery_andNothingThatIsNotKnown() async throws {
        try await with(["POST /api/session/ses_a/prompt": .json(["data": ["id": "msg_1"]])]) { _, wire, server in
            try await wire.send(AgentPrompt(id: "msg_1", text: "hi"), to: session)
            let body = try json(server.requests.last)
            #expect(body == ["text": "hi", "delivery": "queue", "id": "msg_1"])
        }
    }

    @Test func rule12_wire1_absentIsIdle_andAnUnknownStateIsBusy() async throws {
        try await with(["GET /session/ses_a/message": .json([])]) { wire, _, server in
            for (states, expected) in [
                ([:] as JSONValue, TurnObservation.Activity.idle), (["ses_a": ["type": "idle"]], .idle),
                (["ses_a": ["type": "busy"]], .busy), (["ses_a": ["type": "dreaming"]], .busy),
                (["ses_b": ["type": "busy"]], .idle),
            ] {
                server.set("GET /session/status", .json(states))
                let seen = try await wire.observe(session, prompt: nil)
                #expect(seen.activity == expected)
            }
        }
    }

    @Test func rule13_wire1_sumsTheTokensOfAllStepsOfThePrompt_andWire2TakesTheTotals() async throws {
        func step(_ id: String, parent: String, tokens: Int) -> JSONValue {
            [
                "info": [
                    "id": .string(id), "role": "assistant", "parentID": .string(parent), "cost": 0.5,
                    "tokens": ["input": .int(tokens), "output": 1, "reasoning": 0],
                ], "parts": [],
            ]
        }
        let items: JSONValue = [
            step("msg_0", parent: "msg_x", tokens: 900), ["info": ["id": "msg_1", "role": "user"], "parts": []],
            step("msg_2", parent: "msg_1", tokens: 10), step("msg_3", parent: "msg_1", tokens: 20),
        ]
        let routes: [String: RouteServer.Answer] = [
            "GET /session/ses_a/message": .json(items), "GET /session/status": .json([:]),
            "GET /api/session/ses_a/message": .json([
                "data": [["id": "msg_1", "type": "user", "text": "hi"]], "cursor": ["next": nil],
            ]),
            "GET /api/session/active": .json(["data": [:]]), "GET /api/session/ses_a": Self.session2,
        ]
        try await with(routes) { wire1, wire2, _ in
            let first = try await wire1.observe(session, prompt: "msg_1").used(since: nil)
            #expect(first == AgentUsage(tokens: 32, cost: 1))
            let second = try await wire2.observe(session, prompt: "msg_1")
            #expect(second.used(since: AgentUsage(tokens: 3, cost: 0)) == AgentUsage(tokens: 5, cost: 0))
        }
    }

    @Test(arguments: [
        ("ProviderAuthError", #"{"message":"m"}"#, false), ("UnknownError", #"{"message":"m"}"#, false),
        ("MessageOutputLengthError", "{}", false), ("MessageAbortedError", #"{"message":"m"}"#, false),
        ("StructuredOutputError", #"{"message":"m","retries":1}"#, false),
        ("ContextOverflowError", #"{"message":"m"}"#, false),
        ("APIError", #"{"message":"m","statusCode":503,"isRetryable":true}"#, true),
        ("APIError", #"{"message":"m","statusCode":400,"isRetryable":false}"#, false),
        ("APIError", #"{"message":"m","statusCode":429}"#, true),
    ]) func rule15_wire1_errorsKeepTheirNames_andSayWhetherTheyMayPass(
        _ name: String, _ data: String, _ mayPass: Bool
    ) throws {
        let failure = Wire1Server.failure(["name": .string(name), "data": try JSONValue(parsing: data)])
        #expect(failure?.name == name)
        #expect(failure?.mayPass == mayPass)
    }

    /// Servers have been seen to send frames of more than 100 MB.
    @Test(arguments: [1, 2]) func rule21_frameBeyondTheBound_endsTheStream_andIsNotKept(wire: Int) async throws {
        let huge = "data: \"" + String(repeating: "x", count: 4096) + "\"\n\n"
        let server = try TestServer { connection in
            guard connection.read() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            connection.write("data: {\"type\":\"server.connected\",\"data\":{}}\n\n" + huge)
        }
        let curl = CurlClient()
        defer { curl.close() }
        var settings = OpenCodeClient.Settings(url: server.url(""), credentials: nil)
        settings.maximumEvent = 1024
        let client = OpenCodeClient(curl: curl, settings: settings)
        let open: any AgentWire = wire == 1 ? Wire1Server(client: client) : Wire2Server(client: client)
        let error = await #expect(throws: AgentError.self) { try await open.follow { _ in } }
        #expect(error?.code == .tooLarge)
    }

    @Test func rule22_wire1_followsItsCursor_untilItsOwnPromptIsReached() async throws {
        @Sendable func item(_ id: String, _ role: String) -> JSONValue {
            ["info": ["id": .string(id), "role": .string(role), "parentID": "msg_1"], "parts": []]
        }
        let server = try TestServer { connection in
            while let request = connection.read() {
                let (body, next): (JSONValue, String?) =
                    request.line.contains("before=c1")
                    ? ([item("msg_1", "user"), item("msg_2", "assistant")], "c2") : ([item("msg_3", "assistant")], "c1")
                if request.line.contains("status") {
                    connection.respond(headers: ["Content-Type: application/json"], "{}")
                } else {
                    let headers = ["Content-Type: application/json"] + (next.map { ["X-Next-Cursor: \($0)"] } ?? [])
                    connection.respond(headers: headers, body.compact)
                }
            }
        }
        let curl = CurlClient()
        defer { curl.close() }
        let client = OpenCodeClient(curl: curl, settings: .init(url: server.url(""), credentials: nil))
        let seen = try await Wire1Server(client: client).observe(session, prompt: "msg_1")
        #expect(seen.isPromptThere)
        #expect(seen.steps.map(\.id) == ["msg_2", "msg_3"])
    }

    @Test func rule22_wire2_pagesByTheCursorAlone_andStopsAtAnEmptyPage() async throws {
        let lines = Facts<String>()
        let server = try TestServer { connection in
            while let request = connection.read() {
                lines.report(request.line)
                let body: JSONValue =
                    request.line.contains("cursor=b")
                    ? ["data": [], "cursor": ["next": nil]]
                    : request.line.contains("cursor=a")
                        ? ["data": [["id": "1", "type": "user"]], "cursor": ["next": "b"]]
                        : ["data": [["id": "2", "type": "user"]], "cursor": ["next": "a"]]
                connection.respond(headers: ["Content-Type: application/json"], body.compact)
            }
        }
        let curl = CurlClient()
        defer { curl.close() }
        let client = OpenCodeClient(curl: curl, settings: .init(url: server.url(""), credentials: nil))
        let rows = try await Wire2Server(client: client).rows(of: session) { _ in false }
        #expect(rows.compactMap { $0["id"]?.string } == ["1", "2"])
        #expect(try await lines.next().contains("order=desc"))
        for cursor in ["cursor=a", "cursor=b"] {
            let line = try await lines.next()
            #expect(line.contains(cursor) && !line.contains("order="), "\(line)")
        }
    }

    @Test func rule23_wire2_withdrawsItsOwnPrompt_andNoOther_whenItInterrupts() async throws {
        try await with(["POST /api/session/ses_a/interrupt": .json(["interrupted": false])]) { _, wire, server in
            server.set("DELETE /api/session/ses_a/inbox/msg_1", RouteServer.Answer(status: "204 No Content", body: ""))
            try await wire.abort(session, prompt: "msg_1")
            try await wire.abort(session, prompt: nil)
            #expect(
                server.askedRoutes == [
                    "POST /api/session/ses_a/interrupt", "DELETE /api/session/ses_a/inbox/msg_1",
                    "POST /api/session/ses_a/interrupt",
                ])
        }
    }

    private static let reply1 = "POST /permission/per_1/reply"
    private static let reply2 = "POST /api/session/ses_child/permission/per_1/reply"

    /// What both wires are told for each answer that there is.
    private func replies(_ body: ([JSONValue], [JSONValue]) throws -> Void) async throws {
        let gone: RouteServer.Answer = .json(["_tag": "PermissionNotFoundError"], status: "404 Not Found")
        try await with([Self.reply1: .json(true), Self.reply2: gone]) { wire1, wire2, server in
            for reply in [AskReply.once, .reject(message: ""), .reject(message: "no")] {
                try await wire1.answer(permission, reply, in: "/w x")
                // Settled by whomever: that is no error.
                try await wire2.answer(permission, reply, in: "/w x")
            }
            try body(
                try server.requests(Self.reply1).map { try json($0) },
                try server.requests(Self.reply2).map { try json($0) })
        }
    }

    @Test func rule24_answers_haveTheFieldOfTheWire_andNoneHoldsForEver() async throws {
        try await replies { first, second in
            #expect(first.map { $0["reply"] } == ["once", "reject", "reject"])
            #expect(second.map { $0["decision"] } == ["once", "reject", "reject"])
            #expect((first + second).allSatisfy { !$0.compact.contains("always") })
        }
    }

    /// A bare refusal would end the turn.
    @Test func rule25_refusals_haveAMessage() async throws {
        try await replies { first, second in
            for body in first.dropFirst() + second.dropFirst() {
                #expect(body["message"]?.string?.isEmpty == false, "\(body)")
            }
        }
    }

    /// The rules that a session gets on each wire.
    private func rules(_ body: (JSONValue?, JSONValue?) -> Void) async throws {
        let routes: [String: RouteServer.Answer] = [
            "POST /session": .json(["id": "ses_a", "directory": "/w x"]), "POST /api/session": Self.session2,
        ]
        try await with(routes) { wire1, wire2, server in
            _ = try await wire1.createSession(request)
            _ = try await wire2.createSession(request)
            body(
                try json(server.requests("POST /session").first)["permission"],
                try json(server.requests("POST /api/session").first)["permissions"])
        }
    }

    @Test func rule27_rules_haveTheFormOfTheWire() async throws {
        try await rules { first, second in
            #expect(
                first == [
                    ["permission": "plan_enter", "pattern": "*", "action": "deny"],
                    ["permission": "question", "pattern": "*", "action": "deny"],
                ])
            #expect(second == [["action": "question", "resource": "*", "effect": "deny"]])
        }
    }

    /// Whatever is allowed here would be allowed to sub-agents too: a session's rules only ever take away.
    @Test func rule28_rules_onlyDeny() async throws {
        try await rules { first, second in
            let words = (first?.array ?? []).map { $0["action"] } + (second?.array ?? []).map { $0["effect"] }
            #expect(words == ["deny", "deny", "deny"])
        }
    }

    /// The server's word, kept beside the facts and never in their place.
    @Test func rule30_reportedChanges_areAskedFor_onBothWires() async throws {
        let item: JSONValue = ["file": "a.txt", "patch": "", "additions": 3, "deletions": 1, "status": "modified"]
        let old: JSONValue = ["file": "b.txt", "before": "", "after": "x", "additions": 1, "deletions": 0]
        let routes: [String: RouteServer.Answer] = [
            "GET /session/ses_a/diff": .json([item, old, ["file": 7]]),
            "GET /api/session/ses_a/diff": .json(["data": [item]]),
        ]
        try await with(routes) { wire1, wire2, server in
            let first = try await wire1.reportedChanges(of: session, prompt: "msg_1")
            #expect(first?.map(\.path) == ["a.txt", "b.txt"])
            #expect(server.requests.last?.line.contains("messageID=msg_1") == true)
            let second = try await wire2.reportedChanges(of: session, prompt: "msg_1")
            #expect(second?.first?.json == ["path": "a.txt", "status": "modified", "additions": 3, "deletions": 1])
            server.set("GET /api/session/ses_a/diff", .json([:], status: "404 Not Found"))
            server.set("GET /api/vcs/diff", .json(["location": ["directory": "/w x"], "data": [item, item]]))
            let tree = try await wire2.reportedChanges(of: session, prompt: "msg_1")
            #expect(tree?.count == 2)
            #expect(server.requests.last?.line.contains("mode=working") == true)
        }
    }

    /// A prompt names no model on wire 2: the session has one, and one of somebody else's is given ours first.
    @Test func rule31_wire2_choosesTheModel_beforeThePrompt() async throws {
        let routes: [String: RouteServer.Answer] = [
            "POST /api/session": Self.session2, "POST /api/session/ses_a/prompt": .json(["data": ["id": "msg_1"]]),
        ]
        try await with(routes) { _, wire, server in
            _ = try await wire.createSession(request)
            let body = try json(server.requests("POST /api/session").first)
            #expect(body["model"] == ["id": "m", "providerID": "p"])
            #expect(body["agent"] == "b")
            var other = session
            other.choice = AgentChoice(model: "p/other")
            let prompt = AgentPrompt(id: "msg_1", text: "hi", choice: AgentChoice(model: "p/m", variant: "high"))
            try await wire.send(prompt, to: other)
            let model = try json(server.requests("POST /api/session/ses_a/model").first)
            #expect(model == ["model": ["id": "m", "providerID": "p", "variant": "high"]])
            #expect(
                server.askedRoutes.suffix(2) == ["POST /api/session/ses_a/model", "POST /api/session/ses_a/prompt"])
        }
    }
}
