import JSON
import OpenCodeSimulator
import SystemPackage
import Testing

/// Sessions, prompts, the inbox, pages.
@Suite(.timeLimit(.minutes(3))) struct Wire2PromptTests {
    // MARK: sessions

    @Test func creatingWithTheSameID_givesTheFirstSession() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let first = try await simulator.newSession(["id": "ses_mine", "title": "First"])
            let second = try await simulator.newSession(["id": "ses_mine", "title": "Second"])
            #expect(first == "ses_mine")
            #expect(second == "ses_mine")
            #expect(try await simulator.info("ses_mine")["title"] == "First")
            #expect(try await simulator.client.get("/api/session").json["data"]?.array?.count == 1)
        }
    }

    @Test func sessionWithoutLocation_isBoundToTheHeadersOrTheServersDirectory() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let created = try await simulator.client.post("/api/session", [:]).json
            #expect(created["data"]?["location"]?["directory"]?.string != simulator.workspace.path)
            let encoded = simulator.workspace.path.split(separator: "/").map { "%2F\($0)" }.joined()
            let answer = try await simulator.client.call(
                "POST", "/api/session", body: [:], headers: ["x-opencode-directory": encoded])
            #expect(answer.json["data"]?["location"]?["directory"]?.string == simulator.workspace.path)
        }
    }

    @Test func missingDirectory_is404() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let missing = "\(simulator.workspace.path)/missing"
            let body: JSONValue = ["location": ["directory": .string(missing)]]
            let answer = try await simulator.client.post("/api/session", body)
            #expect(answer.status == 404)
            #expect(answer.json["_tag"] == "LocationNotFoundError")
            let models = try await simulator.client.get("/api/model", ["location[directory]": missing])
            #expect(models.json["_tag"] == "LocationNotFoundError")
        }
    }

    @Test(
        arguments: [
            ["bogus": 1], ["id": "msg_1"], ["id": 1], ["title": 1], ["model": ["providerID": "p"]], ["metadata": []],
            ["model": ["providerID": "p", "modelID": "m"]], ["permissions": [["permission": "x", "pattern": "*"]]],
            ["permissions": ["x": 1]], ["permissions": [["action": "x", "resource": "*", "effect": "maybe"]]],
            ["location": "/tmp"], ["location": ["directory": "/tmp", "more": 1]], ["directory": "/tmp"], [1],
        ] as [JSONValue])
    func wrongCreation_is400(body: JSONValue) async throws {
        try await Wire2Simulator.with { simulator async throws in
            let answer = try await simulator.client.post("/api/session", body)
            #expect(answer.json["_tag"] == "InvalidRequestError")
            #expect(try await simulator.client.get("/api/session").json["data"] == [])
        }
    }

    @Test func children_canBeMadeByTheNewestVersionOnly() async throws {
        for (version, status) in [("2.0.24", 400), ("2.0.27", 200)] {
            try await Wire2Simulator.with(version) { simulator async throws in
                let parent = try await simulator.newSession()
                let body: JSONValue = ["parentID": .string(parent)]
                let answer = try await simulator.client.post("/api/session", body)
                #expect(answer.status == status)
                if status == 200 {
                    #expect(answer.json["data"]?["location"]?["directory"]?.string == simulator.workspace.path)
                }
            }
        }
    }

    @Test func list_isFilteredOrderedAndPaged() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let client = simulator.client
            let elsewhere = simulator.in(try TemporaryDirectory())
            _ = try await elsewhere.newSession()
            var ids: [String] = []
            for number in 1...3 { ids.append(try await simulator.newSession(["title": .string("Number \(number)")])) }
            for id in ids { _ = try await client.call("PATCH", "/api/session/\(id)", body: ["metadata": [:]]) }
            let query = ["directory": simulator.workspace.path, "parentID": "null", "limit": "2"]
            var found: [String] = []
            var page = try await client.get("/api/session", query).json
            while true {
                found += page["data"]?.array?.compactMap { $0["id"]?.string } ?? []
                guard let next = page["cursor"]?["next"]?.string else { break }
                page = try await client.get("/api/session", query.merging(["cursor": next]) { $1 }).json
            }
            #expect(Set(found) == Set(ids))
            #expect(found.count == 3)
            let oldest = try await client.get("/api/session", query.merging(["order": "asc"]) { $1 }).json
            #expect(oldest["data"]?[0]?["id"]?.string == found.last)
            #expect(try await client.get("/api/session", ["search": "number 2"]).json["data"]?.array?.count == 1)
            #expect(try await client.get("/api/session", ["limit": "0"]).status == 400)
            #expect(try await client.get("/api/session", ["roots": "true"]).status == 400)
        }
    }

    // MARK: prompts

    @Test func sameID_isTakenOnce_andLoggedOnce() async throws {
        let directory = try TemporaryDirectory()
        var options = SimulatorOptions()
        options.logFile = .init("\(directory.path)/log.jsonl")
        try await Wire2Simulator.with("2.0.27", options) { simulator async throws in
            let session = try await simulator.newSession()
            let events = try await simulator.events()
            let first = try await simulator.prompt(session, "sim: append a.txt x", id: "msg_1")
            _ = await events.end(of: session)
            let second = try await simulator.prompt(session, "sim: append a.txt y", id: "msg_1")
            #expect(second.json == first.json)
            #expect(try await simulator.rows(session).filter { $0.type == "user" }.count == 1)
            #expect(simulator.workspace.text("a.txt") == "x\n")
            let other = try await simulator.newSession()
            let conflict = try await simulator.prompt(other, "sim: say x", id: "msg_1")
            #expect(conflict.json["_tag"] == "ConflictError")
            let answer = try #require(try await simulator.rows(session)[1]["id"]?.string)
            #expect(try await simulator.prompt(session, "sim: say x", id: answer).status == 409)
        }
        let lines = try #require(directory.text("log.jsonl")).split(separator: "\n").map {
            try JSONValue(parsing: $0.utf8)
        }
        let prompts = lines.filter { $0["event"] == "prompt" }
        #expect(prompts.count == 1)
        #expect(prompts[0]["messageID"] == "msg_1")
        #expect(prompts[0]["text"] == "sim: append a.txt x")
        #expect(prompts[0]["directory"]?.string?.hasPrefix("/") == true)
        #expect(lines.filter { $0["event"] == "prompt repeated" }.count == 1)
    }

    @Test(
        arguments: [
            ["id": "msg_1"], ["text": 1], ["text": "x", "id": "1"], ["text": "x", "delivery": "later"],
            ["text": "x", "resume": "no"], ["text": "x", "model": ["id": "m"]], ["text": "x", "system": "y"],
        ] as [JSONValue])
    func wrongPrompt_is400(body: JSONValue) async throws {
        try await Wire2Simulator.with { simulator async throws in
            let session = try await simulator.newSession()
            let answer = try await simulator.client.post("/api/session/\(session)/prompt", body)
            #expect(answer.json["_tag"] == "InvalidRequestError")
            #expect(try await simulator.rows(session) == [])
        }
    }

    @Test func unknownSession_is404() async throws {
        try await Wire2Simulator.with { simulator async throws in
            #expect(try await simulator.prompt("ses_no", "x").json["_tag"] == "SessionNotFoundError")
            for path in ["", "/message", "/inbox", "/permission", "/form", "/diff", "/context"] {
                #expect(try await simulator.client.get("/api/session/ses_no\(path)").status == 404)
            }
            let session = try await simulator.newSession()
            let answer = try await simulator.client.get("/api/session/\(session)/message/msg_no")
            #expect(answer.json["_tag"] == "MessageNotFoundError")
        }
    }

    @Test func queuedPrompts_areServedByOneExecution_withOneIdleRow() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash", id: "msg_1")
            let id = try #require(await events.firstData("permission.asked")?["id"]?.string)
            _ = try await simulator.prompt(session, "sim: say Second.", id: "msg_2")
            #expect(try await simulator.inbox(session) == ["msg_2"])
            _ = try await simulator.decide(id, of: session, "once")
            #expect(await events.end(of: session) == "succeeded")
            let rows = try await simulator.rows(session)
            #expect(rows.map(\.type) == ["user", "assistant", "user", "assistant", "idle"])
            #expect(rows[2]["id"] == "msg_2")
            #expect(try await simulator.inbox(session) == [])
        }
    }

    @Test func steeredPrompt_joinsTheRunningTurnAtItsNextStep() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash\nsim: step\nsim: say First.", id: "msg_1")
            let id = try #require(await events.firstData("permission.asked")?["id"]?.string)
            // Without a delivery it is steered.
            let sent = try await simulator.prompt(session, "sim: say Second.", id: "msg_2", delivery: nil)
            #expect(sent.json["data"]?["delivery"] == "steer")
            _ = try await simulator.decide(id, of: session, "once")
            #expect(await events.end(of: session) == "succeeded")
            let rows = try await simulator.rows(session)
            #expect(rows.map(\.type) == ["user", "assistant", "user", "assistant", "assistant", "idle"])
            #expect(rows[3].rowText.hasPrefix("First."))
            #expect(rows[4].rowText.hasPrefix("Second."))
        }
    }

    @Test func promptThatDoesNotResume_waitsUntilItIsPromoted() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let client = simulator.client
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: say One.", id: "msg_1", resume: false)
            _ = try await simulator.prompt(session, "sim: say Two.", id: "msg_2", resume: false)
            #expect(try await simulator.inbox(session) == ["msg_1", "msg_2"])
            #expect(!(try await simulator.isActive(session)))
            #expect(try await client.call("DELETE", "/api/session/\(session)/inbox/msg_1").status == 204)
            let delivery: JSONValue = ["delivery": "steer"]
            let path = "/api/session/\(session)/inbox/msg_2"
            #expect(try await client.call("PATCH", path, body: delivery).status == 204)
            #expect(await events.end(of: session) == "succeeded")
            #expect(try await simulator.rows(session).map { $0["id"]?.string }.first == "msg_2")
            #expect(try await client.call("PATCH", path, body: delivery).status == 409)
            #expect(try await client.call("DELETE", path).status == 204)
        }
    }

    @Test func interrupt_endsTheTurn_andLeavesTheQueueDormant() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: subagent Child\nsim: ask bash\nsim: end", id: "msg_1")
            let child = try #require(await events.firstData("permission.asked")?["sessionID"]?.string)
            _ = try await simulator.prompt(session, "sim: say Later.", id: "msg_2")
            let answer = try await simulator.client.post("/api/session/\(session)/interrupt")
            #expect(answer.json == ["interrupted": true])
            // The child's end comes first.
            #expect(await events.first("session.execution.interrupted")?.properties["reason"] == "user")
            #expect(await events.end(of: session) == "interrupted")
            #expect(try await simulator.client.get("/api/session/active").json["data"] == [:])
            #expect(try await simulator.client.get("/api/permission/request", simulator.location).json["data"] == [])
            for id in [session, child] {
                let rows = try await simulator.rows(id)
                #expect(rows.last?.outcome == "interrupted")
                #expect(rows.dropLast().last?.rowError == "aborted")
            }
            #expect(try await simulator.rows(session)[1].rowTools[0]["state"]?["status"] == "error")
            #expect(try await simulator.inbox(session) == ["msg_2"])
            _ = try await simulator.prompt(session, "sim: say New.", id: "msg_3")
            #expect(await events.end(of: session) == "succeeded")
            #expect(try await simulator.inbox(session) == [])
        }
    }

    @Test func interruptThatResumes_goesOnWithWhatWasSteered() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash", id: "msg_1")
            _ = await events.first("permission.asked")
            _ = try await simulator.prompt(session, "sim: say Queued.", id: "msg_2")
            _ = try await simulator.prompt(session, "sim: say Steered.", id: "msg_3", delivery: "steer")
            let answer = try await simulator.client.call(
                "POST", "/api/session/\(session)/interrupt", ["resume": "true"])
            #expect(answer.json == ["interrupted": true])
            #expect(await events.end(of: session) == "interrupted")
            #expect(await events.end(of: session) == "succeeded")
            #expect(try await simulator.inbox(session) == ["msg_2"])
            #expect(try await simulator.rows(session).dropLast().last?.rowText.hasPrefix("Steered.") == true)
        }
    }

    @Test func deletion_endsWhatRuns() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let events = try await simulator.events()
            let session = try await simulator.newSession()
            _ = try await simulator.prompt(session, "sim: ask bash")
            _ = await events.first("permission.asked")
            _ = try await simulator.client.call("DELETE", "/api/session/\(session)")
            #expect(try await simulator.client.get("/api/session/active").json["data"] == [:])
            #expect(try await simulator.client.get("/api/permission/request", simulator.location).json["data"] == [])
        }
    }

    // MARK: pages

    @Test func pages_areFollowedBothWaysByTheirCursorsAlone() async throws {
        try await Wire2Simulator.with { simulator async throws in
            let client = simulator.client
            let session = try await simulator.newSession()
            let rows = try await simulator.turn("sim: step\nsim: step\nsim: step", session: session)
            #expect(rows.count == 6)
            let path = "/api/session/\(session)/message"
            for (order, expected) in [("asc", rows), ("desc", rows.reversed())] {
                var page = try await client.get(path, ["limit": "2", "order": order]).json
                var found = page["data"]?.array ?? []
                #expect(page["cursor"]?["previous"] == .null)
                while let next = page["cursor"]?["next"]?.string {
                    page = try await client.get(path, ["limit": "2", "cursor": next]).json
                    found += page["data"]?.array ?? []
                }
                #expect(found == expected)
                let previous = try #require(page["cursor"]?["previous"]?.string)
                let before = try await client.get(path, ["limit": "2", "cursor": previous]).json
                #expect(before["data"]?.array == Array(expected[2..<4]))
                #expect(try await client.get(path, ["cursor": previous, "order": order]).status == 400)
            }
            #expect(try await client.get(path, ["cursor": "nonsense"]).json["_tag"] == "InvalidCursorError")
            for limit in ["0", "201", "x"] { #expect(try await client.get(path, ["limit": limit]).status == 400) }
            let users = try await client.get(path, ["type": "user"]).json["data"]?.array
            #expect(users?.map(\.type) == ["user"])
        }
    }
}
