import Curl
import JSON
import LoopbackServer
import OpenCode
import SystemPackage
import TestSupport
import Testing

/// A server that becomes another one is noticed, and nothing is written to one that is not known.
@Suite(.timeLimit(.minutes(3))) struct OpenCodeServerTests {
    private static let first: [String: RouteServer.Answer] = [
        "GET /global/health": .json(["healthy": true, "version": "1.18.31"]),
        "POST /session": .json(["id": "ses_1", "directory": "/w", "title": "t"]),
    ]

    private func withServer(
        _ routes: [String: RouteServer.Answer], fallback: RouteServer.Answer = .json([:], status: "404 Not Found"),
        _ body: (OpenCodeServer, RouteServer) async throws -> Void
    ) async throws {
        let routes = try RouteServer(routes, fallback: fallback)
        let curl = CurlClient()
        defer { curl.close() }
        try await body(OpenCodeServer(curl: curl, access: ServerAccess(url: routes.url)), routes)
    }

    private let request = SessionRequest(directory: "/w", title: "t", denied: [])

    /// Rule 2: on 1.x only the 1.x routes.
    @Test func rule2_wire1_session_isMadeOnTheRoutesOfTheWireThatWasFound() async throws {
        try await withServer(Self.first) { server, routes in
            let session = try await server.createSession(request)
            #expect(session.id == "ses_1")
            let writes = routes.askedRoutes.filter { !$0.hasPrefix("GET ") }
            #expect(writes == ["POST /session"])
        }
    }

    @Test func serverThatIsNotRecognised_isNotWrittenTo() async throws {
        try await withServer([:], fallback: .page) { server, routes in
            await #expect(throws: AgentError.self) { try await server.createSession(request) }
            #expect(routes.askedRoutes.allSatisfy { $0.hasPrefix("GET ") })
        }
    }

    /// From 1.18 to 2.0 at the same address, without a stream that would have told.
    @Test func serverThatWasUpdated_isFoundAgain_beforeAWrite() async throws {
        try await withServer(Self.first) { server, routes in
            let before = try await server.identify()
            #expect(before.wire == 1)
            routes.set("GET /global/health", .page)
            routes.set("POST /session", .json([:], status: "405 Method Not Allowed"))
            routes.set("GET /api/info", .json(["version": "2.0.27", "pid": 7]))
            routes.set("GET /api/integration", .json(["data": []]))
            routes.set("POST /api/session", .json(["data": ["id": "ses_2", "location": ["directory": "/w"]]]))
            let session = try await server.createSession(request)
            #expect(session.id == "ses_2")
            #expect(!routes.askedRoutes.contains("POST /session"))
        }
    }

    /// What the old server would have been asked is not answered by the new one: it is asked anew, not taken for an error
    /// of the task.
    @Test func questionOfTheOldWire_saysThatTheServerHasChanged_andIsThenAskedOfTheNewOne() async throws {
        try await withServer(Self.first, fallback: .page) { server, routes in
            let before = try await server.identify()
            #expect(before.wire == 1)
            routes.set("GET /global/health", .page)
            routes.set("GET /api/info", .json(["version": "2.0.27", "pid": 7]))
            routes.set("GET /api/session/ses_1", .json(["_tag": "SessionNotFoundError"], status: "404 Not Found"))
            let error = await #expect(throws: AgentError.self) { try await server.session("ses_1", in: "/w") }
            #expect(error?.code == .unreachable)
            #expect(error?.message.contains("has become another one") == true)
            let unknown = try await server.session("ses_1", in: "/w")
            #expect(unknown == nil)
        }
    }

    /// A registration's process must be the one that answers.
    @Test func rule3_wire2_anotherProcessThanTheRegisteredOne_isNotTrusted() async throws {
        let directory = try TemporaryDirectory()
        try await withServer(["GET /api/info": .json(["version": "2.0.27", "pid": 7])]) { _, routes in
            let file = directory.path.appending("service.json")
            let pid = Int(ProcessNumber.own)
            try PrivateText.write(
                #"{"id":"x","version":"2.0.27","url":"\#(routes.url)","pid":\#(pid),"password":"geheim"}"#, to: file)
            var access = ServerAccess(url: routes.url)
            access.stateDirectory = directory.path
            let curl = CurlClient()
            defer { curl.close() }
            let server = OpenCodeServer(curl: curl, access: access)
            let error = await #expect(throws: AgentError.self) { try await server.identify() }
            #expect(error?.code == .unreachable)
            #expect(error?.message.contains("registration") == true)
            // Read again on every connect.
            routes.set("GET /api/info", .json(["version": "2.0.27", "pid": .int(pid)]))
            let identity = try await server.identify()
            #expect(identity.authentication == "password from \(file)")
            #expect(routes.requests.last?.header("authorization")?.hasPrefix("Basic ") == true)
        }
    }
}
