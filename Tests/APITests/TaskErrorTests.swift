import API
import JSON
import Spool
import Testing

extension APITests {
    @Suite struct TaskErrorTests {
        @Test func badJSON_is400_withLineAndColumn() async throws {
            try await RunningAPI.with { api in
                let connection = try await HTTPConnection(port: api.port)
                let answer = try await connection.exchange(
                    "POST", "/api/tasks", headers: [("Content-Type", "application/json")],
                    body: Array("{\n  \"name\" 1}".utf8)
                )
                expectProblem(answer, 400, "bad-json")
                #expect(answer.json["errors"]?[0]?["line"] == 2)
                #expect(answer.json["errors"]?[0]?["column"] == 10)
            }
        }

        @Test func emptyBody_is400() async throws {
            try await RunningAPI.with { api in
                expectProblem(try await api.request("POST", "/api/tasks"), 400, "bad-json")
            }
        }

        @Test func badTask_is400_withAPointerForEachFault() async throws {
            try await RunningAPI.with { api in
                let body: JSONValue = ["workspace": "/nowhere/at/all", "prioritty": 3]
                let answer = try await api.request("POST", "/api/tasks", json: body)
                expectProblem(answer, 400, "invalid-task")
                let pointers = Set(answer.json["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? [])
                #expect(pointers == ["/workspace", "/prioritty", "/goal"])
                #expect(try api.spool.list(.new).isEmpty)
            }
        }

        @Test func workspaceThatIsNotThere_is409_asTheBodyIsWell() async throws {
            try await RunningAPI.with { api in
                let body = api.body("Fix it", ["workspace": "/nowhere/at/all"])
                let answer = try await api.request("POST", "/api/tasks", json: body)
                expectProblem(answer, 409, "unusable-workspace")
                #expect(answer.json["errors"]?[0]?["pointer"] == "/workspace")
                let relative = api.body("Fix it", ["workspace": "shop"])
                expectProblem(try await api.request("POST", "/api/tasks", json: relative), 400, "invalid-task")
            }
        }

        @Test func bodyThatIsNotSaidToBeJSON_is415() async throws {
            try await RunningAPI.with { api in
                for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
                    let connection = try await HTTPConnection(port: api.port)
                    let answer = try await connection.exchange(
                        "POST", "/api/tasks", headers: [("Content-Type", type)], body: Array(api.body().compact.utf8)
                    )
                    expectProblem(answer, 415, "not-json")
                }
                let connection = try await HTTPConnection(port: api.port)
                let silent = try await connection.exchange("POST", "/api/tasks", body: Array(api.body().compact.utf8))
                expectProblem(silent, 415, "not-json")
                #expect(try api.spool.list(.new).isEmpty)
            }
        }

        @Test func bodyOverTheLimit_is413_andTheConnectionGoesOn() async throws {
            try await RunningAPI.with({ $0.maxBodyBytes = 1 << 20 }) { api in
                let connection = try await HTTPConnection(port: api.port)
                let large = try await connection.exchange(
                    "POST", "/api/tasks", headers: [("Content-Type", "application/json")],
                    body: Array(repeating: UInt8(ascii: " "), count: 1_200_000)
                )
                expectProblem(large, 413, "body-too-large")
                let next = try await connection.exchange("GET", "/livez")
                #expect(next.status == 200)
            }
        }

        @Test func chunkedBodyOverTheLimit_is413() async throws {
            try await RunningAPI.with({ $0.maxBodyBytes = 1 << 20 }) { api in
                let connection = try await HTTPConnection(port: api.port)
                try await connection.send(
                    "POST", "/api/tasks",
                    headers: [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]
                )
                let piece =
                    Array("10000\r\n".utf8) + Array(repeating: UInt8(ascii: " "), count: 0x10000) + Array("\r\n".utf8)
                for _ in 0..<20 { try await connection.write(piece) }
                try await connection.write(Array("0\r\n\r\n".utf8))
                expectProblem(try await connection.answer(), 413, "body-too-large")
                #expect(try await connection.exchange("GET", "/livez").status == 200)
            }
        }

        @Test func bodyUpToTheLimit_isTaken() async throws {
            try await RunningAPI.with { api in
                let goal = String(repeating: "g", count: 3 << 20)
                let answer = try await api.request(
                    "POST", "/api/tasks", json: api.body("Long", ["goal": .string(goal)]))
                #expect(answer.status == 200)
                let id = try #require(answer.json["taskId"]?.string.flatMap { TaskID($0) })
                #expect(try api.spool.readSpec(id, in: .new)?.goal == goal)
            }
        }

        @Test func senderThatAsksFirst_isToldToGoOn() async throws {
            try await RunningAPI.with { api in
                let connection = try await HTTPConnection(port: api.port)
                let body = Array(api.body().compact.utf8)
                try await connection.send(
                    "POST", "/api/tasks",
                    headers: [
                        ("Content-Type", "application/json"), ("Expect", "100-continue"),
                        ("Content-Length", String(body.count)),
                    ]
                )
                #expect(try await connection.head().status == 100)
                try await connection.write(body)
                #expect(try await connection.answer().status == 200)
            }
        }

        @Test(arguments: ["nobody", "..", "%2e%2e", "a%2fb", "-x", "%00"])
        func unknownTask_is404(id: String) async throws {
            try await RunningAPI.with { api in
                for (method, path) in [
                    ("GET", ""), ("DELETE", ""), ("POST", "/abort"), ("POST", "/hold"), ("GET", "/events"),
                ] {
                    let answer = try await api.request(method, "/api/tasks/\(id)\(path)")
                    expectProblem(answer, 404, "task-not-found")
                }
            }
        }

        @Test func operationInTheWrongState_is409() async throws {
            try await RunningAPI.with { api in
                let ended = try api.files.ended(.changed)
                for operation in ["abort", "hold", "release", "pause", "resume"] {
                    let answer = try await api.request("POST", "/api/tasks/\(ended)/\(operation)")
                    expectProblem(answer, 409, "wrong-state")
                }
                let waiting = try api.files.submit()
                expectProblem(try await api.request("POST", "/api/tasks/\(waiting)/retry"), 409, "wrong-state")
            }
        }

        @Test func closedSpool_is503_withRetryAfter() async throws {
            try await RunningAPI.with { api in
                try DurableFile.write("", to: api.spool.paths.closed)
                let answer = try await api.request("POST", "/api/tasks", json: api.body())
                expectProblem(answer, 503, "closed")
                #expect(answer.headers["retry-after"] == "60")
            }
        }

        @Test func spoolThatIsGone_is503_forListsAndSubmissions() async throws {
            try await RunningAPI.with { api in
                try api.files.removeSpool()
                expectProblem(try await api.request("GET", "/api/tasks"), 503, "spool-unavailable")
                expectProblem(try await api.request("POST", "/api/tasks", json: api.body()), 503, "spool-unavailable")
            }
        }

        @Test(arguments: ["/api", "/api/task", "/api/tasks/a/b/c", "/index.html"])
        func unknownPath_is404(path: String) async throws {
            try await RunningAPI.with { api in
                expectProblem(try await api.request("GET", path), 404, "not-found")
            }
        }

        @Test func wrongMethod_is405_andSaysWhichThereAre() async throws {
            try await RunningAPI.with { api in
                for (method, path, allow) in [
                    ("PUT", "/api/tasks", "GET, HEAD, POST"), ("GET", "/api/tasks/x/abort", "POST"),
                    ("PATCH", "/api/tasks/x", "DELETE, GET, HEAD"), ("DELETE", "/livez", "GET, HEAD"),
                    ("OPTIONS", "/api/events", "GET, HEAD"),
                ] {
                    let answer = try await api.request(method, path)
                    expectProblem(answer, 405, "method-not-allowed")
                    #expect(answer.headers["allow"] == allow)
                }
                expectProblem(try await api.request("PROPFIND", "/api/tasks"), 501, "unknown-method")
            }
        }

        @Test(arguments: ["state=lost", "limit=0", "limit=1001", "limit=x", "cursor=x", "archived=maybe"])
        func badQuery_is400(query: String) async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("GET", "/api/tasks?\(query)")
                expectProblem(answer, 400, "invalid-query")
                #expect(
                    answer.json["errors"]?[0]?["parameter"]?.string
                        == query.split(separator: "=").first.map(String.init))
            }
        }

        @Test func textThatIsNoHTTP_is400_andOthersGoOn() async throws {
            try await RunningAPI.with { api in
                let connection = try await HTTPConnection(port: api.port)
                try await connection.write(Array("\u{1}\u{2} hello\r\n\r\n".utf8))
                #expect(try await connection.head().status == 400)
                #expect(try await api.request("GET", "/livez").status == 200)
            }
        }
    }
}
