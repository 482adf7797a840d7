import Glibc
import JSON
import Logging
import OpenCodeSimulator
import ServiceLifecycle
import SystemPackage
import Testing

/// Who may talk to wire 2, where it registers, what it keeps and takes up again.
@Suite(.timeLimit(.minutes(3))) struct Wire2ServerTests {
    @Test func password_isAlwaysAskedFor_asBasicOrInTheQuery() async throws {
        try await Wire2Simulator.with { simulator async throws in
            var client = simulator.client
            client.authorization = nil
            for path in ["/api/info", "/openapi.json", "/api/event", "/", "/simulator/state"] {
                #expect(try await client.get(path).json["_tag"] == "UnauthorizedError")
            }
            // opencode:secret, then opencode:wrong
            #expect(try await client.get("/api/info", ["auth_token": "b3BlbmNvZGU6c2VjcmV0"]).status == 200)
            #expect(try await client.get("/api/info", ["auth_token": "b3BlbmNvZGU6d3Jvbmc="]).status == 401)
            client.authorization = "Basic b3BlbmNvZGU6d3Jvbmc="
            #expect(try await client.get("/api/info").status == 401)
        }
    }

    @Test func password_isMadeUp_whenNoneIsGiven() throws {
        let first = try OpenCodeSimulator(options: SimulatorOptions(wire: 2), logger: silentLogger).password
        let second = try OpenCodeSimulator(options: SimulatorOptions(wire: 2), logger: silentLogger).password
        #expect(first?.utf8.count == 32)
        #expect(first != second)
        #expect(try OpenCodeSimulator(options: SimulatorOptions(), logger: silentLogger).password == nil)
    }

    @Test func password_isReadFromTheFirstLineOfAFile() throws {
        let directory = try TemporaryDirectory()
        let path = FilePath("\(directory.path)/password")
        let file = try #require(fopen(path.string, "w"))
        fputs("from file\nsecond line\n", file)
        fclose(file)
        #expect(try SimulatorOptions.password(from: path) == "from file")
        #expect(throws: SimulatorError.self) { try SimulatorOptions.password(from: "/nonexistent/password") }
        #expect(throws: SimulatorError.self) { try SimulatorOptions.password(from: FilePath(directory.path)) }
    }

    @Test func registration_saysWhoServes_andGoesWithIt() async throws {
        let directory = try TemporaryDirectory()
        let name = "state/opencode/service.json"
        var options = SimulatorOptions()
        options.registerPath = FilePath("\(directory.path)/state")
        try await Wire2Simulator.with("2.0.6", options) { simulator async throws in
            let entry = try JSONValue(parsing: #require(directory.text(name)))
            #expect(Set(entry.object?.keys ?? []) == ["id", "version", "url", "pid", "password"])
            #expect(entry["url"]?.string == "http://127.0.0.1:\(simulator.client.port)")
            #expect(entry["version"] == "2.0.6")
            #expect(entry["password"] == "secret")
            #expect(entry["pid"] == (try await simulator.client.get("/api/info").json["pid"]))
            var information = stat()
            #expect(stat("\(directory.path)/\(name)", &information) == 0)
            #expect(information.st_mode & 0o777 == 0o600)
        }
        #expect(!directory.exists(name))
    }

    @Test func registrationOfAnother_isLeftAlone() async throws {
        let directory = try TemporaryDirectory()
        let name = "opencode/service.json"
        var options = SimulatorOptions()
        options.registerPath = FilePath(directory.path)
        try await Wire2Simulator.with("2.0.27", options) { _ async throws in
            let file = try #require(fopen("\(directory.path)/\(name)", "w"))
            fputs("{\"id\":\"another\"}\n", file)
            fclose(file)
        }
        #expect(directory.text(name) == "{\"id\":\"another\"}\n")
    }

    @Test func registration_isRefused_whereItCanNotBe() throws {
        let nowhere = SimulatorOptions(wire: 2, registerPath: "/nonexistent/deep/state")
        #expect(throws: SimulatorError.self) { try OpenCodeSimulator(options: nowhere, logger: silentLogger) }
        let wire1 = SimulatorOptions(registerPath: "/tmp")
        #expect(throws: SimulatorError.self) { try OpenCodeSimulator(options: wire1, logger: silentLogger) }
    }

    // MARK: restarts

    @Test func state_survivesARestart_andTheCutTurnIsResumed() async throws {
        let directory = try TemporaryDirectory()
        let workspace = try TemporaryDirectory()
        var options = SimulatorOptions()
        options.statePath = FilePath("\(directory.path)/state.jsonl")
        let (finished, before) = try await Wire2Simulator.with("2.0.27", options) { simulator async throws in
            let there = simulator.in(workspace)
            let finished = try await there.newSession(["metadata": ["k": 1], "permissions": []])
            _ = try await there.turn("sim: write a.txt x", session: finished)
            let before = (try await there.rows(finished), try await there.info(finished))
            let events = try await there.events()
            let cut = try await there.newSession(["id": "ses_cut"])
            _ = try await there.prompt(cut, "sim: append b.txt x\nsim: ask bash\nsim: append b.txt y", id: "msg_cut")
            _ = await events.first("permission.asked")
            _ = try await there.prompt(cut, "sim: say Next.", id: "msg_next")
            return (finished, before)
        }
        try await Wire2Simulator.with("2.0.27", options) { simulator async throws in
            let there = simulator.in(workspace)
            #expect(try await there.rows(finished) == before.0)
            #expect(try await there.info(finished) == before.1)
            // The permission is asked for again; the file that was written is not written again.
            let id = try await there.wait {
                try await there.client.get("/api/session/ses_cut/permission").json["data"]?[0]?["id"]?.string
            }
            #expect(try await there.prompt("ses_cut", "other", id: "msg_cut").status == 200)
            let rows = try await there.rows("ses_cut")
            #expect(rows.map(\.type) == ["user", "assistant", "synthetic", "assistant"])
            #expect(rows[1].rowError == "aborted")
            #expect(rows[2]["metadata"] == ["notice": "restart"])
            #expect(try await there.inbox("ses_cut") == ["msg_next"])
            let events = try await there.events()
            #expect(try await there.decide(id, of: "ses_cut", "once").status == 204)
            #expect(await events.end(of: "ses_cut") == "succeeded")
            #expect(workspace.text("b.txt") == "x\ny\n")
            #expect(try await there.rows("ses_cut").suffix(3).map(\.type) == ["user", "assistant", "idle"])
        }
    }

    @Test func interruptedTurn_isNotResumed_andItsQueueStaysDormant() async throws {
        let directory = try TemporaryDirectory()
        let workspace = try TemporaryDirectory()
        var options = SimulatorOptions()
        options.statePath = FilePath("\(directory.path)/state.jsonl")
        let session = try await Wire2Simulator.with("2.0.27", options) { simulator async throws in
            let there = simulator.in(workspace)
            let events = try await there.events()
            let session = try await there.newSession()
            _ = try await there.prompt(session, "sim: ask bash", id: "msg_1")
            _ = await events.first("permission.asked")
            _ = try await there.prompt(session, "sim: say Next.", id: "msg_2")
            _ = try await there.client.post("/api/session/\(session)/interrupt")
            return session
        }
        try await Wire2Simulator.with("2.0.27", options) { simulator async throws in
            #expect(try await simulator.client.get("/api/session/active").json["data"] == [:])
            #expect(try await simulator.rows(session).last?.outcome == "interrupted")
            #expect(try await simulator.inbox(session) == ["msg_2"])
        }
    }

    @Test func restartInPlace_dropsAsks_andResumesAfterADelay() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["resumeSeconds": 3600])
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash\nsim: write a.txt x")
            _ = await events.first("permission.asked")
            #expect(try await simulator.client.post("/simulator/restart").json == true)
            #expect(await events.end == .cut)
            #expect(!(try await simulator.isActive(session)))
            #expect(try await simulator.client.get("/api/permission/request", simulator.location).json["data"] == [])
            try await simulator.set(["resumeSeconds": 0.01])
            #expect(try await simulator.client.post("/simulator/restart").json == true)
            let id = try await simulator.wait {
                try await simulator.client.get("/api/session/\(session)/permission").json["data"]?[0]?["id"]?.string
            }
            _ = try await simulator.decide(id, of: session, "once")
            _ = try await simulator.wait { try await simulator.rows(session).last?.outcome }
            #expect(simulator.workspace.exists("a.txt"))
        }
    }

    @Test(arguments: ["restart", "stall"])
    func trouble_doesNotBefallTheResumedTurnAgain(word: String) async throws {
        try await Wire2Simulator.with { simulator async throws in
            let session = try await simulator.newSession()
            let script = "sim: append a.txt x\nsim: step\nsim: \(word)\nsim: append a.txt y"
            _ = try await simulator.prompt(session, script)
            if word == "stall" {
                // The second row is that of the line that stalls.
                _ = try await simulator.wait { try await simulator.rows(session).count == 3 ? true : nil }
                _ = try await simulator.client.post("/simulator/restart")
            }
            let rows = try await simulator.wait {
                let rows = try await simulator.rows(session)
                return rows.last?.type == "idle" ? rows : nil
            }
            #expect(rows.map(\.type) == ["user", "assistant", "assistant", "synthetic", "assistant", "idle"])
            #expect(simulator.workspace.text("a.txt") == "x\ny\n")
        }
    }

    @Test func gracefulShutdown_endsStreams() async throws {
        let simulator = try OpenCodeSimulator(
            options: SimulatorOptions(port: 0, wire: 2, password: "secret", think: .zero), logger: silentLogger)
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let group = ServiceGroup(
            services: [Runner(simulator: simulator, onReady: { continuation.yield($0) })], logger: silentLogger)
        async let ended: Void = group.run()
        let port = try #require(await ports.first { _ in true })
        var client = TestClient(port: port)
        client.authorization = Wire2Simulator.authorization
        client.wire2 = Wire2Schema()
        let running = Wire2Simulator(client: client, workspace: try TemporaryDirectory())
        let events = try await running.events()
        _ = try await running.prompt(try await running.newSession(), "sim: ask bash")
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

    @Test func hostileRequests_areAnsweredAndDoNoHarm() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let client = simulator.client.lenient
            for path in [
                "/api//", "/api/%", "/api/session/%00", "/api/session//message", "/api/session?directory=%00",
                "/api/session?location[directory]", "/api/model?location%5Bdirectory%5D=%00", "/openapi.json?x=%",
            ] {
                #expect(try await client.get(path).status > 0, "\(path)")
            }
            let deep = (0..<500).reduce(JSONValue.null) { value, _ in [value] }
            #expect(try await client.post("/api/session", deep).json["_tag"] == "InvalidRequestError")
            let session = try await simulator.newSession()
            let path = "/api/session/\(session)/message"
            for cursor in ["0", "zz", "6d", "617363206e657874206d73675f", String(repeating: "41", count: 9000)] {
                #expect(try await client.get(path, ["cursor": cursor]).json["_tag"] == "InvalidCursorError")
            }
            #expect(try await client.get("/api/info").status == 200)
        }
    }

    @Test(arguments: [
        "sim: form", "sim: form Title", "sim: form Title | key", "sim: form Title | key colour",
        "sim: form Title | a string | a number", "sim: form | a string",
    ])
    func wrongFormLine_failsTheTurnAndNamesItself(line: String) async throws {
        try await Wire2Simulator.with { simulator async throws in
            let rows = try await simulator.turn(line)
            #expect(rows[1]["error"]?["message"]?.string?.contains("sim: form") == true)
            #expect(rows.last?.outcome == "failed")
        }
    }
}
