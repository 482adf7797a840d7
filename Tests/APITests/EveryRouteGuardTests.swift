import API
import JSON
import Spool
import Testing

extension APITests {
    /// The gate stands before each route that `/api/openapi.json` describes: one that is added later, too.
    @Suite struct EveryRouteGuardTests {
        private struct Route: Sendable {
            var method: String
            var path: String
            var changes: Bool { method != "GET" }
        }

        private func routes(_ api: RunningAPI, _ id: TaskID) -> [Route] {
            api.description.operations.map { operation in
                let path = operation.template.replacing("{id}", with: id.rawValue)
                    .replacing("{ask}", with: "per_1").replacing("{path}", with: "task.json")
                    .replacing("{sid}", with: "ses_1").replacing("{pid}", with: "per_1")
                return Route(method: operation.method, path: path)
            }
        }

        /// Sends a request to each route and expects a refusal of one kind, and nothing changed.
        private func expect(
            _ status: Int, _ kind: String, changingOnly: Bool = false, body: String? = nil,
            _ headers: [(String, String)]
        ) async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                let before = try api.spool.fingerprint(id)
                let routes = routes(api, id).filter { !changingOnly || $0.changes }
                #expect(routes.count > 10)
                for route in routes {
                    let connection = try await HTTPConnection(port: api.port)
                    let answer = try await connection.exchange(
                        route.method, route.path, headers: headers, body: body.map { Array($0.utf8) })
                    #expect(answer.status == status, "\(route.method) \(route.path)")
                    #expect(answer.json["type"]?.string == "urn:openloom:problem:\(kind)")
                    #expect(answer.headers["access-control-allow-origin"] == nil)
                }
                #expect(try api.spool.fingerprint(id) == before)
                #expect(try api.spool.list(.new) == [id])
                #expect(!api.spool.isPaused && !api.spool.isClosed)
            }
        }

        @Test(arguments: ["evil.example", "evil.example:8967", "169.254.169.254", "localhost.evil.example"])
        func rebound_nameIsNotAnswered(host: String) async throws {
            try await expect(421, "foreign-host", [("Host", host)])
        }

        @Test(arguments: ["https://evil.example", "null", "http://localhost:1"])
        func pageOfAnotherOrigin_isRefused(origin: String) async throws {
            try await expect(403, "foreign-origin", [("Origin", origin)])
        }

        @Test(arguments: ["cross-site", "same-site"])
        func changeThatAnotherSiteCauses_isRefused(site: String) async throws {
            try await expect(403, "foreign-origin", changingOnly: true, [("Sec-Fetch-Site", site)])
        }

        @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
        func bodyThatAnyPageCanSend_isRefused(type: String) async throws {
            try await expect(
                415, "not-json", changingOnly: true, body: "{\"action\": \"delete\"}", [("Content-Type", type)])
        }

        @Test func withoutAToken_nothingButLivezAndTheDashboardsFilesAnswers() async throws {
            let tokens = try AccessTokens(parsing: Array("0123456789abcdef".utf8))
            try await RunningAPI.with({ $0.tokens = tokens }) { api in
                let id = try api.files.submit()
                for route in routes(api, id) {
                    let answer = try await api.request(route.method, route.path)
                    let expected =
                        ["/livez", "/"].contains(route.path) ? 200 : route.path.hasPrefix("/dashboard/") ? 404 : 401
                    #expect(answer.status == expected, "\(route.method) \(route.path)")
                }
                #expect(try api.spool.list(.new) == [id])
            }
        }
    }
}
