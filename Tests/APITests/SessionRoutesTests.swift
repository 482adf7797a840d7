import API
import JSON
import Spool
import SystemPackage
import TaskSource
import Testing

extension APITests {
    @Suite struct SessionRoutesTests {
        /// An API with a task, in whose workspace there are these sessions.
        private static func with(
            _ sessions: @escaping @Sendable (String) -> [GatewaySession],
            _ body: @escaping @Sendable (RunningAPI) async throws -> Void
        ) async throws {
            try await RunningAPI.with(gateway: StubGateway()) { api in
                _ = try api.files.submit()
                let workspace = api.files.workspace.string
                api.gateway.set { $0.sessions = sessions(workspace) }
                try await body(api)
            }
        }

        @Test func list_hasRootsThatAreNotArchived_newestFirst_byDirectoryAndWithStates() async throws {
            try await Self.with {
                [
                    StubGateway.session("ses_old", in: $0, updated: 1000),
                    StubGateway.session("ses_new", in: $0, updated: 3000, activity: .busy),
                    StubGateway.session("ses_gone", in: $0, updated: 4000, archived: 4000),
                    StubGateway.session("ses_child", in: $0, parent: "ses_new", updated: 5000),
                    StubGateway.session("ses_back", in: $0, updated: 2000, archived: 0),
                ]
            } _: { api in
                let answer = try await api.request("GET", "/api/sessions")
                expectStatus(200, answer)
                let ids = answer.json["sessions"]?.array?.compactMap { $0["id"]?.string }
                #expect(ids == ["ses_new", "ses_back", "ses_old"])
                let group = answer.json["byDirectory"]?[api.files.workspace.string]?.array
                #expect(group?.compactMap { $0["id"]?.string } == ids)
                #expect(answer.json["status"] == ["ses_new": "busy", "ses_back": "idle", "ses_old": "idle"])
                #expect(answer.json["missing"] == [])
            }
        }

        @Test func serverThatIsDown_is503_withWhatToDo_andTheTreeIsShownAnyway() async throws {
            try await RunningAPI.with { api in
                _ = try api.files.submit()
                for (method, path) in [
                    ("GET", "/api/sessions"), ("GET", "/api/sessions/ses_1/messages"),
                    ("GET", "/api/sessions/ses_1/diff"), ("POST", "/api/sessions/ses_1/archive"),
                    ("DELETE", "/api/sessions/ses_1/archive"), ("POST", "/api/sessions/ses_1/delete"),
                ] {
                    let answer = try await api.request(method, path)
                    #expect(answer.status == 503, "\(method) \(path)")
                    #expect(answer.json["type"] == "urn:openloom:problem:agent-unavailable")
                    #expect(answer.json["detail"]?.string?.contains("the stub is down. Start OpenCode") == true)
                    #expect(answer.headers["retry-after"] == "10")
                }
                let state = try await api.request("GET", "/api/state")
                expectStatus(200, state)
                #expect(state.json["server"] == ["ok": false, "message": "the stub is down", "url": "http://stub"])
                #expect(state.json["tasks"]?.array?.count == 1)
                #expect(state.json["sessions"] == [])
            }
        }

        @Test func unknownSession_andWhatIsNoId_are404() async throws {
            try await Self.with {
                [StubGateway.session("ses_1", in: $0)]
            } _: { api in
                for id in ["ses_2", "..%2f..%2fetc", "%00", "ses.1", String(repeating: "s", count: 300)] {
                    let answer = try await api.request("GET", "/api/sessions/\(id)/messages")
                    #expect(answer.status == 404, "\(id)")
                    #expect(answer.json["type"] == "urn:openloom:problem:session-not-found", "\(id)")
                }
            }
        }

        @Test func messages_areFiftyUnlessAskedOtherwise() async throws {
            try await Self.with {
                [StubGateway.session("ses_1", in: $0)]
            } _: { api in
                let path = "/api/sessions/ses_1/messages"
                #expect(try await api.request("GET", path).json["messages"]?.array?.count == 50)
                #expect(try await api.request("GET", "\(path)?limit=3").json["messages"]?.array?.count == 3)
                for wrong in ["0", "1001", "x", "-1"] {
                    let answer = try await api.request("GET", "\(path)?limit=\(wrong)")
                    #expect(answer.status == 400)
                    #expect(answer.json["errors"]?[0]?["parameter"] == "limit")
                }
            }
        }

        @Test func deletion_isToldToTheServer_andRefusedWhileATaskNeedsTheSession() async throws {
            try await Self.with {
                [
                    StubGateway.session("ses_0", in: $0), StubGateway.session("ses_1", in: $0, parent: "ses_0"),
                    StubGateway.session("ses_2", in: $0, parent: "ses_1"), StubGateway.session("ses_3", in: $0),
                ]
            } _: { api in
                // It works in ses_1.
                let id = try api.files.running()
                for session in ["ses_0", "ses_1", "ses_2"] {
                    let answer = try await api.request("POST", "/api/sessions/\(session)/delete")
                    #expect(answer.status == 409, "\(session)")
                    #expect(answer.json["type"] == "urn:openloom:problem:session-in-use")
                    #expect(answer.json["detail"]?.string?.contains(id.rawValue) == true)
                }
                let answer = try await api.request("POST", "/api/sessions/ses_3/delete")
                expectStatus(200, answer)
                #expect(answer.json == ["ok": true, "sessionId": "ses_3", "deleted": true])
                #expect(api.gateway.deeds == ["delete ses_3"])
            }
        }

        @Test func archive_goesBothWays_andOneThatCanNotIs501() async throws {
            try await Self.with {
                [StubGateway.session("ses_1", in: $0)]
            } _: { api in
                let path = "/api/sessions/ses_1/archive"
                let there = try await api.request("POST", path)
                #expect(there.json == ["ok": true, "sessionId": "ses_1", "archived": true])
                let back = try await api.request("DELETE", path)
                #expect(back.json == ["ok": true, "sessionId": "ses_1", "archived": false])
                #expect(api.gateway.deeds == ["archive ses_1", "unarchive ses_1"])
                api.gateway.set { $0.error = GatewayError(.unsupported, "not here") }
                let refused = try await api.request("POST", path)
                #expect(refused.status == 501)
                #expect(refused.json["type"] == "urn:openloom:problem:unsupported")
            }
        }

        @Test func sessionOutsideOfTheAllowedDirectories_is403_andIsNotAskedAbout() async throws {
            try await RunningAPI.with(
                gateway: StubGateway([StubGateway.session("ses_1", in: "/elsewhere")]),
                policy: { WorkspacePolicy(allow: [$0.workspace]) }
            ) { api in
                let answer = try await api.request("GET", "/api/sessions/ses_1/messages")
                #expect(answer.status == 403)
                #expect(answer.json["type"] == "urn:openloom:problem:foreign-directory")
                _ = try api.files.submit()
                #expect(try await api.request("GET", "/api/sessions").json["sessions"] == [])
                #expect(api.gateway.asked == [api.files.workspace.string])
            }
        }
    }
}
