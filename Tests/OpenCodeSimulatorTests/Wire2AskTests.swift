import JSON
import OpenCodeSimulator
import SystemPackage
import Testing

/// Permissions, forms, subagents of wire 2.
@Suite(.timeLimit(.minutes(3))) struct Wire2AskTests {
    @Test func rejectWithMessage_isSaidAndTheTurnGoesOn() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash rm *\nsim: write after.txt x")
            let id = try #require(await events.firstData("permission.asked")?["id"]?.string)
            _ = try await simulator.decide(id, of: session, "reject", message: "not here")
            #expect(await events.end(of: session) == "succeeded")
            let rows = try await simulator.rows(session)
            #expect(rows[1].rowText.contains("was rejected: not here"))
            #expect(simulator.workspace.exists("after.txt"))
            #expect(try await simulator.decide(id, of: session, "once").json["_tag"] == "PermissionNotFoundError")
        }
    }

    @Test func rejectWithoutMessage_endsTheExecutionWithoutAnIdleRow() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash\nsim: write after.txt x")
            let id = try #require(await events.firstData("permission.asked")?["id"]?.string)
            _ = try await simulator.decide(id, of: session, "reject")
            #expect(await events.first("session.execution.interrupted")?.properties["reason"] == "shutdown")
            let rows = try await simulator.rows(session)
            #expect(rows.map(\.type) == ["user", "assistant"])
            #expect(rows[1].rowError == "aborted")
            #expect(try await simulator.info(session)["outcome"] == nil)
            #expect(!(try await simulator.isActive(session)))
            #expect(!simulator.workspace.exists("after.txt"))
        }
    }

    @Test func rejectInTheChild_letsTheParentGoOn() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: subagent Child\nsim: ask bash\nsim: end")
            let asked = try #require(await events.firstData("permission.asked"))
            let child = try #require(asked["sessionID"]?.string)
            let id = try #require(asked["id"]?.string)
            #expect(try await simulator.info(child)["parentID"]?.string == session)
            // The parent has no such permission.
            #expect(try await simulator.decide(id, of: session, "reject").status == 404)
            _ = try await simulator.decide(id, of: child, "reject")
            #expect(await events.end(of: child) == "interrupted")
            #expect(await events.end(of: session) == "succeeded")
            #expect(try await simulator.rows(session)[1].rowText.contains("“Child” was aborted"))
        }
    }

    @Test(arguments: [("allow", "bash was allowed"), ("deny", "bash was denied by a rule")])
    func ruleOfTheSession_decidesWithoutAsking(effect: String, words: String) async throws {
        try await Wire2Simulator.with { simulator async throws in
            let session = try await simulator.newSession([
                "permissions": [
                    ["action": "*", "resource": "*", "effect": "ask"],
                    ["action": "sh?ll", "resource": "git *", "effect": .string(effect)],
                ]
            ])
            let rows = try await simulator.turn("sim: ask bash git push", session: session)
            #expect(rows[1].rowText.contains(words))
        }
    }

    @Test func child_hasTheRulesOfItsParent() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let rules: JSONValue = [["action": "*", "resource": "*", "effect": "allow"]]
            let session = try await simulator.newSession(["permissions": rules])
            let rows = try await simulator.turn("sim: subagent Child\nsim: ask bash\nsim: end", session: session)
            #expect(rows.last?.outcome == "succeeded")
            let child = try await simulator.client.get("/api/session", ["parentID": session]).json["data"]?[0]
            #expect(child?["permissions"] == rules)
        }
    }

    @Test func always_isSavedForTheProject_untilItIsForgotten_andNoDenyGivesWay() async throws {
        let directory = try TemporaryDirectory()
        var options = SimulatorOptions()
        options.statePath = .init("\(directory.path)/state.jsonl")
        try await Wire2Simulator.with("2.0.27", options) { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash ls")
            let id = try #require(await events.firstData("permission.asked")?["id"]?.string)
            _ = try await simulator.decide(id, of: session, "always")
            #expect(await events.end(of: session) == "succeeded")
            #expect(try await simulator.turn("sim: ask bash ls")[1].rowText.contains("bash was allowed"))
            let denying = try await simulator.newSession([
                "permissions": [["action": "shell", "resource": "*", "effect": "deny"]]
            ])
            let denied = try await simulator.turn("sim: ask bash ls", session: denying)
            #expect(denied[1].rowText.contains("denied by a rule"))
        }
        try await Wire2Simulator.with("2.0.27", options) { simulator async throws in
            let client = simulator.client
            let saved = try await client.get("/api/permission/saved").json["data"]
            #expect(saved?[0]?["action"] == "shell")
            let id = try #require(saved?[0]?["id"]?.string)
            #expect(try await client.call("DELETE", "/api/permission/saved/\(id)").status == 204)
            #expect(try await client.get("/api/permission/saved").json["data"] == [])
        }
    }

    @Test func wrongDecision_is400() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let session = try await simulator.newSession()
            let path = "/api/session/\(session)/permission/per_1/reply"
            for body in [["decision": "yes"], ["decision": 1], [:], ["decision": "once", "more": 1]] as [JSONValue] {
                #expect(try await simulator.client.post(path, body).json["_tag"] == "InvalidRequestError")
            }
            #expect(try await simulator.client.post(path, ["decision": "once"]).status == 404)
        }
    }

    @Test func oneRejection_rejectsAllOfTheSession_andOtherSessionsWait() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let first = try await simulator.newSession()
            let second = try await simulator.newSession()
            _ = try await simulator.prompt(first, "sim: ask bash")
            _ = try await simulator.prompt(second, "sim: ask edit")
            var ids: [String: String] = [:]
            while ids.count < 2, let asked = await events.firstData("permission.asked") {
                ids[asked["sessionID"]?.string ?? ""] = asked["id"]?.string
            }
            _ = try await simulator.decide(ids[first] ?? "", of: first, "reject")
            #expect(await events.end(of: first) == "interrupted")
            let open = try await simulator.client.get("/api/permission/request", simulator.location).json["data"]
            #expect(open?.array?.map { $0["id"]?.string } == [ids[second]])
        }
    }

    // MARK: forms

    @Test func fieldsOfEveryType_areAskedForAndHeldToTheirTypes() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let client = simulator.client
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            let script = """
                sim: form Setup | choice string yes, no | size number | count integer | sure boolean \
                | many multiselect a, b, c
                """
            _ = try await simulator.prompt(session, script)
            let form = try #require(await events.firstData("form.created")?["form"])
            #expect(form["title"] == "Setup")
            let fields = try #require(form["fields"]?.array)
            #expect(fields.map(\.type) == ["string", "number", "integer", "boolean", "multiselect"])
            #expect(fields[4]["options"]?[1] == ["value": "b", "label": "b"])
            let id = try #require(form["id"]?.string)
            let path = "/api/session/\(session)/form/\(id)/reply"
            let right: JSONObject = ["choice": "yes", "size": 1.5, "count": 2, "sure": true, "many": ["a", "b"]]
            let wrong: [(String, JSONValue?)] = [
                ("choice", "maybe"), ("choice", nil), ("size", "big"), ("count", 1.5), ("sure", "yes"), ("many", "a"),
                ("many", ["d"]), ("more", 1),
            ]
            for (name, value) in wrong {
                var answer = right
                answer[name] = value
                let refused = try await client.post(path, ["answer": .object(answer)])
                #expect(refused.json["_tag"] == "FormInvalidAnswerError", "\(name)")
            }
            #expect(try await client.post(path, ["answers": [["yes"]]]).json["_tag"] == "InvalidRequestError")
            #expect(try await client.post(path, ["answer": .object(right)]).status == 204)
            #expect(await events.end(of: session) == "succeeded")
            #expect(try await simulator.rows(session)[1].rowText.contains("yes; 1.5; 2; true; a, b"))
            #expect(try await client.post(path, ["answer": .object(right)]).json["_tag"] == "FormAlreadySettledError")
            let unknown = try await client.post("/api/session/\(session)/form/frm_no/reply", ["answer": [:]])
            #expect(unknown.json["_tag"] == "FormNotFoundError")
        }
    }

    @Test func externalField_canOnlyBeRefused() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: form Sign in | login external")
            let id = try #require(await events.firstData("form.created")?["form"]?["id"]?.string)
            let path = "/api/session/\(session)/form/\(id)"
            let answer = try await simulator.client.post("\(path)/reply", ["answer": ["login": "done"]])
            #expect(answer.json["_tag"] == "FormInvalidAnswerError")
            #expect(try await simulator.client.call("DELETE", path).status == 204)
            #expect(await events.end(of: session) == "succeeded")
            #expect(try await simulator.rows(session)[1].rowText.contains("“Sign in” was dismissed"))
            #expect(try await simulator.client.call("DELETE", path).status == 409)
        }
    }

    @Test func deniedQuestion_isNotAsked_unlessTheScriptInsists() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let session = try await simulator.newSession([
                "permissions": [["action": "question", "resource": "*", "effect": "deny"]]
            ])
            let rows = try await simulator.turn("sim: question Colour | red", session: session)
            #expect(rows[1].rowText.contains("dismissed"))
            let events = try await simulator.events()
            _ = try await simulator.prompt(session, "sim: question! Really | yes")
            #expect(await events.first("form.created") != nil)
        }
    }

    @Test func formInWire1_isAQuestionPerField() async throws {
        try await RunningSimulator.with { simulator async throws in
            let events = try await simulator.client.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: form Setup | size integer | many multiselect a, b")
            let asked = try #require(await events.first("question.asked")?.properties)
            #expect(asked["questions"]?.array?.map { $0["header"]?.string } == ["size", "many"])
            #expect(asked["questions"]?[1]?["multiple"] == true)
            let id = try #require(asked["id"]?.string)
            _ = try await simulator.client.post("/question/\(id)/reply", ["answers": [["3"], ["a", "b"]]])
            _ = await events.first("session.idle")
            #expect(try await simulator.messages(session).last?.text.contains("3; a, b") == true)
        }
    }
}
