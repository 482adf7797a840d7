import API
import JSON
import Testing

extension APITests {
    @Suite struct RequestIDTests {
        @Test func id_isMade_andIsAnotherEachTime() async throws {
            try await RunningAPI.with { api in
                let first = try #require(try await api.request("GET", "/livez").headers["x-request-id"])
                let second = try #require(try await api.request("GET", "/livez").headers["x-request-id"])
                #expect(!first.isEmpty && first != second)
            }
        }

        @Test func clientsID_isTakenOver_intoTheAnswerAProblemAndTheLog() async throws {
            try await RunningAPI.with { api in
                let mine = "trace-1.A_b"
                let answer = try await api.request(
                    "POST", "/api/tasks", headers: [("X-Request-Id", mine)], json: ["gaol": "x"])
                #expect(answer.status == 400)
                #expect(answer.headers["x-request-id"] == mine)
                #expect(answer.json["instance"]?.string == "urn:openloom:request:\(mine)")
                #expect(api.log.all.contains("\"request\": \(mine)"))
            }
        }

        @Test(arguments: ["", "two words", "semi;colon", String(repeating: "a", count: 129), "ümlaut", "a\"b"])
        func idThatWouldDoHarmInALog_isReplaced(id: String) async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("GET", "/livez", headers: [("X-Request-Id", id)])
                let given = try #require(answer.headers["x-request-id"])
                #expect(given != id && !given.isEmpty)
            }
        }

        @Test func changes_areLogged_withTheNameOfTheToken_butNotTheToken() async throws {
            let token = "0123456789abcdef-secret"
            let tokens = try AccessTokens(parsing: Array("robot submit,read \(token)\n".utf8))
            try await RunningAPI.with({ $0.tokens = tokens }) { api in
                _ = try await api.request(
                    "POST", "/api/tasks", headers: [("Authorization", "Bearer \(token)")], json: api.body())
                #expect(api.log.all.contains("\"token\": robot"))
                #expect(!api.log.all.contains(token))
            }
        }
    }
}
