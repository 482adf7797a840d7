import JSON
import OpenCodeSimulator
import Testing

/// What each fault does in wire 2, seen from outside.
@Suite(.timeLimit(.minutes(3))) struct Wire2FaultTests {
    // MARK: probes and streams

    @Test func probe_hangs_whileTheRestAnswers() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["fail": [["path": "/api/info", "hang": true]]])
            let client = simulator.client.lenient
            let hanging = Task { try await client.get("/api/info") }
            _ = try await simulator.wait {
                try await client.get("/simulator/state").json["requests"]?["GET /api/info"]?.int
            }
            #expect(try await client.get("/api/session/active").status == 200)
            // The end of the simulator ends it too: else this test would not.
            hanging.cancel()
        }
    }

    @Test func everything_isUnauthorizedInTheFormOfTheWire() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["unauthorized": true])
            for path in ["/api/info", "/openapi.json", "/api/event", "/global/health"] {
                let answer = try await simulator.client.get(path)
                #expect(answer.status == 401)
                #expect(answer.json["_tag"] == "UnauthorizedError")
            }
        }
    }

    @Test func everyPath_isAWebPage() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["htmlEverywhere": true])
            for path in ["/api/info", "/api/session", "/openapi.json"] {
                let answer = try await simulator.client.lenient.get(path)
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"]?.hasPrefix("text/html") == true)
            }
        }
    }

    @Test func stream_isRefused_orAskedForWrongly() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["refuseStreams": 1])
            #expect(try await simulator.client.events("/api/event").end == .refused(503))
            #expect(await (try simulator.client.events("/api/event")).first("server.connected") != nil)
            // Without the header there is no stream.
            #expect(try await simulator.client.lenient.get("/api/event").status == 404)
        }
    }

    @Test func heartbeats_areComments_andAllThatAMutedStreamHas() async throws {
        var options = SimulatorOptions()
        options.heartbeat = .milliseconds(5)
        try await Wire2Simulator.with("2.0.27", options) { simulator async throws in
            try await simulator.set(["muteStreams": true])
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say Unheard.")
            let outcome = try await simulator.wait { try await simulator.rows(session).last?.outcome }
            #expect(outcome == "succeeded")
            let first = await events.collect { $0.type == ": heartbeat" }
            let second = await events.collect { $0.type == ": heartbeat" }
            #expect(Set((first + second).map(\.type)) == [": heartbeat"])
        }
    }

    @Test func stream_isCut_orFailsWithItsOwnEvent() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["cutStreamAfterEvents": 2])
            let cut = try await simulator.client.events("/api/event")
            _ = try await simulator.newSession()
            #expect(await cut.end == .cut)
            try await simulator.set(["cutStreamAfterEvents": nil, "streamFailureAfterEvents": 2])
            let failing = try await simulator.client.events("/api/event")
            _ = try await simulator.newSession()
            // A machine that is busy elsewhere lets heartbeats in between.
            let seen = await failing.collect { _ in false }.filter { $0.type != ": heartbeat" }
            #expect(seen.map(\.type).dropLast() == ["server.connected", "session.created"])
            #expect(seen.last?.type.hasPrefix("event: effect/httpapi/stream/failure") == true)
            #expect(await failing.end == .finished)
        }
    }

    @Test func slowReader_isCutOff() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["streamBuffer": 2])
            let request = [
                "GET /api/event HTTP/1.1", "host: 127.0.0.1", "accept: text/event-stream",
                "authorization: \(Wire2Simulator.authorization)",
            ]
            let port = simulator.client.port
            // A reader that asks, and then never reads.
            let reader = try await SocketConnection.blocking {
                let connection = try SocketConnection(port: port)
                try connection.send(request.joined(separator: "\r\n") + "\r\n\r\n")
                return connection
            }
            func streams() async throws -> Int? {
                try await simulator.client.get("/simulator/state").json["streams"]?.int
            }
            _ = try await simulator.wait { try await streams() == 1 ? true : nil }
            let big = Array(repeating: "sim: big 8000000", count: 8).joined(separator: "\n")
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, big)
            _ = try await simulator.wait { try await simulator.rows(session).last?.outcome }
            #expect(try await streams() == 0)
            reader.stop()
        }
    }

    @Test func frame_isOversized() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["frameBytes": 200_000])
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say Hello.")
            #expect(await events.first { $0.size > 200_000 } != nil)
            #expect(await events.end(of: session) == "succeeded")
        }
    }

    // MARK: prompts

    @Test(arguments: [true, false])
    func prompt_isAnsweredWithAnError_takenOrNot(taken: Bool) async throws {
        try await Wire2Simulator.with { simulator async throws in
            let session = try await simulator.newSession()
            let events = try await simulator.events()
            try await simulator.set(["promptTrouble": [["taken": .bool(taken), "status": 503, "count": 1]]])
            let lenient = Wire2Simulator(client: simulator.client.lenient, workspace: simulator.workspace)
            let first = try await lenient.prompt(session, "sim: append a.txt x", id: "msg_1")
            #expect(first.status == 503)
            if taken { #expect(await events.end(of: session) == "succeeded") }
            #expect(simulator.workspace.exists("a.txt") == taken)
            #expect(try await simulator.prompt(session, "sim: append a.txt x", id: "msg_1").status == 200)
            if !taken { #expect(await events.end(of: session) == "succeeded") }
            #expect(simulator.workspace.text("a.txt") == "x\n")
        }
    }

    @Test func prompt_isAnsweredLate_orNever_orByAClosedConnection() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let session = try await simulator.newSession()
            try await simulator.set([
                "promptTrouble": [
                    ["taken": true, "seconds": 0.05, "count": 1], ["taken": true, "reset": true, "count": 1],
                    ["taken": true, "hang": true, "count": 1],
                ]
            ])
            let start = ContinuousClock.now
            #expect(try await simulator.prompt(session, "sim: say 1", id: "msg_1").status == 200)
            #expect(ContinuousClock.now - start >= .milliseconds(50))
            let lenient = Wire2Simulator(client: simulator.client.lenient, workspace: simulator.workspace)
            #expect(try await lenient.prompt(session, "sim: say 2", id: "msg_2").text.isEmpty)
            let hanging = Task { try await lenient.prompt(session, "sim: say 3", id: "msg_3") }
            let rows = try await simulator.wait {
                let rows = try await simulator.rows(session)
                return rows.contains { $0["id"] == "msg_3" } && rows.last?.type == "idle" ? rows : nil
            }
            #expect(rows.filter { $0.type == "user" }.compactMap { $0["id"]?.string } == ["msg_1", "msg_2", "msg_3"])
            hanging.cancel()
        }
    }

    @Test func prompts_areLost() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["losePrompts": 1])
            let session = try await simulator.newSession()
            #expect(try await simulator.prompt(session, "sim: say Lost.", id: "msg_1").status == 200)
            #expect(try await simulator.inbox(session) == [])
            #expect(try await simulator.rows(session) == [])
            #expect(try await simulator.turn("sim: say Kept.", session: session).count == 3)
        }
    }

    @Test func item_staysInTheInboxForAWhile() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let waiting = try await simulator.newSession()
            let late = try await simulator.newSession()
            try await simulator.set(["inboxSeconds": 3600])
            _ = try await simulator.prompt(waiting, "sim: say Never.", id: "msg_1")
            let events = try await simulator.events()
            try await simulator.set(["inboxSeconds": 0.05])
            let start = ContinuousClock.now
            _ = try await simulator.prompt(late, "sim: say Late.", id: "msg_2")
            #expect(await events.end(of: late) == "succeeded")
            #expect(ContinuousClock.now - start >= .milliseconds(50))
            #expect(try await simulator.inbox(late) == [])
            #expect(try await simulator.inbox(waiting) == ["msg_1"])
            #expect(!(try await simulator.isActive(waiting)))
        }
    }

    @Test func scriptsThatSpoilTheStart_leaveTheirTraces() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let silent = try await simulator.newSession()
            _ = try await simulator.prompt(silent, "sim: silent", id: "msg_1")
            #expect(try await simulator.inbox(silent) == ["msg_1"])
            let gone = try await simulator.newSession()
            _ = try await simulator.prompt(gone, "sim: nopersist")
            #expect(try await simulator.inbox(gone) == [])
            #expect(try await simulator.rows(gone) == [])
            let idle = try await simulator.newSession()
            _ = try await simulator.prompt(idle, "sim: noturn")
            #expect(try await simulator.rows(idle).map(\.type) == ["user"])
            #expect(try await simulator.client.get("/api/session/active").json["data"] == [:])
        }
    }

    // MARK: turns

    @Test func missingModel_failsTheTurn_andAMissingVariantWithoutAWord() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let cases: [(model: JSONValue, message: String)] = [
                (["id": "no", "providerID": "p"], "Model not found: p/no"),
                (["id": "scripted", "providerID": "simulator", "variant": "no"], ""),
            ]
            for (model, message) in cases {
                let events = try await simulator.events()
                let session = try await simulator.newSession(["model": model])
                #expect(try await simulator.info(session)["model"] == model)
                _ = try await simulator.prompt(session, "sim: write a.txt x")
                #expect(await events.firstData("session.step.failed")?["error"]?["message"]?.string == message)
                #expect(await events.firstData("session.execution.failed")?["error"]?["message"]?.string == message)
                let rows = try await simulator.rows(session)
                #expect(rows.last?.outcome == "failed")
                #expect(rows[1].rowFinish == "error")
                #expect(!simulator.workspace.exists("a.txt"))
            }
        }
    }

    @Test(arguments: ["length", "content-filter", "unknown"])
    func finish_isNoStop_althoughTheOutcomeSaysSucceeded(finish: String) async throws {
        try await Wire2Simulator.with { simulator async throws in
            let rows = try await simulator.turn("sim: finish \(finish)")
            #expect(rows[1].rowFinish == finish)
            #expect(rows.last?.outcome == "succeeded")
        }
    }

    @Test func turn_isEmpty_orHasNoAnswerAtAll() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let empty = try await simulator.turn("sim: empty")
            #expect(empty[1]["content"] == [])
            #expect(empty[1]["tokens"]?["output"] == 0)
            #expect(try await simulator.turn("sim: noassistant").map(\.type) == ["user", "idle"])
        }
    }

    @Test(
        arguments: [
            ("auth", "provider.auth", 401), ("api 429", "provider.rate-limit", 429),
            ("api 503", "provider.internal", 503),
            ("api 400", "provider.invalid-request", 400), ("overflow", "provider.invalid-request", 400),
            ("length", "provider.invalid-output", nil), ("structured", "provider.invalid-output", nil),
            ("aborted", "aborted", nil), ("unknown", "unknown", nil),
        ] as [(String, String, Int?)])
    func execution_fails(word: String, type: String, status: Int?) async throws {
        try await Wire2Simulator.with { simulator async throws in
            let rows = try await simulator.turn("sim: fail \(word)")
            #expect(rows[1].rowError == type)
            #expect(rows[1]["error"]?["status"]?.int == status)
            #expect(rows.last?.outcome == "failed")
        }
    }

    @Test func shutdown_interruptsTheTurnWithoutAnIdleRow() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["shutdownTurns": 1])
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: write a.txt x")
            #expect(await events.first("session.execution.interrupted")?.properties["reason"] == "shutdown")
            let rows = try await simulator.rows(session)
            #expect(rows.last?.rowError == "aborted")
            #expect(!(try await simulator.isActive(session)))
            #expect(try await simulator.turn("sim: say x", session: session).last?.outcome == "succeeded")
        }
    }

    @Test(arguments: [true, false])
    func session_staysActiveAfterItsIdleRow(byFault: Bool) async throws {
        try await Wire2Simulator.with { simulator async throws in
            if byFault { try await simulator.set(["busyAfterFinish": true]) }
            let session = try await simulator.newSession()
            let rows = try await simulator.turn(byFault ? "sim: say x" : "sim: busy-after", session: session)
            #expect(rows.last?.outcome == "succeeded")
            #expect(try await simulator.isActive(session))
        }
    }

    @Test func titleChangesAfterIdle() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: title-after-idle")
            #expect(await events.end(of: session) == "succeeded")
            #expect(await events.first("session.renamed") != nil)
        }
    }

    @Test func retries_areToldWithTheirTime_andNeverEnd() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: retry 2\nsim: retry 1000 86400")
            let attempts = await events.collect { $0.properties["at"]?.int ?? 0 > $0.frame["created"]?.int ?? .max - 1 }
            let retries = attempts.filter { $0.type == "session.retry.scheduled" }
            #expect(retries.map { $0.properties["attempt"]?.int } == [1, 2, 1])
            let row = try #require(try await simulator.rows(session).last)
            #expect(row["retry"]?["attempt"] == 1)
            #expect(row["retry"]?["at"]?.int ?? 0 > (row["time"]?["created"]?.int ?? 0) + 80_000_000)
            #expect(row["retry"]?["error"]?["status"] == 429)
        }
    }

    @Test func interrupt_isIgnored_orLate() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["abortIgnored": true])
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash")
            _ = await events.first("permission.asked")
            let path = "/api/session/\(session)/interrupt"
            #expect(try await simulator.client.post(path).json == ["interrupted": true])
            #expect(try await simulator.isActive(session))
            try await simulator.set(["abortIgnored": false, "abortSeconds": 0.05])
            let start = ContinuousClock.now
            #expect(try await simulator.client.post(path).json == ["interrupted": true])
            #expect(ContinuousClock.now - start >= .milliseconds(50))
        }
    }

    @Test func anotherModel_answers() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["answeringModel": "hosted/free"])
            let rows = try await simulator.turn("sim: say x")
            #expect(rows[1]["model"] == ["id": "free", "providerID": "hosted"])
        }
    }

    // MARK: lists and places

    @Test func lists_fail() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let session = try await simulator.newSession()
            try await simulator.set([
                "failMessages": 1, "fail": [["path": "/api/session", "method": "get", "status": 500, "count": 1]],
                "failCreateSession": 1,
            ])
            let client = simulator.client.lenient
            #expect(try await client.get("/api/session").status == 500)
            #expect(try await client.get("/api/session").status == 200)
            #expect(try await client.get("/api/session/\(session)/message").status == 500)
            #expect(try await client.get("/api/session/\(session)/message").status == 200)
            #expect(try await client.post("/api/session", [:]).status == 500)
            #expect(try await client.post("/api/session", [:]).status == 200)
        }
    }

    @Test func directory_isWrong() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["wrongDirectory": "/somewhere/else"])
            let session = try await simulator.newSession()
            #expect(try await simulator.info(session)["location"] == ["directory": "/somewhere/else"])
        }
    }

    @Test func freshLocation_hasNoModels_untilItsIntegrationsWereAskedFor() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["freshLocations": true])
            let client = simulator.client
            #expect(try await client.get("/api/model", simulator.location).json["data"] == [])
            #expect(try await client.get("/api/model/default", simulator.location).json["data"] == .null)
            #expect(try await simulator.turn("sim: say x").last?.outcome == "failed")
            _ = try await client.get("/api/integration", simulator.location)
            let model = try await client.get("/api/model/default", simulator.location).json["data"]
            #expect(model?["id"] == "scripted")
            #expect(try await simulator.turn("sim: say x").last?.outcome == "succeeded")
        }
    }

    @Test func models_areAdded_inBothWires() async throws {
        var options = SimulatorOptions()
        options.misbehaviour.models = ["p/m", "p/n"]
        try await Wire2Simulator.with("2.0.27", options) { simulator async throws in
            let models = try await simulator.client.get("/api/model", simulator.location).json["data"]?.array
            #expect(models?.map { $0["id"]?.string } == ["scripted", "m", "n"])
            let session = try await simulator.newSession(["model": ["id": "n", "providerID": "p", "variant": "high"]])
            #expect(try await simulator.turn("sim: say x", session: session).last?.outcome == "succeeded")
        }
        try await RunningSimulator.with(options) { simulator async throws in
            let providers = try await simulator.client.get("/config/providers").json["providers"]?.array
            #expect(providers?.map { $0["id"]?.string } == ["simulator", "p"])
            #expect(providers?.last?["models"]?["n"]?["variants"] == ["low": [:], "high": [:]])
        }
    }

    @Test func pages_haveOneItem_andTheLastIsEmpty() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let session = try await simulator.newSession()
            let rows = try await simulator.turn("sim: step", session: session)
            try await simulator.set(["pageSize": 1, "emptyLastPage": true])
            #expect(try await simulator.rows(session) == rows)
            let count = try await simulator.client.get("/simulator/state").json["requests"]?[
                "GET /api/session/\(session)/message"]
            #expect(count?.int == rows.count + 2)
            let empty = try await simulator.newSession()
            let page = try await simulator.client.get("/api/session/\(empty)/message").json
            #expect(page == ["data": [], "cursor": ["previous": nil, "next": nil]])
        }
    }

    @Test func strangers_areSprinkledIn() async throws {
        try await Wire2Simulator.with { simulator async throws in
            try await simulator.set(["strangers": true])
            let lenient = Wire2Simulator(client: simulator.client.lenient, workspace: simulator.workspace)
            let events = try await lenient.events()
            let session = try await lenient.newSession()
            _ = try await lenient.prompt(session, "sim: say x")
            let seen = await events.collect { $0.type == "session.execution.succeeded" }
            #expect(seen.contains { $0.type == "session.next.sparkle" })
            let types = try await lenient.rows(session).map(\.type)
            #expect(types == ["user", "hologram", "system", "shell", "compaction", "assistant", "idle"])
        }
    }

    @Test(
        arguments: [
            ["promptTrouble": [["status": 503]]], ["promptTrouble": [["taken": true]]], ["models": ["x"]],
            ["promptTrouble": [["taken": true, "status": 503, "more": 1]]], ["promptTrouble": ["x"]],
            ["streamBuffer": 0], ["inboxSeconds": -1], ["models": 1],
        ] as [JSONValue])
    func wrongFault_isRefusedAndChangesNothing(fault: JSONValue) async throws {
        try await Wire2Simulator.with { simulator async throws in
            #expect(try await simulator.client.post("/simulator/faults", fault).status == 400)
            let state = try await simulator.client.get("/simulator/state").json
            #expect(state["faults"] == SimulatorFaults().json)
        }
    }

    @Test func faults_areShownAsTheyWereSet() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let faults: JSONValue = [
                "promptTrouble": [["taken": true, "status": 503, "count": 2], ["taken": false, "hang": true]],
                "models": ["p/m"], "streamBuffer": 3, "streamFailureAfterEvents": 4, "inboxSeconds": 5.5,
                "shutdownTurns": 6, "resumeSeconds": 7.5, "htmlEverywhere": false, "freshLocations": true,
                "strangers": true, "emptyLastPage": true,
            ]
            try await simulator.set(faults)
            let shown = try await simulator.client.get("/simulator/state").json["faults"]
            for (name, value) in faults.object ?? [:] { #expect(shown?[name] == value, "\(name)") }
        }
    }
}
