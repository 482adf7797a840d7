import API
import JSON
import Spool
import Testing

extension APITests {
    @Suite struct OverviewTests {
        private func ids(_ answer: HTTPAnswer, _ name: String) -> [String] {
            (answer.json[name]?.array ?? []).compactMap { $0["id"]?.string }
        }

        @Test func overview_countsByDirectory_andShowsWhatRunsAndWhatEndedLast() async throws {
            try await RunningAPI.with { api in
                let waiting = try api.files.submit()
                let working = try api.files.running()
                let first = try api.files.ended(.changed)
                await api.waitForEvents(6)
                let last = try api.files.ended(.error, reason: "the model refused")
                await api.waitForEvents(9)
                let answer = try await api.request("GET", "/api/overview")
                expectStatus(200, answer)
                for (state, count) in [("new", 1), ("running", 1), ("done", 1), ("failed", 1)] {
                    #expect(answer.json["states"]?[state]?["count"]?.int == count, "\(state)")
                }
                let oldest = try #require(answer.json["states"]?["new"]?["oldest_at"]?.double)
                #expect(abs(oldest - (waiting.created?.seconds ?? 0)) < 0.01)
                #expect(ids(answer, "running") == [working.rawValue])
                #expect(ids(answer, "ended") == [last.rawValue, first.rawValue])
                #expect(answer.json["ended"]?[0]?["reason"] == "the model refused")
                #expect(answer.json["scopes"] == ["read", "submit", "answer", "admin"])
            }
        }

        @Test func withoutAJournal_theNewestThatEndedAreShown() async throws {
            try await RunningAPI.with { api in
                let first = try api.files.ended(.changed)
                let last = try api.files.ended(.error)
                await api.waitForEvents(6)
                try api.files.removeJournal()
                let answer = try await api.request("GET", "/api/overview")
                #expect(ids(answer, "ended") == [last.rawValue, first.rawValue])
            }
        }

        @Test func scopes_areTheTokens() async throws {
            let tokens = try AccessTokens(parsing: Array("eye read,answer 0123456789abcdef\n".utf8))
            try await RunningAPI.with({ $0.tokens = tokens }) { api in
                let headers = [("Authorization", "Bearer 0123456789abcdef")]
                let answer = try await api.request("GET", "/api/overview", headers: headers)
                #expect(answer.json["scopes"] == ["read", "answer"])
            }
        }

        @Test func switchesAndQueues_areInIt() async throws {
            try await RunningAPI.with { api in
                _ = try await EachRoute.requests(api)
                try api.spool.turn(.pause, on: true)
                let answer = try await api.request("GET", "/api/overview")
                #expect(answer.json["paused"] == true && answer.json["closed"] == false)
                #expect(answer.json["endpoints"]?[0]?["name"] == "hooks")
                #expect(answer.json["endpoints"]?[0]?["failed"] == 1)
            }
        }
    }
}
