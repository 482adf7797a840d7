import API
import JSON
import Spool
import SystemPackage
import TaskSource
import Testing

extension APITests {
    @Suite struct TaskCompletionTests {
        @Test func complete_movesATaskToDone_andDoesNothingToOneThatIsThere() async throws {
            try await RunningAPI.with { api in
                for id in [try api.files.submit(), try api.files.running(), try api.files.ended(.changed)] {
                    let answer = try await api.request("POST", "/api/tasks/\(id)/complete")
                    expectStatus(200, answer)
                    #expect(answer.json["status"] == "completed")
                    #expect(try api.spool.locate(id).1 == .done)
                }
                let failed = try api.files.ended(.error)
                #expect(try await api.request("POST", "/api/tasks/\(failed)/complete").status == 409)
                #expect(try await api.request("POST", "/api/tasks/nothing/complete").status == 404)
            }
        }

        @Test func clearCompleted_deletesAllThatEnded_butArchivedOnes() async throws {
            try await RunningAPI.with { api in
                var ended: [TaskID] = []
                for number in 0..<60 { ended.append(try api.files.ended(number % 2 == 0 ? .changed : .error)) }
                let archived = try api.files.ended(.changed)
                try api.spool.archive(archived)
                let others = [try api.files.submit(), try api.files.running()]
                let answer = try await api.request("POST", "/api/tasks/clear-completed")
                expectStatus(200, answer)
                #expect(answer.json["deleted"] == 60)
                let ids = answer.json["taskIds"]?.array?.compactMap(\.string) ?? []
                #expect(ids == ended.map(\.rawValue).sorted(by: >))
                for id in others + [archived] { _ = try api.spool.locate(id) }
                #expect(try await api.request("POST", "/api/tasks/clear-completed").json["taskIds"] == [])
            }
        }

        @Test func checkLog_tellsWhatHappened_inOpenLoomsForm() async throws {
            try await RunningAPI.with { api in
                let id = try api.files.ended(.error, reason: "the model refused")
                let log = try await api.request("GET", "/api/tasks/\(id)").json["task"]?["check_log"]?.array ?? []
                #expect(log.first?["summary"] == "Accepted")
                #expect(log.first?["status"] == "pending")
                #expect(log.last?["summary"] == "Ended: error, the model refused")
                #expect(log.last?["status"] == "failed")
                for entry in log {
                    #expect((entry["at"]?.double ?? 0) > 1_700_000_000)
                    #expect(entry["detail"]?.string != nil)
                }
            }
        }

        // MARK: sessions

        @Test func session_givesTheTaskItsWorkspace_whateverTheBodySays() async throws {
            try await RunningAPI.with(gateway: StubGateway()) { api in
                let workspace = api.files.workspace.string
                api.gateway.set { $0.sessions = [StubGateway.session("ses_1", in: workspace)] }
                for more: JSONObject in [[:], ["workspace": "/tmp"], ["cwd": "/nowhere"], ["workspace": ""]] {
                    var body: JSONObject = ["goal": "go on", "sessionId": "ses_1"]
                    for (name, value) in more { body[name] = value }
                    let answer = try await api.request("POST", "/api/tasks", json: .object(body))
                    expectStatus(200, answer)
                    #expect(answer.json["workspace"] == .string(workspace))
                    #expect(answer.json["sessionId"] == "ses_1")
                }
            }
        }

        @Test func session_thatNobodyKnows_is404_andOneElsewhereIs409() async throws {
            try await RunningAPI.with(
                gateway: StubGateway([StubGateway.session("ses_1", in: "/etc")]),
                policy: { WorkspacePolicy(allow: [$0.workspace]) }
            ) { api in
                let unknown = try await api.request("POST", "/api/tasks", json: ["goal": "x", "sessionId": "ses_2"])
                #expect(unknown.status == 404)
                #expect(unknown.json["type"] == "urn:openloom:problem:session-not-found")
                let outside = try await api.request("POST", "/api/tasks", json: ["goal": "x", "session_id": "ses_1"])
                #expect(outside.status == 409)
                #expect(outside.json["type"] == "urn:openloom:problem:unusable-workspace")
                #expect(outside.json["detail"]?.string?.contains("workspaces.allow") == true)
                #expect(try api.spool.list(.new).isEmpty)
            }
        }

        @Test func session_withoutAServer_is503_unlessTheBodySaysWhere() async throws {
            try await RunningAPI.with { api in
                let nowhere = try await api.request("POST", "/api/tasks", json: ["goal": "x", "sessionId": "ses_1"])
                #expect(nowhere.status == 503)
                #expect(nowhere.json["type"] == "urn:openloom:problem:agent-unavailable")
                let somewhere = try await api.request("POST", "/api/tasks", json: api.body("x", ["sessionId": "ses_1"]))
                expectStatus(200, somewhere)
                #expect(somewhere.json["workspace"] == .string(api.files.workspace.string))
            }
        }
    }
}
