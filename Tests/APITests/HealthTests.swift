import API
import JSON
import Spool
import Testing

extension APITests {
    @Suite struct HealthTests {
        @Test func livez_isOk() async throws {
            try await RunningAPI.with { api in
                let answer = try await api.request("GET", "/livez")
                #expect(answer.status == 200)
                #expect(answer.json == ["status": "ok"])
                #expect(answer.headers["date"]?.hasSuffix(" GMT") == true)
            }
        }

        @Test func readyz_isOk_withTheDetails() async throws {
            try await RunningAPI.with(readiness: Readiness(isReady: true, details: ["opencode": "1.15.10"])) { api in
                let answer = try await api.request("GET", "/readyz")
                #expect(answer.status == 200)
                #expect(answer.json["status"] == "ok")
                #expect(answer.json["details"]?["opencode"] == "1.15.10")
            }
        }

        @Test func readyz_isDegraded_whenTheAgentsServerIsDown() async throws {
            let down = Readiness(isReady: false, details: ["opencode": "connection refused"])
            try await RunningAPI.with(readiness: down) { api in
                let answer = try await api.request("GET", "/readyz")
                #expect(answer.status == 200)
                #expect(answer.json["status"] == "degraded")
                #expect(answer.json["details"]?["opencode"] == "connection refused")
                #expect(try await api.request("GET", "/livez").json["status"] == "ok")
            }
        }

        @Test func readyz_isDegraded_whileTheSpoolIsPaused() async throws {
            try await RunningAPI.with { api in
                try DurableFile.write("", to: api.spool.paths.pause)
                let answer = try await api.request("GET", "/readyz")
                #expect(answer.json["status"] == "degraded")
                #expect(answer.json["spool"]?["paused"] == true)
            }
        }

        @Test func readyz_is503_whenTheSpoolIsGone() async throws {
            try await RunningAPI.with { api in
                try api.files.removeSpool()
                let answer = try await api.request("GET", "/readyz")
                #expect(answer.status == 503)
                #expect(answer.json["type"] == "urn:openloom:problem:spool-unavailable")
                #expect(try await api.request("GET", "/livez").status == 200)
            }
        }
    }
}
