import Glibc
import JSON
import OpenCodeSimulator
import Testing

/// What each line of a script does, seen from outside.
@Suite(.timeLimit(.minutes(3))) struct ScriptLineTests {
    @Test func files_areWrittenAppendedDeletedAndMade() async throws {
        try await RunningSimulator.with { simulator async throws in
            let messages = try await simulator.turn(
                """
                sim: write "two words.txt" first\\nsecond
                sim: write empty.txt
                sim: write a/b/c.txt deep
                sim: append a/b/c.txt deeper
                sim: mkdir d/e
                sim: delete empty.txt
                """)
            #expect(simulator.workspace.text("two words.txt") == "first\nsecond\n")
            #expect(simulator.workspace.text("a/b/c.txt") == "deep\ndeeper\n")
            #expect(simulator.workspace.exists("d/e"))
            #expect(!simulator.workspace.exists("empty.txt"))
            #expect(messages.last?.tools.count == 6)
            #expect(messages.last?.tools.allSatisfy { $0["state"]?["status"] == "completed" } == true)
        }
    }

    @Test func commands_areRunInTheWorkspace_onlyWhereThatIsAllowed() async throws {
        try await RunningSimulator.with(SimulatorOptions(runsCommands: true)) { simulator async throws in
            let messages = try await simulator.turn("sim: run echo out; echo x >a.txt\nsim: run echo bad >&2; exit 3")
            #expect(simulator.workspace.text("a.txt") == "x\n")
            let tools = messages.last?.tools ?? []
            #expect(tools.first?["state"]?["output"]?.string == "out\n")
            #expect(tools.last?["state"]?["error"]?.string == "ended with 3: bad\n")
        }
        try await RunningSimulator.with { simulator async throws in
            let messages = try await simulator.turn("sim: run echo x >a.txt")
            #expect(!simulator.workspace.exists("a.txt"))
            #expect(messages.last?["info"]?["error"]?.compact.contains("--allow-run") == true)
        }
    }

    @Test(arguments: [
        "../outside.txt", "/tmp/openloom-outside.txt", "a/../../outside.txt", "link/outside.txt", "file-link",
    ])
    func files_neverLeaveTheWorkspace(path: String) async throws {
        try await RunningSimulator.with { simulator async throws in
            let outside = try TemporaryDirectory()
            symlink(outside.path, "\(simulator.workspace.path)/link")
            symlink("\(outside.path)/outside.txt", "\(simulator.workspace.path)/file-link")
            let messages = try await simulator.turn("sim: write \(path) stolen\nsim: say On I go.")
            #expect(messages.last?.tools.first?["state"]?["status"] == "error")
            #expect(messages.last?.text == "On I go.\n\nTASK COMPLETE")
            #expect(!outside.exists("outside.txt"))
            #expect(!simulator.workspace.exists("../outside.txt"))
            #expect(!simulator.workspace.exists("../openloom-outside.txt"))
        }
    }

    @Test func say_speaksAndTheLastWordsCarryTheMarker() async throws {
        try await RunningSimulator.with { simulator async throws in
            let messages = try await simulator.turn("sim: say One.\nsim: say Two.\\nThree.")
            #expect(
                messages.last?["parts"]?.array?.compactMap { $0["text"]?.string } == [
                    "One.", "Two.\nThree.\n\nTASK COMPLETE",
                ])
        }
    }

    @Test(arguments: [
        (
            "sim: nomarker\nsim: say I will not write TASK COMPLETE until June",
            "I will not write TASK COMPLETE until June"
        ),
        ("sim: nochange\nsim: say All is well.", "All is well.\n\nNO CHANGE NEEDED"),
        ("sim: complete\nsim: finish length\nsim: say Cut", "Cut\n\nTASK COMPLETE"),
        ("sim: finish length\nsim: say Cut", "Cut"),
        ("SIM:   say   Indented.  ", "Indented.\n\nTASK COMPLETE"),
    ])
    func marker_isAsTheScriptSays(script: String, text: String) async throws {
        try await RunningSimulator.with { simulator async throws in
            #expect(try await simulator.turn(script).last?.text == text)
        }
    }

    @Test(arguments: ["length", "content-filter", "unknown", "stop", "error", "tool-calls"])
    func finish_isTheReasonOfTheLastMessage(reason: String) async throws {
        try await RunningSimulator.with { simulator async throws in
            let last = try #require(try await simulator.turn("sim: finish \(reason)").last)
            #expect(last.finish == reason)
            #expect(last.isComplete)
        }
    }

    @Test func empty_hasNoOutput() async throws {
        try await RunningSimulator.with { simulator async throws in
            let last = try #require(try await simulator.turn("sim: empty").last)
            #expect(last.finish == "stop")
            #expect(last.text.isEmpty)
            #expect(last["info"]?["tokens"]?["output"] == 0)
        }
    }

    @Test func step_leavesTheSessionBusyBetweenTwoMessages() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say First.\nsim: step 86400\nsim: say Second.")
            _ = await events.first { $0.properties["info"]?["finish"] == "tool-calls" }
            let messages = try await simulator.messages(session)
            #expect(messages.last?.isComplete == true)
            #expect(try await simulator.status(session) == ["type": "busy"])
        }
    }

    @Test func think_delaysTheNextLine() async throws {
        try await RunningSimulator.with { simulator async throws in
            let start = ContinuousClock.now
            _ = try await simulator.turn("sim: think 0.05\nsim: say Thought.")
            #expect(ContinuousClock.now - start >= .milliseconds(50))
        }
    }

    @Test func tokens_areWhatTheScriptSays() async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession()
            let messages = try await simulator.turn("sim: tokens 1000 50 0.25\nsim: step", session: session)
            #expect(messages.last?["info"]?["tokens"]?["input"] == 1000)
            #expect(messages.last?["info"]?["cost"]?.double == 0.25)
            let total = try await simulator.client.get("/session/\(session)").json
            #expect(total["cost"]?.double == 0.5)
            #expect(total["tokens"]?["output"] == 100)
        }
    }

    @Test(arguments: [
        ("auth", "ProviderAuthError"), ("overflow", "ContextOverflowError"), ("aborted", "MessageAbortedError"),
        ("unknown", "UnknownError"), ("length", "MessageOutputLengthError"), ("structured", "StructuredOutputError"),
        ("api", "APIError"),
    ])
    func fail_endsTheTurnWithThatError(kind: String, name: String) async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: write a.txt x\nsim: fail \(kind)\nsim: write b.txt x")
            let error = try #require(await events.first("session.error", session: session))
            #expect(error.properties["error"]?["name"]?.string == name)
            _ = await events.first("session.idle", session: session)
            let last = try #require(try await simulator.messages(session).last)
            #expect(last.errorName == name)
            #expect(last.isComplete)
            #expect(last.finish == nil)
            #expect(simulator.workspace.exists("a.txt"))
            #expect(!simulator.workspace.exists("b.txt"))
        }
    }

    @Test func failApi_saysStatusAndWhetherToRetry() async throws {
        try await RunningSimulator.with { simulator async throws in
            let last = try #require(try await simulator.turn("sim: fail api 429 retryable").last)
            let data = last["info"]?["error"]?["data"]
            #expect(data?["statusCode"] == 429)
            #expect(data?["isRetryable"] == true)
        }
    }

    @Test func retry_showsItsStatusAndGoesOn() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: retry 2\nsim: say At last.")
            let seen = await events.collect { $0.type == "session.idle" }
            let statuses = seen.filter { $0.type == "session.status" }.map { $0.properties["status"]?["type"]?.string }
            #expect(statuses == ["busy", "retry", "retry", "busy", "idle"])
            #expect(seen.compactMap { $0.properties["status"]?["attempt"]?.int } == [1, 2])
            #expect(try await simulator.messages(session).last?.text == "At last.\n\nTASK COMPLETE")
        }
    }

    @Test func retryFarAway_staysInTheStatusMap() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: retry 1 86400")
            let event = await events.first { $0.properties["status"]?["type"] == "retry" }
            let status = try #require(try await simulator.status(session))
            #expect(status == event?.properties["status"])
            #expect(status["next"]?.int ?? 0 > 1_700_000_000_000)
        }
    }

    @Test func stall_isBusyUntilAborted() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say I am stuck.\nsim: stall")
            _ = await events.first { $0.properties["part"]?["text"] == "I am stuck." }
            #expect(try await simulator.status(session) == ["type": "busy"])
            #expect(try await simulator.client.post("/session/\(session)/abort").json == true)
            #expect(await events.first("session.error")?.properties["error"]?["name"] == "MessageAbortedError")
            _ = await events.first("session.idle", session: session)
            let last = try #require(try await simulator.messages(session).last)
            #expect(last.errorName == "MessageAbortedError")
            #expect(last.isComplete)
            #expect(try await simulator.status(session) == nil)
        }
    }

    @Test func silentAndNoTurn_leaveNoTraceOfWork() async throws {
        try await RunningSimulator.with { simulator async throws in
            let silent = try await simulator.newSession()
            #expect(try await simulator.prompt(silent, "sim: silent").status == 204)
            let idle = try await simulator.newSession()
            #expect(try await simulator.prompt(idle, "sim: noturn").status == 204)
            // A whole other turn later there is still nothing.
            _ = try await simulator.turn("sim: say Later.")
            #expect(try await simulator.messages(silent).isEmpty)
            #expect(try await simulator.messages(idle).map(\.role) == ["user"])
            #expect(try await simulator.client.get("/session/status").json == [:])
        }
    }

    @Test func notPersisted_isOnlyAnError() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            #expect(try await simulator.prompt(session, "sim: nopersist").status == 204)
            #expect(await events.first("session.error", session: session) != nil)
            #expect(try await simulator.messages(session).isEmpty)
        }
    }

    @Test func noAssistant_isBusyThenIdle() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: noassistant")
            let seen = await events.collect { $0.type == "session.idle" }
            #expect(seen.contains { $0.properties["status"]?["type"] == "busy" })
            #expect(!seen.contains { $0.type == "session.error" })
            #expect(try await simulator.messages(session).map(\.role) == ["user"])
        }
    }

    @Test func busyAfter_neverBecomesIdle() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: busy-after")
            _ = await events.first { $0.properties["info"]?["finish"] == "stop" }
            _ = try await simulator.turn("sim: say Later.")
            #expect(try await simulator.status(session) == ["type": "busy"])
        }
    }

    @Test func big_isOneFrameOfThatSize() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            _ = try await simulator.prompt(try await simulator.newSession(), "sim: big 300000")
            #expect(await events.first { $0.size > 300_000 }?.type == "message.updated")
        }
    }

    @Test func titleAfterIdle_comesAfterIdle() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: title-after-idle")
            _ = await events.first("session.idle", session: session)
            let event = await events.first("session.updated", session: session)
            #expect(event?.properties["info"]?["title"] == "Titled after idle")
        }
    }

    @Test func cut_dropsTheStreamMidTurn() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: cut\nsim: say Unheard.")
            #expect(await events.end == .cut)
            let last = try await simulator.wait { () -> JSONValue? in
                let last = try await simulator.messages(session).last
                return last?.isComplete == true ? last : nil
            }
            #expect(last.text == "Unheard.\n\nTASK COMPLETE")
        }
    }

    @Test func restart_strandsTheTurn() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say Going.\nsim: restart\nsim: say Never.")
            #expect(await events.end == .cut)
            let messages = try await simulator.messages(session)
            #expect(messages.last?.role == "assistant")
            #expect(messages.last?.isComplete == false)
            #expect(try await simulator.status(session) == nil)
        }
    }

    @Test(arguments: [
        "sim: nonsense", "sim: fail", "sim: write", "sim: end", "sim: subagent", "sim: think long", "sim: finish well",
        "sim: question", "sim: big 0", "sim: retry", "sim: tokens 1", "sim: write \"open", "sim: ask",
    ])
    func unknownLine_failsTheTurnAndSaysWhere(line: String) async throws {
        try await RunningSimulator.with { simulator async throws in
            let last = try #require(try await simulator.turn("sim: write a.txt x\n\(line)").last)
            #expect(last.errorName == "UnknownError")
            #expect(last["info"]?["error"]?["data"]?["message"]?.string?.contains("openloom simulate --help") == true)
            #expect(!simulator.workspace.exists("a.txt"))
        }
    }

    @Test func help_namesEveryLineAndFault() {
        for word in [
            "write", "append", "delete", "mkdir", "say", "think", "step", "tokens", "ask", "question", "subagent",
            "complete", "nomarker", "nochange", "finish", "empty", "fail", "retry", "noassistant", "busy-after",
            "title-after-idle", "stall", "silent", "nopersist", "noturn", "big", "cut", "restart",
        ] {
            #expect(simulatorScriptHelp.contains(word), "\(word)")
        }
        let documented = Set(SimulatorFaults.documentation.map(\.name))
        #expect(documented == Set(SimulatorFaults().json.object?.keys ?? []))
        for name in documented { #expect(simulatorScriptHelp.contains(name), "\(name)") }
    }
}
