import API
import JSON
import Spool
import Testing

extension APITests {
    @Suite struct GateTests {
        @Test(arguments: ["localhost", "localhost:1", "127.0.0.1", "127.0.0.1:8967", "[::1]:8967", "LOCALHOST:80"])
        func namesOfTheLoopback_pass(host: String) async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("GET", "/livez", headers: [("Host", host)])
                #expect(answer.status == 200)
            }
        }

        @Test(arguments: [
            "evil.example", "evil.example:8967", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1",
        ])
        func reboundNames_are421(host: String) async throws {
            try await RunningAPI.with { api in
                for path in ["/api/tasks", "/api/events", "/livez", "/nothing"] {
                    let answer = try await api.request("GET", path, headers: [("Host", host)])
                    #expect(answer.status == 421)
                    #expect(answer.json["type"] == "urn:openloom:problem:foreign-host")
                }
            }
        }

        @Test(arguments: ["", "[::1", "localhost:", "localhost:x", "localhost:1:2", "localhost:123456", ":80"])
        func malformedHosts_are400(host: String) async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("GET", "/livez", headers: [("Host", host)])
                #expect(answer.status == 400)
            }
        }

        @Test func twoHosts_are400() async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request(
                    "GET", "/livez", headers: [("Host", "localhost"), ("Host", "evil.example")])
                #expect(answer.status == 400)
            }
        }

        @Test(arguments: [
            "http://evil.example", "null", "https://localhost:8967", "http://localhost:1", "http://localhost:8967/",
        ])
        func pagesOfOtherOrigins_are403_evenWhereTheyOnlyRead(origin: String) async throws {
            try await RunningAPI.with { api in
                let headers = [("Host", "localhost:8967"), ("Origin", origin)]
                for path in ["/api/tasks", "/api/events"] {
                    let answer = try await api.request("GET", path, headers: headers)
                    #expect(answer.status == 403)
                    #expect(answer.headers["access-control-allow-origin"] == nil)
                }
                let posted = try await api.request("POST", "/api/tasks", headers: headers, json: api.body())
                #expect(posted.status == 403)
                #expect(try api.spool.list(.new).isEmpty)
            }
        }

        @Test func pagesOfOurOwn_pass() async throws {
            try await RunningAPI.with { api in
                let headers = [("Host", "localhost:\(api.port)"), ("Origin", "http://localhost:\(api.port)")]
                let answer = try await api.request("POST", "/api/tasks", headers: headers, json: api.body())
                #expect(answer.status == 200)
            }
        }

        @Test(arguments: ["0.0.0.0", "::", "192.168.1.1", "example.org", ""])
        func hostsThatOthersReach_areRefusedAtStart(host: String) async throws {
            let error = await #expect(throws: APIServerError.self) {
                try await RunningAPI.with({ $0.host = host }) { _ in
                    Issue.record("it listens on \(host)")
                }
            }
            #expect(error == .notLoopback(host: host))
        }

        @Test func portThatIsTaken_isSaid() async throws {
            try await RunningAPI.with { api in
                let error = await #expect(throws: APIServerError.self) {
                    try await RunningAPI.with({ $0.port = api.port }) { _ in
                        Issue.record("it listens on a port that is taken")
                    }
                }
                guard case .cannotListen("127.0.0.1", api.port, _)? = error else {
                    Issue.record("another error: \(String(describing: error))")
                    return
                }
            }
        }
    }
}
