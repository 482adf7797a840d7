import Glibc
import JSON
import Spool
import SystemPackage
import Testing

@testable import API

extension APITests {
    @Suite struct TokenTests {
        private static let reader = "reader-0123456789abcdef"
        private static let submitter = "submitter-0123456789abcdef"
        private static let boss = "operator-0123456789abcdef"
        private static let lines = """
            # who may do what
            dashboard  read  \(reader)

            ci read,submit \(submitter)
            boss admin \(boss)
            """

        private static func withTokens(_ body: @escaping @Sendable (RunningAPI) async throws -> Void) async throws {
            let tokens = try AccessTokens(parsing: Array(lines.utf8))
            try await RunningAPI.with({ $0.tokens = tokens }, body)
        }

        private static func bearer(_ token: String) -> [(String, String)] { [("Authorization", "Bearer \(token)")] }

        @Test func noToken_is401_everywhereButAtLivez() async throws {
            try await Self.withTokens { api in
                for (method, path) in [
                    ("GET", "/api/tasks"), ("GET", "/api/events"), ("GET", "/readyz"), ("GET", "/api/state"),
                    ("POST", "/api/tasks/x/abort"), ("DELETE", "/api/tasks/x"), ("GET", "/nothing"),
                    ("GET", "/livez/"), ("GET", "//livez"), ("PUT", "/api/tasks"), ("HEAD", "/api/tasks"),
                ] {
                    let answer = try await api.request(method, path)
                    #expect(answer.status == 401, "\(method) \(path)")
                    #expect(answer.headers["www-authenticate"] == "Bearer realm=\"openloom\"")
                }
                expectStatus(200, try await api.request("GET", "/livez"))
            }
        }

        @Test(arguments: [
            "Bearer wrong-0123456789abcdef", "Bearer reader-0123456789abcde", "Bearer reader-0123456789abcdefg",
            "Bearer", "Bearer ", "Basic reader-0123456789abcdef", "reader-0123456789abcdef",
            "Bearer reader-0123456789abcdef x",
        ])
        func wrongToken_is401(header: String) async throws {
            try await Self.withTokens { api in
                let answer = try await api.request("GET", "/api/tasks", headers: [("Authorization", header)])
                #expect(answer.status == 401)
                #expect(answer.headers["www-authenticate"]?.contains("invalid_token") == true)
                #expect(answer.json["type"] == "urn:openloom:problem:unauthorized")
            }
        }

        @Test func tokenInTheURL_orTwice_is401() async throws {
            try await Self.withTokens { api in
                for query in ["token", "access_token"] {
                    expectStatus(401, try await api.request("GET", "/api/tasks?\(query)=\(Self.reader)"))
                }
                let twice = Self.bearer(Self.reader) + Self.bearer(Self.reader)
                expectStatus(401, try await api.request("GET", "/api/tasks", headers: twice))
            }
        }

        @Test func eachScope_allowsItsOwn_andNoMore() async throws {
            try await Self.withTokens { api in
                let id = try api.files.submit()
                let steps: [(method: String, path: String, json: JSONValue?, allowed: [String], scope: String)] = [
                    ("GET", "/api/tasks", nil, [Self.reader, Self.submitter], "read"),
                    ("GET", "/readyz", nil, [Self.reader, Self.submitter], "read"),
                    ("GET", "/api/tasks/\(id)", nil, [Self.reader, Self.submitter], "read"),
                    ("POST", "/api/tasks", api.body(), [Self.submitter], "submit"),
                    ("POST", "/api/tasks/\(id)/hold", nil, [Self.boss], "admin"),
                    ("POST", "/api/tasks/\(id)/release", nil, [Self.boss], "admin"),
                    ("POST", "/api/tasks/\(id)/abort", nil, [Self.boss], "admin"),
                    ("DELETE", "/api/tasks/\(id)", nil, [Self.boss], "admin"),
                ]
                for step in steps {
                    for token in [Self.reader, Self.submitter, Self.boss] {
                        let answer = try await api.request(
                            step.method, step.path, headers: Self.bearer(token), json: step.json)
                        if step.allowed.contains(token) {
                            #expect(answer.status == 200, "\(step.method) \(step.path)")
                        } else {
                            #expect(answer.status == 403, "\(step.method) \(step.path)")
                            #expect(answer.json["type"] == "urn:openloom:problem:missing-scope")
                            #expect(answer.json["detail"]?.string?.contains("\"\(step.scope)\"") == true)
                            #expect(
                                answer.headers["www-authenticate"]?.contains("scope=\"\(step.scope)\"") == true)
                        }
                    }
                }
            }
        }

        @Test func aLoneToken_allowsEverything() async throws {
            let tokens = try AccessTokens(parsing: Array("\(Self.boss)\n".utf8))
            try await RunningAPI.with({ $0.tokens = tokens }) { api in
                let headers = [("Authorization", "bearer  \(Self.boss)")]
                expectStatus(200, try await api.request("GET", "/api/tasks", headers: headers))
                expectStatus(200, try await api.request("POST", "/api/tasks", headers: headers, json: api.body()))
                let id = try #require(try api.spool.list(.new).first)
                expectStatus(200, try await api.request("DELETE", "/api/tasks/\(id)", headers: headers))
            }
        }

