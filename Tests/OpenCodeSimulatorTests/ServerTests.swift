import Glibc
import JSON
import Logging
import OpenCodeSimulator
import ServiceLifecycle
import SystemPackage
import Testing

/// Who may talk to it, what it keeps, how it starts and stops.
@Suite(.timeLimit(.minutes(3))) struct ServerTests {
    @Test func password_isAskedOfEveryRequest() async throws {
        var options = SimulatorOptions()
        options.password = "secret"
        try await RunningSimulator.with(options) { simulator async throws in
            var client = simulator.client.lenient
            for path in ["/global/health", "/session", "/event", "/simulator/state"] {
                let answer = try await client.get(path)
                #expect(answer.status == 401)
                #expect(answer.headers["www-authenticate"]?.hasPrefix("Basic") == true)
            }
            // opencode:wrong, then opencode:secret
            client.authorization = "Basic b3BlbmNvZGU6d3Jvbmc="
            #expect(try await client.get("/global/health").status == 401)
            client.authorization = "Basic b3BlbmNvZGU6c2VjcmV0"
            #expect(try await client.get("/global/health").status == 200)
        }
    }

    @Test func username_isOfOnesOwn() async throws {
        var options = SimulatorOptions()
        options.username = "me"
        options.password = "x"
        try await RunningSimulator.with(options) { simulator async throws in
            var client = simulator.client
            client.authorization = "Basic bWU6eA=="
            #expect(try await client.get("/global/health").status == 200)
        }
    }

    @Test(arguments: [
        ["origin": "https://evil.example"], ["host": "evil.example"], ["host": "evil.example:4096"],
        ["origin": "http://127.0.0.1.evil.example"], ["origin": "null"],
    ])
    func webPagesOfOthers_areRefused(headers: [String: String]) async throws {
        try await RunningSimulator.with { simulator async throws in
            let answer = try await simulator.client.lenient.call("POST", "/session", body: [:], headers: headers)
            #expect(answer.status == 403)
            #expect(try await simulator.client.get("/session").json == [])
        }
    }

    @Test(arguments: ["localhost:1", "127.0.0.1", "[::1]:4096"])
    func ownNames_areAnswered(host: String) async throws {
        try await RunningSimulator.with { simulator async throws in
            #expect(try await simulator.client.get("/global/health", headers: ["host": host]).status == 200)
        }
    }

    @Test func otherDirectory_seesNothingOfTheInstance() async throws {
        try await RunningSimulator.with { simulator async throws in
            let other = try TemporaryDirectory()
            let elsewhere = simulator.client.in(other.path)
            let events = try await simulator.client.events()
            let othersEvents = try await elsewhere.events()
            _ = await othersEvents.first("server.connected")
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash\nsim: question Colour | red")
            let id = try #require(await events.first("permission.asked")?.properties["id"]?.string)

            #expect(try await elsewhere.get("/permission").json == [])
            #expect(try await elsewhere.get("/session/status").json == [:])
            #expect(try await elsewhere.get("/session").json == [])
            #expect(try await elsewhere.post("/permission/\(id)/reply", ["reply": "once"]).json == true)
            #expect(try await elsewhere.post("/session/\(session)/abort").json == true)
            #expect(try await simulator.client.get("/permission").json.array?.count == 1)

            _ = try await simulator.client.post("/permission/\(id)/reply", ["reply": "once"])
            let question = try #require(await events.first("question.asked")?.properties["id"]?.string)
            #expect(try await elsewhere.get("/question").json == [])
            #expect(try await elsewhere.post("/question/\(question)/reject").json == true)
            #expect(try await simulator.client.get("/question").json.array?.count == 1)
            _ = try await elsewhere.post("/session", ["title": "Mine"])
            let first = await othersEvents.first { $0.type != "server.heartbeat" }
            #expect(first?.properties["info"]?["title"] == "Mine")
        }
    }

    @Test func directory_mayComeInAHeader() async throws {
        try await RunningSimulator.with { simulator async throws in
            var client = simulator.client
            client.directory = nil
            let encoded = simulator.workspace.path.split(separator: "/").map { "%2F\($0)" }.joined()
            let answer = try await client.get("/path", headers: ["x-opencode-directory": encoded])
            #expect(answer.json["directory"]?.string == simulator.workspace.path)
        }
    }

    @Test func branch_isReadFromTheRepository() async throws {
        try await RunningSimulator.with { simulator async throws in
            #expect(try await simulator.client.get("/vcs").json == ["branch": ""])
            _ = try await simulator.turn("sim: write .git/HEAD ref: refs/heads/topic/one")
            #expect(try await simulator.client.get("/vcs").json == ["branch": "topic/one"])
        }
    }

    @Test func log_hasALinePerPrompt_overRestarts() async throws {
        let directory = try TemporaryDirectory()
        var options = SimulatorOptions()
        options.logFile = FilePath("\(directory.path)/log.jsonl")
        for round in 1...2 {
            try await RunningSimulator.with(options) { simulator async throws in
                let session = try await simulator.newSession()
                _ = try await simulator.prompt(session, "sim: say Hello \(round).", id: "msg_\(round)")
                try await simulator.set(["losePrompts": 1])
                _ = try await simulator.prompt(session, "sim: say Lost.")
            }
        }
        let lines = try #require(directory.text("log.jsonl")).split(separator: "\n").map {
            try JSONValue(parsing: $0.utf8)
        }
        let prompts = lines.filter { $0["event"] == "prompt" }
        #expect(prompts.count == 4)
        #expect(prompts.filter { $0["lost"] == nil }.map { $0["messageID"] } == ["msg_1", "msg_2"])
        for prompt in prompts {
            #expect(prompt["session"]?.string?.hasPrefix("ses_") == true)
            #expect(prompt["directory"]?.string?.hasPrefix("/") == true)
            #expect(prompt["text"]?.string?.hasPrefix("sim: say") == true)
            #expect(prompt["time"]?.int ?? 0 > 0)
        }
    }

    @Test func state_survivesARestart_andTheTurnIsStranded() async throws {
        let directory = try TemporaryDirectory()
        let workspace = try TemporaryDirectory()
        var options = SimulatorOptions()
        options.statePath = FilePath("\(directory.path)/state.jsonl")
        let (finished, stranded, before) = try await RunningSimulator.with(options) { simulator async throws in
            let there = RunningSimulator(client: simulator.client.in(workspace.path), workspace: workspace)
            let rules: JSONValue = ["permission": [["permission": "x", "pattern": "*", "action": "deny"]]]
            let finished = try await there.newSession(rules)
            let before = try await there.turn("sim: write a.txt x\nsim: step", session: finished)
            let deleted = try await there.newSession()
            _ = try await there.client.call("DELETE", "/session/\(deleted)")
            let events = try await there.client.events()
            let stranded = try await there.newSession()
            _ = try await there.prompt(stranded, "sim: ask bash")
            _ = await events.first("permission.asked")
            return (finished, stranded, before)
        }
        try await RunningSimulator.with(options) { simulator async throws in
            let there = RunningSimulator(client: simulator.client.in(workspace.path), workspace: workspace)
            #expect(try await there.client.get("/session").json.array?.count == 2)
            #expect(try await there.messages(finished) == before)
            #expect(try await there.client.get("/session/\(finished)").json["permission"]?.array?.count == 1)
            #expect(try await there.client.get("/permission").json == [])
            #expect(try await there.client.get("/session/status").json == [:])
            let last = try #require(try await there.messages(stranded).last)
            #expect(!last.isComplete)
            #expect(last.tools.first?["state"]?["status"] == "running")
            let after = try await there.turn("sim: say Again.", session: stranded)
            #expect(after.last?.text == "Again.\n\nTASK COMPLETE")
        }
    }

    @Test func tornLineOfTheState_isLeftOut() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/state.jsonl"
        let file = try #require(fopen(path, "w"))
        fputs("{\"op\":\"session\",\"session\":{\"id\":\"ses_1\"", file)
        fclose(file)
        var options = SimulatorOptions()
        options.statePath = FilePath(path)
        try await RunningSimulator.with(options) { simulator async throws in
            #expect(try await simulator.client.get("/session").json == [])
        }
    }

    @Test func restartInPlace_dropsTurnsAndAsks_keepsSessions() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash")
            _ = await events.first("permission.asked")
            #expect(try await simulator.client.post("/simulator/restart").json == true)
            #expect(await events.end == .cut)
            #expect(try await simulator.client.get("/permission").json == [])
            #expect(try await simulator.status(session) == nil)
            #expect(try await simulator.messages(session).last?.isComplete == false)
            #expect(try await simulator.turn("sim: say Again.", session: session).last?.isComplete == true)
        }
    }

    @Test func state_saysWhatRuns() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash")
            _ = await events.first("permission.asked")
            let state = try await simulator.client.get("/simulator/state").json
            #expect(state["running"] == [.string(session)])
            #expect(state["permissions"]?.array?.count == 1)
            #expect(state["prompts"] == 1)
            #expect(state["streams"] == 1)
            #expect(state["wire"] == 1)
            #expect(state["requests"]?["POST /session"] == 1)
            #expect(try await simulator.client.get("/simulator/nonsense").status == 404)
        }
    }

    @Test func gracefulShutdown_endsStreamsAndTurns() async throws {
        var options = SimulatorOptions()
        options.port = 0
        let simulator = try OpenCodeSimulator(options: options, logger: silentLogger)
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let group = ServiceGroup(
            services: [Runner(simulator: simulator, onReady: { continuation.yield($0) })], logger: silentLogger)
        async let ended: Void = group.run()
        let port = try #require(await ports.first { _ in true })
        let workspace = try TemporaryDirectory()
        let client = TestClient(port: port, directory: workspace.path)
        let running = RunningSimulator(client: client, workspace: workspace)
        let events = try await client.events()
        let session = try await running.newSession()
        _ = try await running.prompt(session, "sim: ask bash")
        _ = await events.first("permission.asked")
        await group.triggerGracefulShutdown()
        #expect(await events.end == .finished)
        try await ended
    }

    private struct Runner: Service {
        let simulator: OpenCodeSimulator
        let onReady: @Sendable (Int) -> Void
        func run() async throws { try await simulator.run(onReady: onReady) }
    }

    @Test func takenPort_isAnError() async throws {
        try await RunningSimulator.with { simulator async throws in
            var options = SimulatorOptions()
            options.port = simulator.client.port
            let second = try OpenCodeSimulator(options: options, logger: silentLogger)
            await #expect(throws: (any Error).self) { try await second.run { _ in } }
        }
    }

    @Test func unwritableLog_isAnErrorThatNamesIt() throws {
        var options = SimulatorOptions()
        options.logFile = "/nonexistent/log.jsonl"
        let error = #expect(throws: SimulatorError.self) {
            try OpenCodeSimulator(options: options, logger: silentLogger)
        }
        #expect(error?.message.contains("/nonexistent/log.jsonl") == true)
    }

    @Test func hostileRequests_areAnsweredAndDoNoHarm() async throws {
        try await RunningSimulator.with { simulator async throws in
            let client = simulator.client.lenient
            for path in [
                "//", "/%", "/%zz%2", "/session/%00", "/session//message", "/a?%=%&&=", "/session?directory=%00",
            ] {
                #expect(try await client.get(path).status > 0, "\(path)")
            }
            let deep = (0..<500).reduce(JSONValue.null) { value, _ in [value] }
            #expect(try await client.post("/session", deep).status == 400)
            #expect(try await client.post("/session", ["permission": [["permission": 1]]]).status == 400)
            #expect(try await client.post("/session", ["parentID": "x"]).status == 400)
            #expect(try await client.get("/global/health").status == 200)
        }
    }
}
