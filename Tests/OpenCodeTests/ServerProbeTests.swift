import Curl
import JSON
import LoopbackServer
import OpenCode
import Testing

/// What answers at an address is judged by content type and field (rule 1), and said as what it is.
@Suite(.timeLimit(.minutes(3))) struct ServerProbeTests {
    private func identify(
        _ routes: [String: RouteServer.Answer], fallback: RouteServer.Answer = .page
    ) async throws -> (result: Result<ServerIdentity, AgentError>, asked: [String]) {
        let server = try RouteServer(routes, fallback: fallback)
        let curl = CurlClient()
        defer { curl.close() }
        var access = ServerAccess(url: server.url)
        access.password = ("secret", "password from a test")
        do throws(AgentError) {
            return (.success(try await OpenCodeServer(curl: curl, access: access).identify()), server.askedRoutes)
        } catch {
            return (.failure(error), server.askedRoutes)
        }
    }

    private static func info(_ version: String) -> RouteServer.Answer {
        .json(["version": .string(version), "pid": 4711, "urls": [], "paths": ["tmp": "/tmp"]])
    }

    @Test(arguments: ["2.0.6", "2.0.13", "2.0.27"])
    func rule1_wire2_infoWithVersion_isWire2(_ version: String) async throws {
        let (result, asked) = try await identify(["GET /api/info": Self.info(version)])
        let identity = try result.get()
        #expect(identity.wire == 2)
        #expect(identity.version == version)
        #expect(identity.pid == 4711)
        #expect(identity.authentication == "password from a test")
        #expect(asked == ["GET /api/info"])
    }

    /// A build that says no number is examined, and refused with what is missing.
    @Test func developmentBuildOf1_isRecognisedByItsDescription_orRefused() async throws {
        let health: [String: RouteServer.Answer] = [
            "GET /global/health": .json(["healthy": true, "version": "local"])
        ]
        let elsewhere = RouteServer.Answer(status: "404 Not Found", body: "{}")
        let (refused, asked) = try await identify(health, fallback: elsewhere)
        #expect(asked.last == "GET /doc")
        #expect(throws: AgentError.self) { try refused.get() }
        var paths: JSONObject = [:]
        for (path, method, field) in Self.routesOf1 {
            var item = paths[path]?.object ?? [:]
            let body: JSONValue = ["content": ["application/json": ["schema": ["properties": [field: [:]]]]]]
            item[method] = ["requestBody": body]
            paths[path] = .object(item)
        }
        let described = health.merging(["GET /doc": .json(["paths": .object(paths)])]) { $1 }
        #expect(try await identify(described, fallback: elsewhere).result.get().wire == 1)
    }

    private static let routesOf1 = [
        ("/global/event", "get", "-"), ("/session", "post", "-"), ("/session", "get", "-"),
        ("/session/status", "get", "-"), ("/session/{id}", "get", "-"), ("/session/{id}/children", "get", "-"),
        ("/session/{id}/message", "get", "-"), ("/session/{id}/prompt_async", "post", "messageID"),
        ("/session/{id}/abort", "post", "-"), ("/permission", "get", "-"),
        ("/permission/{id}/reply", "post", "reply"), ("/question", "get", "-"),
        ("/question/{id}/reply", "post", "answers"), ("/question/{id}/reject", "post", "-"),
    ]

    /// 1.16 and later serve a preview of 2.x whose health has no version.
    @Test func rule1_wire1_healthWithoutVersion_isThePreviewOf1() async throws {
        let (result, asked) = try await identify(
            [
                "GET /api/health": .json(["healthy": true]),
                "GET /global/health": .json(["healthy": true, "version": "1.18.31"]),
            ], fallback: RouteServer.Answer(status: "404 Not Found", body: "{}"))
        let identity = try result.get()
        #expect(identity.wire == 1)
        #expect(identity.version == "1.18.31")
        #expect(asked == ["GET /api/info", "GET /api/status", "GET /api/health", "GET /global/health"])
    }

    /// 2.x answers every other path with its web page and status 200.
    @Test func rule1_pageForEverything_isAWebPage() async throws {
        let (result, _) = try await identify([:])
        guard case .failure(let error) = result else {
            Issue.record("identified")
            return
        }
        #expect(error.code == .notAnAgent)
        #expect(error.message.contains("web page"))
    }

    @Test func rule1_jsonWithTheWrongFields_isNotOpenCode() async throws {
        let (result, _) = try await identify(["GET /global/health": .json(["status": "ok"])])
        guard case .failure(let error) = result else {
            Issue.record("identified")
            return
        }
        #expect(error.code == .notAnAgent)
        #expect(error.message.contains("not OpenCode"))
    }

    @Test(arguments: ["/api/info", "/api/status", "/api/health", "/global/health"])
    func rule3_unauthorizedAnywhere_isAWrongPassword_andEndsTheProbing(_ path: String) async throws {
        let (result, asked) = try await identify(
            ["GET \(path)": .unauthorized], fallback: RouteServer.Answer(status: "404 Not Found", body: "{}"))
        guard case .failure(let error) = result else {
            Issue.record("identified")
            return
        }
        #expect(error.code == .unauthorized)
        #expect(error.message.contains("wrong password"))
        #expect(!error.message.contains("secret"))
        #expect(asked.last == "GET \(path)")
    }

    @Test(arguments: [
        ("/api/health", "2.0.3"), ("/api/health", "0.0.0-beta-12345"), ("/api/status", "2.0.4"),
        ("/api/status", "2.0.5"), ("/global/health", "1.14.9"),
    ])
    func oldVersion_isAskedToUpdate(_ path: String, _ version: String) async throws {
        let (result, asked) = try await identify([
            "GET \(path)": .json(["healthy": true, "version": .string(version), "pid": 1])
        ])
        guard case .failure(let error) = result else {
            Issue.record("identified")
            return
        }
        #expect(error.code == .unsupported)
        #expect(error.message.contains("please update"))
        #expect(error.message.contains(version))
        #expect(asked.allSatisfy { $0.hasPrefix("GET ") })
    }

    private static func specification(without left: String? = nil, decision: String = "decision") -> JSONValue {
        var paths: JSONObject = [:]
        func add(_ method: String, _ path: String, field: String? = nil) {
            if path == left { return }
            var operations = paths[path]?.object ?? [:]
            var operation: JSONObject = ["responses": [:]]
            if let field {
                let schema: JSONValue = ["properties": .object([field: ["type": "string"]])]
                operation["requestBody"] = ["content": ["application/json": ["schema": schema]]]
            }
            operations[method] = .object(operation)
            paths[path] = .object(operations)
        }
        add("get", "/api/info")
        add("get", "/api/event")
        add("post", "/api/session", field: "location")
        add("get", "/api/session")
        add("get", "/api/session/active")
        add("get", "/api/session/{sessionID}")
        add("get", "/api/session/{sessionID}/message")
        add("post", "/api/session/{sessionID}/prompt", field: "delivery")
        add("get", "/api/session/{sessionID}/inbox")
        add("delete", "/api/session/{sessionID}/inbox/{inboxID}")
        add("post", "/api/session/{sessionID}/interrupt")
        add("get", "/api/permission/request")
        add("post", "/api/session/{sessionID}/permission/{requestID}/reply", field: decision)
        add("get", "/api/form")
        add("post", "/api/session/{sessionID}/form/{formID}/reply", field: "answer")
        add("delete", "/api/session/{sessionID}/form/{formID}")
        add("get", "/api/model")
        add("get", "/api/agent")
        return ["openapi": "3.1.0", "paths": .object(paths)]
    }

    @Test(arguments: ["2.0.28", "2.4.0", "3.0.0", "dev-abc"])
    func unknownVersion_isRecognisedByItsOwnDescription(_ version: String) async throws {
        let (result, _) = try await identify([
            "GET /api/info": Self.info(version), "GET /openapi.json": .json(Self.specification()),
        ])
        #expect(try result.get().wire == 2)
    }

    @Test func unknownVersion_isRefused_withWhatIsMissing() async throws {
        for (document, missing) in [
            (Self.specification(without: "/api/session/active"), "GET /api/session/active"),
            (Self.specification(decision: "reply"), "(decision)"),
        ] {
            let (result, asked) = try await identify([
                "GET /api/info": Self.info("2.1.0"), "GET /openapi.json": .json(document),
            ])
            guard case .failure(let error) = result else {
                Issue.record("identified")
                continue
            }
            #expect(error.code == .unsupported)
            #expect(error.message.contains(missing))
            #expect(asked.allSatisfy { $0.hasPrefix("GET ") }, "nothing may be written")
        }
    }

    @Test func unknownVersion_withoutADescription_isRefused() async throws {
        let (result, _) = try await identify(["GET /api/info": Self.info("2.1.0")])
        guard case .failure(let error) = result else {
            Issue.record("identified")
            return
        }
        #expect(error.code == .unsupported)
        #expect(error.message.contains("/openapi.json"))
    }

    /// The document is a stranger's.
    @Test func description_thatRefersToItself_isReadAllTheSame() async throws {
        var document = Self.specification().object ?? [:]
        var paths = document["paths"]?.object ?? [:]
        paths["/api/session/{id}/prompt"] = [
            "post": ["requestBody": ["$ref": "#/components/a"]]
        ]
        paths["/api/session/{sessionID}/prompt"] = nil
        document["paths"] = .object(paths)
        document["components"] = ["a": ["allOf": [["$ref": "#/components/a"], ["$ref": "#/components/b"]]], "b": [:]]
        let (result, _) = try await identify([
            "GET /api/info": Self.info("2.1.0"), "GET /openapi.json": .json(.object(document)),
        ])
        guard case .failure(let error) = result else {
            Issue.record("identified")
            return
        }
        #expect(error.message.contains("(delivery)"))
    }

    @Test func unreachableServer_isCertainNotToHaveReceived() async throws {
        let curl = CurlClient()
        defer { curl.close() }
        let closed = try ClosedPort()
        let server = OpenCodeServer(curl: curl, access: ServerAccess(url: "http://127.0.0.1:\(closed.port)"))
        let error = await #expect(throws: AgentError.self) { try await server.identify() }
        #expect(error?.code == .unreachable)
        let request = SessionRequest(directory: "/", title: "t", denied: [])
        let refusal = await #expect(throws: AgentError.self) { try await server.createSession(request) }
        #expect(refusal?.wasPossiblyReceived == false)
    }
}