        /// What is wrong with a request is mended step by step; each time the next check speaks up.
        @Test func checks_comeInTheirOrder() async throws {
            let tokens = try AccessTokens(parsing: Array(Self.lines.utf8))
            try await RunningAPI.with({
                $0.tokens = tokens
                $0.maxBodyBytes = 2000
            }) { api in
                let long = Array(api.body("x", ["goal": .string(String(repeating: "g", count: 2000))]).compact.utf8)
                func post(_ headers: [(String, String)], _ body: [UInt8]) async throws -> HTTPAnswer {
                    let connection = try await HTTPConnection(port: api.port)
                    return try await connection.exchange("POST", "/api/tasks", headers: headers, body: body)
                }
                let evil = ("Origin", "https://evil.example")
                let text = ("Content-Type", "text/plain")
                let json = ("Content-Type", "application/json")
                let wrong = ("Authorization", "Bearer nonsense")
                expectStatus(400, try await post([("Host", "x y:z"), evil, text, wrong], long))
                expectStatus(421, try await post([("Host", "evil.example"), evil, text, wrong], long))
                expectStatus(403, try await post([evil, text, wrong], long))
                expectStatus(415, try await post([text, wrong], long))
                expectStatus(413, try await post([json, wrong], long))
                expectStatus(401, try await post([json, wrong], [0x7B]))
                expectStatus(403, try await post([json] + Self.bearer(Self.reader), [0x7B]))
                expectStatus(400, try await post([json] + Self.bearer(Self.submitter), [0x7B]))
                #expect(try api.spool.list(.new).isEmpty)
            }
        }

        @Test func tokens_areInNoLog_andNoDescription() async throws {
            try await Self.withTokens { api in
                for token in [Self.reader, "nobody-0123456789abcdef"] {
                    _ = try await api.request("GET", "/api/tasks", headers: Self.bearer(token))
                    _ = try await api.request("DELETE", "/api/tasks/x", headers: Self.bearer(token))
                }
                #expect(api.log.all.contains("/api/tasks"))
                #expect(!api.log.all.contains("0123456789abcdef"))
            }
            let tokens = try AccessTokens(parsing: Array(Self.lines.utf8))
            var dumped = ""
            dump(tokens, to: &dumped)
            #expect(!"\(tokens) \(String(reflecting: tokens)) \(dumped)".contains("0123456789abcdef"))
        }

        @Test(arguments: [
            ("", "holds no token"), ("# nothing\n\n", "holds no token"), ("short", "line 1: a token has 16 to 1024"),
            ("a read 0123456789abcde", "line 1: a token has"),
            ("a 0123456789abcdef", "line 1: should be NAME SCOPES TOKEN"),
            ("a read 0123456789abcdef x", "line 1: should be"),
            ("a write 0123456789abcdef", "line 1: there are the scopes"),
            ("a read,, 0123456789abcdef", "line 1: there are the scopes"),
            ("0123456789abcdeé", "line 1: a token consists"),
            ("\na read 0123456789abcdef\n0123456789abcdeg", "line 3: a token without a name"),
            ("a read 0123456789abcdef\na read 0123456789abcdeg", "line 2: the name is there twice"),
            ("a read 0123456789abcdef\nb read 0123456789abcdef", "line 2: the token is there twice"),
        ])
        func badTokenFile_isExplained_withoutShowingIt(text: String, message: String) {
            let error = #expect(throws: AccessTokensError.self) { try AccessTokens(parsing: Array(text.utf8)) }
            #expect(error?.description.hasPrefix("server.token_file: \(message)") == true)
            #expect(error?.description.contains("0123456789") == false)
        }

        @Test func tokenFile_isRead_onlyIfItIsOurs_andNobodyElsesToRead() throws {
            let files = try TemporarySpool()
            let path = files.workspace.appending("tokens")
            let missing = #expect(throws: AccessTokensError.self) { try AccessTokens(reading: path) }
            #expect(missing?.message.contains("is not there; make it with") == true)
            try DurableFile.write(Self.lines, to: path)
            #expect(chmod(path.string, 0o600) == 0)
            #expect(try AccessTokens(reading: path).caller(with: Self.reader)?.scopes == [.read])
            for mode: mode_t in [0o640, 0o604, 0o620, 0o602, 0o644] {
                #expect(chmod(path.string, mode) == 0)
                let open = #expect(throws: AccessTokensError.self) { try AccessTokens(reading: path) }
                #expect(open?.message.contains("chmod 600") == true)
            }
            #expect(throws: AccessTokensError.self) { try AccessTokens(reading: files.workspace) }
        }

        @Test(arguments: [
            ("", "s", false), ("s", "s", true), ("secret", "secret", true), ("secreT", "secret", false),
            ("Secret", "secret", false), ("secre", "secret", false), ("secretsecret", "secret", false),
            ("secrets", "secret", false), ("s", "", false), ("", "", false),
        ])
        func constantTimeComparison_isRight(shown: String, secret: String, same: Bool) {
            #expect(ConstantTime.isEqual(Array(shown.utf8), Array(secret.utf8)) == same)
        }

        @Test func everyHost_isAllowed_withTokens() async throws {
            let tokens = try AccessTokens(parsing: Array(Self.lines.utf8))
            try await RunningAPI.with({
                $0.host = "0.0.0.0"
                $0.tokens = tokens
                $0.allowedHosts = ["Loom.Example"]
            }) { api in
                for (host, status) in [
                    ("loom.example:8967", 200), ("localhost", 200), ("127.0.0.3:80", 200), ("127.0.0.4", 421),
                    ("evil.example", 421), ("x.loom.example", 421),
                ] {
                    let connection = try await HTTPConnection(port: api.port, address: 3)
                    let answer = try await connection.exchange(
                        "GET", "/api/tasks", headers: [("Host", host)] + Self.bearer(Self.reader))
                    #expect(answer.status == status, "\(host)")
                }
                #expect(api.log.all.contains("can be reached from other machines"))
                let stranger = try await HTTPConnection(port: api.port, address: 3)
                expectStatus(401, try await stranger.exchange("GET", "/api/tasks"))
            }
        }
    }
}
