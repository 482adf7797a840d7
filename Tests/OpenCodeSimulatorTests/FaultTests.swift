import JSON
import OpenCodeSimulator
import Testing

/// What each fault does, seen from outside.
@Suite(.timeLimit(.minutes(3))) struct FaultTests {
    @Test func streams_areRefused_thatManyTimes() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["refuseStreams": 2])
            #expect(try await simulator.client.events().end == .refused(503))
            #expect(try await simulator.client.events("/global/event").end == .refused(503))
            #expect(await (try simulator.client.events()).first { _ in true }?.type == "server.connected")
        }
    }

    @Test func stream_isCutAfterEvents() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["cutStreamAfterEvents": 3])
            let events = try await simulator.client.events()
            _ = try await simulator.newSession()
            _ = try await simulator.newSession()
            #expect(await events.collect { _ in false }.count == 3)
            #expect(await events.end == .cut)
        }
    }

    @Test func stream_isCutAfterSeconds() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["cutStreamAfterSeconds": 0.01])
            #expect(try await simulator.client.events().end == .cut)
        }
    }

    @Test func stream_isCutMidTurn() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["cutStreamMidTurn": true])
            let events = try await simulator.client.events("/global/event")
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say Unheard.")
            let seen = await events.collect { _ in false }
            #expect(await events.end == .cut)
            #expect(seen.contains { $0.properties["status"]?["type"] == "busy" })
            #expect(!seen.contains { $0.type == "session.idle" })
        }
    }

    @Test func mutedStream_carriesHeartbeatsOnly() async throws {
        var options = SimulatorOptions()
        options.heartbeat = .milliseconds(5)
        try await RunningSimulator.with(options) { simulator async throws in
            try await simulator.set(["muteStreams": true])
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say Unheard.")
            _ = try await simulator.wait { try await simulator.messages(session).last?.finish }
            let first = await events.collect { $0.type == "server.heartbeat" }
            let second = await events.collect { $0.type == "server.heartbeat" }
            #expect(Set((first + second).map(\.type)) == ["server.connected", "server.heartbeat"])
        }
    }

    @Test func createSession_failsOnce() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["failCreateSession": 1])
            #expect(try await simulator.client.lenient.post("/session", [:]).status == 500)
            #expect(try await simulator.client.post("/session", [:]).status == 200)
        }
    }

    @Test func messages_failThatOften() async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession()
            try await simulator.set(["failMessages": 1])
            #expect(try await simulator.client.lenient.get("/session/\(session)/message").status == 500)
            #expect(try await simulator.client.get("/session/\(session)/message").status == 200)
        }
    }

    @Test func anyPath_failsForAWhile() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["fail": [["path": "/session*", "method": "get", "status": 503, "count": 2]]])
            let client = simulator.client.lenient
            #expect(try await client.get("/session").status == 503)
            #expect(try await client.get("/vcs").status == 200)
            #expect(try await client.post("/session", [:]).status == 200)
            #expect(try await client.get("/session/status").status == 503)
            #expect(try await client.get("/session/status").status == 200)
            try await simulator.set(["fail": [["path": "/vcs", "status": 500, "seconds": 3600]]])
            #expect(try await client.get("/vcs").status == 500)
            try await simulator.set(["fail": [["path": "/vcs", "status": 500, "seconds": 0]]])
            #expect(try await client.get("/vcs").status == 200)
        }
    }

    @Test func resetPath_closesWithoutAnswer() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["fail": [["path": "/vcs", "reset": true, "count": 1]]])
            let answer = try await simulator.client.lenient.get("/vcs")
            #expect(answer.text.isEmpty)
            #expect(answer.json == .null)
            #expect(try await simulator.client.get("/vcs").status == 200)
        }
    }

    @Test func hangingPath_answersNothing_andTheRestGoesOn() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["fail": [["path": "/vcs", "hang": true]]])
            let client = simulator.client.lenient
            let hanging = Task { try await client.get("/vcs") }
            _ = try await simulator.wait {
                try await client.get("/simulator/state").json["requests"]?["GET /vcs"]?.int
            }
            #expect(try await client.get("/path").status == 200)
            // The end of the simulator ends it too: else this test would not.
            hanging.cancel()
        }
    }

    @Test func delay_makesAnswersLate() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["delaySeconds": 0.05])
            let start = ContinuousClock.now
            #expect(try await simulator.client.get("/vcs").status == 200)
            #expect(ContinuousClock.now - start >= .milliseconds(50))
        }
    }

    @Test func persistence_comesLate() async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession()
            try await simulator.set(["persistDelaySeconds": 3600])
            #expect(try await simulator.prompt(session, "sim: say Never.", id: "msg_1").status == 204)
            try await simulator.set(["persistDelaySeconds": 0.05])
            let start = ContinuousClock.now
            #expect(try await simulator.prompt(session, "sim: say Late.", id: "msg_2").status == 204)
            let found = try await simulator.wait { () -> JSONValue? in
                let answer = try await simulator.client.get("/session/\(session)/message/msg_2")
                // Not `nil` behind a colon: that could be JSON's.
                guard answer.status == 200 else { return .none }
                return answer.json
            }
            #expect(ContinuousClock.now - start >= .milliseconds(50))
            #expect(found.text == "sim: say Late.")
            #expect(try await simulator.client.get("/session/\(session)/message/msg_1").status == 404)
        }
    }

    @Test func prompts_areLost() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["losePrompts": 1])
            let session = try await simulator.newSession()
            #expect(try await simulator.prompt(session, "sim: say Lost.").status == 204)
            let messages = try await simulator.turn("sim: say Kept.", session: session)
            #expect(messages.count == 2)
            #expect(messages.last?.text == "Kept.\n\nTASK COMPLETE")
        }
    }

    @Test func directory_isWrong() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["wrongDirectory": "/somewhere/else"])
            #expect(try await simulator.client.post("/session", [:]).json["directory"] == "/somewhere/else")
        }
    }

    @Test func health_isWhatItIsToldToBe() async throws {
        try await RunningSimulator.with { simulator async throws in
            let client = simulator.client.lenient
            try await simulator.set(["health": "html"])
            #expect(try await client.get("/global/health").headers["content-type"]?.hasPrefix("text/html") == true)
            #expect(try await client.get("/api/info").headers["content-type"]?.hasPrefix("text/html") == true)
            try await simulator.set(["health": "opencode2"])
            #expect(try await client.get("/global/health").headers["content-type"]?.hasPrefix("text/html") == true)
            #expect(try await client.get("/api/info").json["version"] == "2.0.27")
            try await simulator.set(["health": "no-version"])
            #expect(try await client.get("/global/health").json == ["healthy": true])
            try await simulator.set(["health": "unhealthy"])
            #expect(try await client.get("/global/health").json["healthy"] == false)
            try await simulator.set(["health": nil])
            #expect(try await client.get("/global/health").json["version"] == "1.18.31")
        }
    }

    @Test func previewHealth_hasNoVersion_from1_16() async throws {
        for (version, isThere) in [("1.15.7", false), ("1.16.0", true)] {
            var options = SimulatorOptions()
            options.version = version
            try await RunningSimulator.with(options) { simulator async throws in
                let answer = try await simulator.client.get("/api/health")
                #expect((answer.json == ["healthy": true]) == isThere)
                try await simulator.set(["previewHealth": .bool(!isThere)])
                #expect((try await simulator.client.get("/api/health").json == ["healthy": true]) != isThere)
            }
        }
    }

    @Test func everything_isUnauthorized() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["unauthorized": true])
            let client = simulator.client.lenient
            for path in ["/global/health", "/session", "/event"] { #expect(try await client.get(path).status == 401) }
            try await simulator.set(["unauthorized": false])
            #expect(try await client.get("/global/health").status == 200)
        }
    }

    @Test func finishedSession_staysBusy() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["busyAfterFinish": true])
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say Done.")
            _ = try await simulator.wait { try await simulator.messages(session).last?.finish }
            let running = try await simulator.wait { () -> JSONValue? in
                let state = try await simulator.client.get("/simulator/state").json
                guard state["running"] == [] else { return .none }
                return state
            }
            #expect(running["running"] == [])
            #expect(try await simulator.status(session) == ["type": "busy"])
        }
    }

    @Test func statusType_isUnknown() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["statusType": "compacting"])
            var copy = simulator.client
            copy.isStrict = false
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: stall")
            let client = copy
            let status = try await simulator.wait { try await client.get("/session/status").json[session] }
            #expect(status == ["type": "compacting"])
        }
    }

    @Test func frame_isOversized() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["frameBytes": 200_000])
            let events = try await simulator.client.events()
            _ = try await simulator.prompt(try await simulator.newSession(), "sim: say Hello.")
            #expect(await events.first { $0.size > 200_000 } != nil)
            #expect(await events.first("session.idle") != nil)
        }
    }

    @Test func abort_blocks() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["abortSeconds": 0.05])
            let start = ContinuousClock.now
            #expect(try await simulator.client.post("/session/ses_unknown/abort").json == true)
            #expect(ContinuousClock.now - start >= .milliseconds(50))
        }
    }

    @Test func abort_isIgnored() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["abortIgnored": true])
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say Stuck.\nsim: stall")
            _ = await events.first { $0.properties["part"]?["text"] == "Stuck." }
            #expect(try await simulator.client.post("/session/\(session)/abort").json == true)
            #expect(try await simulator.status(session) == ["type": "busy"])
        }
    }

    @Test func anotherModel_answers() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["answeringModel": "cheap/tiny"])
            let last = try #require(try await simulator.turn("sim: say Hello.").last)
            #expect(last["info"]?["providerID"] == "cheap")
            #expect(last["info"]?["modelID"] == "tiny")
        }
    }

    @Test func error_isFollowedByAGenericOne_withoutSession() async throws {
        try await RunningSimulator.with { simulator async throws in
            try await simulator.set(["secondError": true, "errorWithoutSession": true])
            let events = try await simulator.client.events()
            _ = try await simulator.prompt(try await simulator.newSession(), "sim: fail auth")
            let errors = await events.collect { $0.type == "session.idle" }.filter { $0.type == "session.error" }
            #expect(errors.map { $0.properties["error"]?["name"]?.string } == ["ProviderAuthError", "UnknownError"])
            #expect(errors.allSatisfy { $0.properties["sessionID"] == nil })
        }
    }

    @Test func missingDirectory_endsSilently() async throws {
        try await RunningSimulator.with { simulator async throws in
            let client = simulator.client.in("\(simulator.workspace.path)/missing")
            let elsewhere = RunningSimulator(client: client, workspace: simulator.workspace)
            let messages = try await elsewhere.turn("sim: write a.txt x")
            let last = try #require(messages.last)
            #expect(last.role == "assistant")
            #expect(last["parts"] == [])
            #expect(last.finish == nil)
            #expect(last.errorName == nil)
            #expect(!simulator.workspace.exists("missing"))
        }
    }

    @Test func missingModel_isBusyThenIdle() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            let body: JSONValue = [
                "model": ["providerID": "simulator", "modelID": "no-such-model"],
                "parts": [["type": "text", "text": "sim: say Hello."]],
            ]
            #expect(try await simulator.client.post("/session/\(session)/prompt_async", body).status == 204)
            let seen = await events.collect { $0.type == "session.idle" }
            #expect(!seen.contains { $0.type == "session.error" })
            #expect(try await simulator.messages(session).count == 1)
        }
    }

    @Test(
        arguments: [
            ["nonsense": 1], ["losePrompts": "many"], ["fail": [["status": 500]]],
            ["fail": [["path": "/", "status": 1]]],
            ["health": "fine"], ["delaySeconds": -1], ["answeringModel": "x"], ["pageSize": 0],
        ] as [JSONValue])
    func wrongFault_isRefusedAndChangesNothing(fault: JSONValue) async throws {
        try await RunningSimulator.with { simulator async throws in
            var body = fault.object ?? JSONObject()
            body["unauthorized"] = true
            let answer = try await simulator.client.post("/simulator/faults", .object(body))
            #expect(answer.status == 400)
            let state = try await simulator.client.get("/simulator/state").json
            // The order of members decides what was read first; nothing may have been kept.
            #expect(state["faults"] == SimulatorFaults().json)
        }
    }

    @Test func deletingFaults_setsThemBack() async throws {
        var options = SimulatorOptions()
        options.misbehaviour.losePrompts = 7
        try await RunningSimulator.with(options) { simulator async throws in
            try await simulator.set(["losePrompts": 0, "muteStreams": true])
            let state = try await simulator.client.call("DELETE", "/simulator/faults").json
            #expect(state["faults"]?["losePrompts"] == 7)
            #expect(state["faults"]?["muteStreams"] == false)
        }
    }
}
