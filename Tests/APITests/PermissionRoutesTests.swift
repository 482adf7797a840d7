import API
import JSON
import Spool
import SystemPackage
import Testing

extension APITests {
    @Suite struct PermissionRoutesTests {
        /// A running task that asks.
        private static func waiting(_ api: RunningAPI, session: String = "ses_1") throws -> TaskPaths {
            let id = try api.files.running()
            let paths = api.spool.paths.task(id, in: .running)
            try api.spool.makeDirectory(paths.asks)
            let ask: JSONValue = [
                "id": "per_1", "kind": "permission", "session": .string(session), "time": "2026-11-26T10:00:00.000Z",
                "permission": "bash", "patterns": ["rm *"], "answers": ["once", "reject"],
            ]
            try DurableFile.write(ask.pretty, to: paths.asks.appending("per_1.json"))
            return paths
        }

        private static func addForeign(_ api: RunningAPI) {
            let workspace = api.files.workspace.string
            api.gateway.set { state in
                state.sessions = [StubGateway.session("ses_5", in: workspace)]
                state.permissions = [
                    GatewayPermission(
                        id: "per_5", session: "ses_5", directory: workspace, server: "http://stub", permission: "edit",
                        patterns: ["x"], metadata: ["file": "x"])
                ]
            }
        }

        @Test func list_hasThoseOfTasksFromTheTree_andOthersFromTheServer() async throws {
            try await RunningAPI.with(gateway: StubGateway()) { api in
                let task = try Self.waiting(api)
                Self.addForeign(api)
                let list = try await api.request("GET", "/api/permissions").json["permissions"]?.array ?? []
                #expect(list.map { $0["id"] } == ["per_1", "per_5"])
                #expect(
                    list.first == [
                        "id": "per_1", "sessionId": "ses_1", "permission": "bash", "patterns": ["rm *"],
                        "metadata": [:], "taskId": JSONValue(task.directory.lastComponent?.string),
                    ])
                #expect(list.last?["metadata"] == ["file": "x"])
                #expect(list.last?["taskId"] == .null)
                let one = try await api.request("GET", "/api/permissions?sessionId=ses_5").json["permissions"]
                #expect(one?.array?.compactMap { $0["id"]?.string } == ["per_5"])
            }
        }

        @Test func list_saysWhatIsMissing_andStillHasTheTreesOwn() async throws {
            try await RunningAPI.with { api in
                _ = try Self.waiting(api)
                api.gateway.set { $0.missing = ["the stub is down"] }
                let answer = try await api.request("GET", "/api/permissions")
                #expect(answer.json["permissions"]?.array?.count == 1)
                #expect(answer.json["missing"] == ["the stub is down"])
            }
        }

        @Test(arguments: [("once", "once"), ("always", "once"), ("reject", "reject")])
        func answerToATask_isItsAnswerFile_andNeverAlways(_ response: String, _ done: String) async throws {
            try await RunningAPI.with { api in
                let task = try Self.waiting(api)
                let answer = try await api.request(
                    "POST", "/api/sessions/ses_1/permissions/per_1", json: ["response": .string(response)])
                expectStatus(200, answer)
                #expect(answer.json == ["ok": true, "response": .string(done)])
                #expect(try api.spool.readWord(task.asks.appending("per_1.answer")) == done)
                #expect(api.gateway.deeds.isEmpty)
            }
        }

        @Test func answerToATask_goesByTheSessionThatItsAgentStarted_too() async throws {
            try await RunningAPI.with { api in
                let task = try Self.waiting(api, session: "ses_child")
                for session in ["ses_child", "ses_1"] {
                    let answer = try await api.request(
                        "POST", "/api/sessions/\(session)/permissions/per_1", json: ["response": "once"])
                    expectStatus(200, answer)
                }
                #expect(try api.spool.readWord(task.asks.appending("per_1.answer")) == "once")
            }
        }

        @Test func answerToOthers_goesToTheServer() async throws {
            try await RunningAPI.with(gateway: StubGateway()) { api in
                _ = try api.files.submit()
                Self.addForeign(api)
                let path = "/api/sessions/ses_5/permissions/per_5"
                expectStatus(200, try await api.request("POST", path, json: ["response": "always"]))
                expectStatus(200, try await api.request("POST", path, json: ["response": "reject"]))
                #expect(api.gateway.deeds == ["once per_5", "reject per_5"])
            }
        }

        @Test func answerToWhatNobodyAsks_is404_andToNothing_is400() async throws {
            try await RunningAPI.with(gateway: StubGateway()) { api in
                _ = try api.files.submit()
                Self.addForeign(api)
                let path = "/api/sessions/ses_5/permissions/per_6"
                #expect(try await api.request("POST", path, json: ["response": "once"]).status == 404)
                for body: JSONValue in [[:], ["response": "yes"], ["response": nil], []] {
                    let answer = try await api.request("POST", "/api/sessions/ses_5/permissions/per_5", json: body)
                    #expect(answer.status == 400)
                    #expect(answer.json["type"] == "urn:openloom:problem:invalid-body")
                    #expect(answer.json["errors"]?[0]?["pointer"] == "/response")
                }
                #expect(api.gateway.deeds.isEmpty)
            }
        }
    }
}
