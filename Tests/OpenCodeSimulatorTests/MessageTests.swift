import JSON
import OpenCodeSimulator
import Testing

/// Prompts, ids, pages, and what depends on the version.
@Suite(.timeLimit(.minutes(3))) struct MessageTests {
    @Test func pages_followTheCursorBackToTheFirstMessage() async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession()
            let all = try await simulator.turn("sim: step\nsim: step\nsim: step", session: session)
            #expect(all.count == 5)
            var found: [JSONValue] = []
            var query = ["limit": "2"]
            var pages = 0
            while true {
                let answer = try await simulator.client.get("/session/\(session)/message", query)
                found = (answer.json.array ?? []) + found
                pages += 1
                guard let next = answer.headers["x-next-cursor"] else { break }
                #expect(answer.headers["link"]?.contains("before=\(next)") == true)
                query["before"] = next
            }
            #expect(pages == 3)
            #expect(found == all)
        }
    }

    @Test func pageSize_makesTinyPagesOfAnyListing() async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession()
            let all = try await simulator.turn("sim: step", session: session)
            try await simulator.set(["pageSize": 1])
            for query in [[:], ["limit": "100"]] {
                let answer = try await simulator.client.get("/session/\(session)/message", query)
                #expect(answer.json == .array(all.suffix(1)))
                #expect(answer.headers["x-next-cursor"] != nil)
            }
        }
    }

    @Test func beforeWithoutLimit_is400() async throws {
        try await RunningSimulator.with { simulator async throws in
            let path = "/session/\(try await simulator.newSession())/message"
            #expect(try await simulator.client.get(path, ["before": "x"]).status == 400)
            #expect(try await simulator.client.get(path, ["before": "x", "limit": "2"]).status == 400)
            #expect(try await simulator.client.get(path, ["limit": "many"]).status == 400)
        }
    }

    @Test(
        arguments: [
            [:], ["parts": "text"], ["parts": [["type": "text"]]], ["parts": [], "messageID": "x_1"],
            ["parts": [], "model": "a/b"],
        ] as [JSONValue])
    func malformedPrompt_is400(body: JSONValue) async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession()
            #expect(try await simulator.client.post("/session/\(session)/prompt_async", body).status == 400)
            #expect(try await simulator.messages(session).isEmpty)
        }
    }

    @Test func unknownSession_is404() async throws {
        try await RunningSimulator.with { simulator async throws in
            #expect(try await simulator.prompt("ses_unknown", "hello").status == 404)
            #expect(try await simulator.client.get("/session/ses_unknown/message").status == 404)
        }
    }

    @Test func reusedID_appendsThePartsAndAnswersOnce() async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession()
            let id = "msg_0123456789abABCDEFGHIJKLMN"
            let events = try await simulator.client.events()
            _ = try await simulator.prompt(session, "sim: say Once.", id: id)
            _ = await events.first("session.idle", session: session)
            _ = try await simulator.prompt(session, "sim: say Once.", id: id)
            _ = await events.first {
                $0.type == "message.part.updated" && $0.properties["part"]?["messageID"]?.string == id
            }
            let messages = try await simulator.messages(session)
            #expect(messages.count == 2)
            #expect(messages.first?["parts"]?.array?.count == 2)
            #expect(messages.last?.text == "Once.\n\nTASK COMPLETE")
        }
    }

    @Test func secondPrompt_joinsTheRunningLoop() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash", id: "msg_1")
            let id = try #require(await events.first("permission.asked")?.properties["id"]?.string)
            _ = try await simulator.prompt(session, "sim: say Second.", id: "msg_2")
            _ = await events.first { $0.properties["info"]?["id"] == "msg_2" }
            _ = try await simulator.client.post("/permission/\(id)/reply", ["reply": "once"])
            let seen = await events.collect { $0.type == "session.idle" }
            let parents = seen.filter { $0.properties["info"]?["finish"] == "stop" }.map {
                $0.properties["info"]?["parentID"]
            }
            #expect(parents == ["msg_1", "msg_2"])
        }
    }

    @Test func noReply_isKeptAndNotAnswered() async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession()
            let body: JSONValue = ["noReply": true, "parts": [["type": "text", "text": "sim: say No."]]]
            _ = try await simulator.client.post("/session/\(session)/prompt_async", body)
            let messages = try await simulator.turn("sim: say Yes.", session: session)
            #expect(messages.map(\.role) == ["user", "user", "assistant"])
        }
    }

    // MARK: versions

    @Test(arguments: [("1.18.14", true), ("1.18.15", false)])
    func idAheadOfTheServer_loops_before1_18_15(version: String, loops: Bool) async throws {
        var options = SimulatorOptions()
        options.version = version
        options.misbehaviour.loopLimit = 5
        try await RunningSimulator.with(options) { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say Once.", id: "msg_ffffffffffffzzzzzzzzzzzzzz")
            let seen = await events.collect { $0.type == "session.idle" }
            let answers = seen.filter { $0.properties["info"]?["finish"] == "stop" }.count
            #expect(answers == (loops ? 5 : 1))
            let roles = try await simulator.messages(session).map(\.role)
            // Listed by id, the prompt comes last.
            #expect((roles.last == "user") == loops)
        }
    }

    @Test(arguments: [("1.17.4", false), ("1.18.31", true)])
    func idBehindTheServer_isNotAnswered_before1_18_15(version: String, isAnswered: Bool) async throws {
        var options = SimulatorOptions()
        options.version = version
        try await RunningSimulator.with(options) { simulator async throws in
            let session = try await simulator.newSession()
            _ = try await simulator.turn("sim: say First.", session: session)
            let events = try await simulator.client.events()
            _ = try await simulator.prompt(session, "sim: say Second.", id: "msg_000000000001AAAAAAAAAAAAAA")
            _ = await events.first("session.idle", session: session)
            let answered = try await simulator.messages(session).contains {
                $0["info"]?["parentID"] == "msg_000000000001AAAAAAAAAAAAAA"
            }
            #expect(answered == isAnswered)
        }
    }

    @Test func serversOwnIDs_workInEveryVersion() async throws {
        for version in ["1.15.0", "1.17.4", "1.18.14", "1.18.35"] {
            var options = SimulatorOptions()
            options.version = version
            try await RunningSimulator.with(options) { simulator async throws in
                let session = try await simulator.newSession()
                _ = try await simulator.turn("sim: say First.", session: session)
                let messages = try await simulator.turn("sim: step\nsim: say Second.", session: session)
                #expect(messages.map(\.role) == ["user", "assistant", "user", "assistant", "assistant"])
                #expect(try await simulator.client.get("/session/\(session)").json["version"]?.string == version)
                let ids = messages.compactMap { $0["info"]?["id"]?.string }
                #expect(ids == ids.sorted())
                #expect(ids.allSatisfy { $0.hasPrefix("msg_") && $0.count == 30 })
            }
        }
    }

    @Test(arguments: ["2.1.0", "1.14.9", "1.19.0", "1.18", "latest", "1.18.x"])
    func otherVersions_areRefused(version: String) throws {
        var options = SimulatorOptions()
        options.version = version
        let error = #expect(throws: SimulatorError.self) {
            try OpenCodeSimulator(options: options, logger: silentLogger)
        }
        #expect(error?.message.contains("1.15.0 to 1.18.x") == true)
    }
}
