import API
import JSON
import Spool
import SystemPackage
import Testing

extension APITests {
    @Suite struct StateRouteTests {
        @Test func state_hasAllThatOpenLoomsDashboardReads_andWhatWeHadBefore() async throws {
            let readiness = Readiness(isReady: true, details: ["version": "1", "opencode": ["ok": true]])
            try await RunningAPI.with(
                { $0.webhooks = [["url": "http://hooks/…", "events": ["*"]]] }, readiness: readiness,
                gateway: StubGateway()
            ) { api in
                let workspace = api.files.workspace.string
                api.gateway.set { state in
                    state.sessions = [
                        StubGateway.session("ses_1", in: workspace, activity: .busy),
                        StubGateway.session("ses_2", in: workspace, updated: 1_795_479_000_000, archived: 5000),
                    ]
                }
                _ = try api.files.submit()
                _ = try api.files.running()
                _ = try api.files.ended(.changed)
                _ = try api.files.ended(.error, reason: "no")
                let state = try await api.request("GET", "/api/state").json
                #expect(state["server"] == ["ok": true, "message": "reachable", "url": "http://stub"])
                #expect(state["recentWorkspaces"] == [.string(workspace)])
                #expect(state["tasks"]?.array?.count == 4)
                #expect(state["sessions"]?.array?.count == 1)
                #expect(state["sessionsByDirectory"]?[workspace]?[0]?["id"] == "ses_1")
                #expect(state["sessionStatus"] == ["ses_1": "busy"])
                #expect(state["archivedSessions"]?[0]?["archived_at"]?.double == 5)
                #expect(state["notify"] == ["webhooks": [["url": "http://hooks/…", "events": ["*"]]]])
                let metrics: JSONValue = [
                    "running": 2, "waiting": 0, "failed": 1, "completedToday": 1, "sessionsBusy": 1,
                    "sessionsIdle": 0, "sessionsRetry": 0,
                ]
                #expect(state["metrics"] == metrics)
                #expect(state["usage"]?["complete"] == true)
                #expect(state["counts"] == ["new": 1, "running": 1, "done": 1, "failed": 1])
                #expect(state["opencode"] == ["ok": true])
                #expect(state["version"] == "1")
                #expect(state["paused"] == false && state["closed"] == false)
                #expect(state["store_version"]?.int != nil)
            }
        }

        @Test func tasks_areTheNewestFifty_butAllThatRunAreThere_andLongTextsAreCut() async throws {
            try await RunningAPI.with { api in
                let running = try api.files.running("runs since long ago")
                for number in 0..<55 {
                    _ = try api.files.submit("t\(number)", goal: String(repeating: "x", count: 3000))
                }
                let tasks = try await api.request("GET", "/api/state").json["tasks"]?.array ?? []
                #expect(tasks.count == 51)
                #expect(tasks.first?["name"]?.string?.hasPrefix("t5") == true)
                #expect(tasks.last?["id"] == .string(running.rawValue))
                #expect(tasks.first?["goal"]?.string?.count == 2001)
                #expect(tasks.first?["spec"]?["goal"]?.string?.hasSuffix("x…") == true)
                #expect(tasks.first?["result"] == nil)
            }
        }

        @Test func partialAnswer_saysSo() async throws {
            try await RunningAPI.with(gateway: StubGateway()) { api in
                _ = try api.files.submit()
                api.gateway.set { $0.missing = ["/w: the OpenCode server takes too long to answer"] }
                let state = try await api.request("GET", "/api/state").json
                #expect(state["missing"] == ["/w: the OpenCode server takes too long to answer"])
            }
        }
    }
}
