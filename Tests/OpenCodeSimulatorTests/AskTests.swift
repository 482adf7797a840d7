import JSON
import OpenCodeSimulator
import Testing

/// Permissions, questions, subagents.
@Suite(.timeLimit(.minutes(3))) struct AskTests {
    @Test func reject_isSaidAndTheTurnGoesOn() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash rm *\nsim: write after.txt x")
            let asked = try #require(await events.first("permission.asked"))
            #expect(asked.properties["permission"] == "bash")
            #expect(asked.properties["patterns"] == ["rm *"])
            let id = try #require(asked.properties["id"]?.string)
            let reply: JSONValue = ["reply": "reject", "message": "not here"]
            _ = try await simulator.client.post("/permission/\(id)/reply", reply)
            _ = await events.first("session.idle", session: session)
            let last = try #require(try await simulator.messages(session).last)
            #expect(last.text.contains("bash was rejected: not here"))
            #expect(last.tools.first?["state"]?["status"] == "error")
            #expect(simulator.workspace.exists("after.txt"))
        }
    }

    @Test func rejectWithoutMessage_endsTheTurn_whenToldTo() async throws {
        var options = SimulatorOptions()
        options.misbehaviour.rejectEndsTurn = true
        try await RunningSimulator.with(options) { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash\nsim: write after.txt x")
            let id = try #require(await events.first("permission.asked")?.properties["id"]?.string)
            _ = try await simulator.client.post("/permission/\(id)/reply", ["reply": "reject"])
            _ = await events.first("session.idle", session: session)
            #expect(try await simulator.messages(session).last?.finish == "tool-calls")
            #expect(!simulator.workspace.exists("after.txt"))
        }
    }

    @Test(arguments: [("allow", "bash was allowed"), ("deny", "bash was denied by a rule")])
    func ruleOfTheSession_decidesWithoutAsking(action: String, words: String) async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession([
                "permission": [
                    ["permission": "*", "pattern": "*", "action": "ask"],
                    ["permission": "ba?h", "pattern": "git *", "action": .string(action)],
                ]
            ])
            let messages = try await simulator.turn("sim: ask bash git push", session: session)
            #expect(messages.last?.text.contains(words) == true)
        }
    }

    @Test func patchedRules_areAppendedAndTheLastWins() async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession([
                "permission": [["permission": "*", "pattern": "*", "action": "deny"]]
            ])
            let patched = try await simulator.client.call(
                "PATCH", "/session/\(session)",
                body: ["permission": [["permission": "bash", "pattern": "*", "action": "allow"]]])
            #expect(patched.json["permission"]?.array?.count == 2)
            let messages = try await simulator.turn("sim: ask bash", session: session)
            #expect(messages.last?.text.contains("bash was allowed") == true)
        }
    }

    @Test func always_holdsForTheInstance_evenOverADeny() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash")
            let id = try #require(await events.first("permission.asked")?.properties["id"]?.string)
            _ = try await simulator.client.post("/permission/\(id)/reply", ["reply": "always"])
            _ = await events.first("session.idle")
            let other = try await simulator.newSession([
                "permission": [["permission": "*", "pattern": "*", "action": "deny"]]
            ])
            let messages = try await simulator.turn("sim: ask bash", session: other)
            #expect(messages.last?.text.contains("bash was allowed") == true)
        }
    }

    @Test func insistentAsk_ignoresRules() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession([
                "permission": [["permission": "*", "pattern": "*", "action": "deny"]]
            ])
            _ = try await simulator.prompt(session, "sim: ask! bash\nsim: question! Really | yes")
            let id = try #require(await events.first("permission.asked")?.properties["id"]?.string)
            _ = try await simulator.client.post("/permission/\(id)/reply", ["reply": "once"])
            #expect(await events.first("question.asked") != nil)
        }
    }

    @Test func deniedQuestion_isNotAsked() async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession([
                "permission": [["permission": "question", "pattern": "*", "action": "deny"]]
            ])
            let messages = try await simulator.turn("sim: question Colour | red", session: session)
            #expect(messages.last?.text.contains("dismissed") == true)
        }
    }

    @Test func unknownIds_areAnsweredTrue() async throws {
        try await RunningSimulator.with { simulator async throws in
            let client = simulator.client
            #expect(try await client.post("/permission/per_unknown/reply", ["reply": "once"]).json == true)
            #expect(try await client.post("/question/que_unknown/reply", ["answers": []]).json == true)
            #expect(try await client.post("/question/que_unknown/reject").json == true)
            #expect(try await client.post("/session/ses_unknown/abort").json == true)
        }
    }

    @Test func wrongReply_is400() async throws {
        try await RunningSimulator.with { simulator async throws in
            #expect(try await simulator.client.post("/permission/per_1/reply", ["decision": "once"]).status == 400)
            #expect(try await simulator.client.post("/question/que_1/reply", ["answers": ["x"]]).status == 400)
        }
    }

    @Test func abortWhileAsking_takesThePermissionBack() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: subagent Child\nsim: ask bash\nsim: end")
            let child = try #require(await events.first("permission.asked")?.session)
            _ = try await simulator.client.post("/session/\(session)/abort")
            #expect(try await simulator.client.get("/permission").json == [])
            #expect(try await simulator.client.get("/session/status").json == [:])
            #expect(try await simulator.messages(child).last?.errorName == "MessageAbortedError")
            #expect(try await simulator.messages(session).last?.errorName == "MessageAbortedError")
        }
    }

    @Test func abortOfTheChildAlone_letsTheParentGoOn() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: subagent Child\nsim: ask bash\nsim: end")
            let child = try #require(await events.first("permission.asked")?.session)
            _ = try await simulator.client.post("/session/\(child)/abort")
            _ = await events.first("session.idle", session: session)
            #expect(try await simulator.messages(session).last?.text.contains("“Child” was aborted") == true)
        }
    }

    @Test func child_inheritsDenialsOnly() async throws {
        try await RunningSimulator.with { simulator async throws in
            let session = try await simulator.newSession([
                "permission": [
                    ["permission": "webfetch", "pattern": "*", "action": "allow"],
                    ["permission": "bash", "pattern": "*", "action": "deny"],
                ]
            ])
            _ = try await simulator.turn("sim: subagent Child\nsim: ask bash\nsim: end", session: session)
            let child = try await simulator.client.get("/session/\(session)/children").json[0]
            #expect(child?["permission"] == [["permission": "bash", "pattern": "*", "action": "deny"]])
            #expect(child?["parentID"]?.string == session)
        }
    }

    @Test func oneRejection_rejectsAllOfTheSession_andOtherSessionsWait() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let first = try await simulator.newSession()
            let second = try await simulator.newSession()
            _ = try await simulator.prompt(first, "sim: ask bash")
            _ = try await simulator.prompt(second, "sim: ask edit")
            var ids: [String: String] = [:]
            while ids.count < 2, let asked = await events.first("permission.asked") {
                ids[asked.session ?? ""] = asked.properties["id"]?.string
            }
            _ = try await simulator.client.post("/permission/\(ids[first] ?? "")/reply", ["reply": "reject"])
            _ = await events.first("session.idle", session: first)
            let open = try await simulator.client.get("/permission").json
            #expect(open.array?.count == 1)
            #expect(open[0]?["id"]?.string == ids[second])
        }
    }
}
