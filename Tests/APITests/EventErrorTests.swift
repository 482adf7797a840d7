import API
import Spool
import Testing

extension APITests {
    /// What an event stream is refused for is said as by every other route, and nobody listens afterwards.
    @Suite struct EventErrorTests {
        private static let reader = "reader-0123456789abcdef"
        private static let submitter = "submitter-0123456789abcdef"

        private struct Refusal: Sendable {
            var status: Int
            var kind: String
            var headers: [(String, String)] = []
            var query = ""
            var isOfTheToken: Bool { kind == "unauthorized" || kind == "missing-scope" }
        }

        private static let refusals = [
            Refusal(status: 401, kind: "unauthorized"),
            Refusal(status: 401, kind: "unauthorized", headers: [("Authorization", "Bearer \(reader)x")]),
            Refusal(status: 403, kind: "missing-scope", headers: [("Authorization", "Bearer \(submitter)")]),
            Refusal(
                status: 403, kind: "foreign-origin",
                headers: [("Authorization", "Bearer \(reader)"), ("Origin", "https://evil.example")]),
            Refusal(
                status: 421, kind: "foreign-host",
                headers: [("Authorization", "Bearer \(reader)"), ("Host", "evil.example")]),
            Refusal(
                status: 400, kind: "invalid-query", headers: [("Authorization", "Bearer \(reader)")], query: "?after=x"),
            Refusal(
                status: 400, kind: "invalid-query", headers: [("Authorization", "Bearer \(reader)")],
                query: "?after=99999999999999999999"),
        ]

        private static func withTokens(_ body: @escaping @Sendable (RunningAPI) async throws -> Void) async throws {
            let lines = "dashboard read \(reader)\nci submit \(submitter)\n"
            let tokens = try AccessTokens(parsing: Array(lines.utf8))
            try await RunningAPI.with({ $0.tokens = tokens }, body)
        }

        @Test(arguments: refusals.indices)
        func stream_thatIsRefused_isAProblem_andHasNoReader(number: Int) async throws {
            let refusal = Self.refusals[number]
            try await Self.withTokens { api in
                let id = try api.files.submit()
                for path in ["/api/events", "/api/tasks/\(id)/events"] {
                    let answer = try await api.request("GET", path + refusal.query, headers: refusal.headers)
                    expectProblem(answer, refusal.status, refusal.kind)
                    #expect((answer.headers["www-authenticate"] != nil) == refusal.isOfTheToken, "\(path)")
                }
                #expect(await api.observer.subscriberCount == 0)
            }
        }

        @Test(arguments: ["no-such-task", "..", "%2e%2e", "a%00b", "%ff"])
        func streamOfATaskThatIsNotThere_is404(id: String) async throws {
            try await Self.withTokens { api in
                for query in ["", "?after=0"] {
                    let answer = try await api.request(
                        "GET", "/api/tasks/\(id)/events\(query)", headers: [("Authorization", "Bearer \(Self.reader)")])
                    #expect(answer.status == 404, "\(answer.text)")
                    #expect(answer.headers["content-type"] == "application/problem+json")
                }
                #expect(await api.observer.subscriberCount == 0)
            }
        }

        @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"])
        func streamIsOnlyRead(method: String) async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                for path in ["/api/events", "/api/tasks/\(id)/events"] {
                    let answer = try await api.request(method, path)
                    expectProblem(answer, 405, "method-not-allowed")
                    #expect(answer.headers["allow"] == "GET, HEAD")
                }
            }
        }
    }
}
