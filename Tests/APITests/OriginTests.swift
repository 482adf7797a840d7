import API
import JSON
import Spool
import Testing

extension APITests {
    @Suite struct OriginTests {
        private static let page = "https://board.example"

        private static func withPage(_ body: @escaping @Sendable (RunningAPI) async throws -> Void) async throws {
            try await RunningAPI.with({ $0.allowedOrigins = [page] }, body)
        }

        @Test func pageOnTheList_passes_andMayReadTheAnswer() async throws {
            try await Self.withPage { api in
                let posted = try await api.request(
                    "POST", "/api/tasks", headers: [("Origin", Self.page), ("Sec-Fetch-Site", "cross-site")],
                    json: api.body())
                #expect(posted.status == 200)
                let refused = try await api.request(
                    "GET", "/api/tasks/nobody", headers: [("Origin", Self.page)])
                #expect(refused.status == 404)
                for answer in [posted, refused] {
                    #expect(answer.headers["access-control-allow-origin"] == Self.page)
                    #expect(answer.headers["vary"] == "Origin")
                    #expect(answer.headers["access-control-allow-credentials"] == nil)
                }
            }
        }

        @Test func pageOnTheList_mayReadEvents() async throws {
            try await Self.withPage { api in
                let connection = try await HTTPConnection(port: api.port)
                try await connection.send("GET", "/api/events", headers: [("Origin", Self.page)])
                let head = try await connection.head()
                #expect(head.status == 200)
                #expect(head.headers["access-control-allow-origin"] == Self.page)
            }
        }

        @Test func preflight_isAnswered_withoutAToken() async throws {
            let tokens = try AccessTokens(parsing: Array("0123456789abcdef".utf8))
            try await RunningAPI.with({
                $0.allowedOrigins = [Self.page]
                $0.tokens = tokens
            }) { api in
                let answer = try await api.request(
                    "OPTIONS", "/api/tasks",
                    headers: [("Origin", Self.page), ("Access-Control-Request-Method", "POST")])
                #expect(answer.status == 204)
                #expect(answer.headers["access-control-allow-origin"] == Self.page)
                #expect(answer.headers["access-control-allow-methods"]?.contains("POST") == true)
                #expect(answer.headers["access-control-allow-headers"]?.contains("Authorization") == true)
                let plain = try await api.request("OPTIONS", "/api/tasks", headers: [("Origin", Self.page)])
                #expect(plain.status == 401)
            }
        }

        @Test(arguments: [
            "https://evil.example", "https://board.example:8443", "http://board.example", "null",
            "https://board.example.evil.example", "https://board.example/", "*",
        ])
        func otherPages_getNeitherAnswerNorPreflight(origin: String) async throws {
            try await Self.withPage { api in
                for (method, more) in [("OPTIONS", [("Access-Control-Request-Method", "POST")]), ("GET", [])] {
                    let answer = try await api.request(method, "/api/tasks", headers: [("Origin", origin)] + more)
                    #expect(answer.status == 403)
                    #expect(answer.json["type"] == "urn:openloom:problem:foreign-origin")
                    #expect(answer.headers["access-control-allow-origin"] == nil)
                    #expect(answer.headers["access-control-allow-methods"] == nil)
                }
            }
        }

        @Test func twoOrigins_areNone() async throws {
            try await Self.withPage { api in
                let answer = try await api.request(
                    "GET", "/api/tasks", headers: [("Origin", Self.page), ("Origin", Self.page)])
                #expect(answer.status == 403)
            }
        }

        @Test(arguments: ["cross-site", "same-site"])
        func mutationOfAnotherSite_withoutAnOrigin_is403(site: String) async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                let headers = [("Sec-Fetch-Site", site)]
                let posted = try await api.request("POST", "/api/tasks", headers: headers, json: api.body())
                let aborted = try await api.request("POST", "/api/tasks/\(id)/abort", headers: headers)
                let deleted = try await api.request("DELETE", "/api/tasks/\(id)", headers: headers)
                for answer in [posted, aborted, deleted] {
                    #expect(answer.status == 403)
                    #expect(answer.json["type"] == "urn:openloom:problem:foreign-origin")
                }
                #expect(try api.spool.list(.new) == [id])
            }
        }

        @Test(arguments: ["same-origin", "none"])
        func mutationOfOurOwnPage_passes(site: String) async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request(
                    "POST", "/api/tasks", headers: [("Sec-Fetch-Site", site)], json: api.body())
                #expect(answer.status == 200)
            }
        }

        /// What a page can make a browser send without asking first: a form, and `fetch` with `mode: "no-cors"`.
        @Test(arguments: [
            "text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x", "text/plain; application/json", "application/json-patch+json", "",
        ])
        func simpleRequests_neverGetIn(type: String) async throws {
            try await RunningAPI.with { api in
                let body = Array(api.body().compact.utf8)
                let shapes: [[(String, String)]] = [
                    [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")],
                    [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")], [],
                ]
                for shape in shapes {
                    let headers = shape + (type.isEmpty ? [] : [("Content-Type", type)])
                    let connection = try await HTTPConnection(port: api.port)
                    let answer = try await connection.exchange("POST", "/api/tasks", headers: headers, body: body)
                    #expect(answer.status == (shape.isEmpty ? 415 : 403))
                    #expect(answer.headers["access-control-allow-origin"] == nil)
                }
                #expect(try api.spool.list(.new).isEmpty)
            }
        }
    }
}
