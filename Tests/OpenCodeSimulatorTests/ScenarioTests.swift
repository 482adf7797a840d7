import JSON
import OpenCodeSimulator
import Testing

/// A whole life over the API. The client holds each answer, and the readers hold each event, to OpenCode's schema.
@Suite(.timeLimit(.minutes(3))) struct ScenarioTests {
    @Test func everyAnswerAndEvent_isAsOpenCodeDescribesIt() async throws {
        var options = SimulatorOptions()
        options.heartbeat = .milliseconds(5)
        try await RunningSimulator.with(options) { simulator async throws in
            let client = simulator.client
            let global = try await client.events("/global/event")
            let own = try await client.events()
            #expect(await global.first { _ in true }?.type == "server.connected")
            #expect(await own.first { _ in true }?.type == "server.connected")

            #expect(try await client.get("/global/health").json == ["healthy": true, "version": "1.18.31"])
            #expect(try await client.get("/path").json["directory"]?.string == simulator.workspace.path)
            for path in ["/vcs", "/config", "/agent", "/config/providers", "/provider"] {
                #expect(try await client.get(path).status == 200)
            }

            let session = try await simulator.newSession([
                "title": "A scenario", "permission": [["permission": "edit", "pattern": "*", "action": "allow"]],
            ])
            #expect(
                try await simulator.prompt(session, Self.script, id: "msg_0123456789abABCDEFGHIJKLMN").status == 204)

            let asked = try #require(await own.first("permission.asked", session: session))
            let permission = try #require(asked.properties["id"]?.string)
            #expect(try await client.get("/permission").json[0]?["id"]?.string == permission)
            #expect(try await simulator.status(session) == ["type": "busy"])
            #expect(try await client.post("/permission/\(permission)/reply", ["reply": "once"]).json == true)
            #expect(await own.first("permission.replied")?.properties["reply"] == "once")

            let question = try #require(await own.first("question.asked"))
            let id = try #require(question.properties["id"]?.string)
            #expect(try await client.get("/question").json[0] == question.properties)
            #expect(try await client.post("/question/\(id)/reply", ["answers": [["blue"]]]).json == true)
            #expect(await own.first("question.replied")?.properties["answers"] == [["blue"]])

            let dismissed = try #require(await own.first("question.asked")?.properties["id"]?.string)
            #expect(try await client.post("/question/\(dismissed)/reject").json == true)
            #expect(await own.first("question.rejected") != nil)

            let childAsk = try #require(await own.first("permission.asked"))
            let child = try #require(childAsk.session)
            #expect(child != session)
            #expect(try await client.get("/session/\(session)/children").json[0]?["id"]?.string == child)
            let childPermission = try #require(childAsk.properties["id"]?.string)
            let refusal: JSONValue = ["reply": "reject", "message": "not today"]
            #expect(try await client.post("/permission/\(childPermission)/reply", refusal).json == true)
            _ = try #require(await own.first("session.idle", session: session))

            let messages = try await simulator.messages(session)
            #expect(messages.map(\.role) == ["user", "assistant", "assistant"])
            #expect(messages.last?.finish == "stop")
            #expect(messages.last?.text.hasSuffix("\n\nTASK COMPLETE") == true)
            #expect(messages.dropFirst().allSatisfy { $0["info"]?["parentID"] == "msg_0123456789abABCDEFGHIJKLMN" })
            for message in messages {
                let one = try #require(message["info"]?["id"]?.string)
                #expect(try await client.get("/session/\(session)/message/\(one)").json == message)
            }
            #expect(simulator.workspace.text("made/a.txt") == "hello\nand more\n")
            #expect(!simulator.workspace.exists("made/b.txt"))

            let diff = try await client.get("/session/\(session)/diff").json
            #expect(diff[0]?["file"] == "made/a.txt")
            #expect(diff[0]?["patch"]?.string?.contains("+hello\n+and more\n") == true)
            #expect(try await simulator.status(session) == nil)

            #expect(try await client.get("/session", ["roots": "true"]).json.array?.count == 1)
            #expect(try await client.get("/session").json.array?.count == 2)
            #expect(try await client.get("/session", ["search": "SCENARIO"]).json.array?.count == 1)
            #expect(try await client.get("/session", ["limit": "1"]).json.array?.count == 1)
            #expect(try await client.get("/session", ["start": "99999999999999"]).json == [])
            let renamed = try await client.call("PATCH", "/session/\(session)", body: ["title": "Renamed"])
            #expect(renamed.json["title"] == "Renamed")
            let found = try await client.get("/session/\(session)").json
            #expect(found["directory"]?.string == simulator.workspace.path)
            #expect(found["tokens"]?["output"]?.int ?? 0 > 0)
            let blocking: JSONValue = ["parts": [["type": "text", "text": "sim: say Now."]]]
            let answer = try await client.post("/session/\(session)/message", blocking)
            #expect(answer.json.text == "Now.\n\nTASK COMPLETE")
            #expect(try await client.post("/session/\(session)/abort").json == true)
            #expect(try await client.call("DELETE", "/session/\(session)").json == true)
            #expect(try await client.get("/session/\(session)").status == 404)
            #expect(try await client.get("/session/\(child)").status == 404)
            #expect(try await client.post("/instance/dispose").json == true)
            let tail = await own.collect { $0.type == "server.instance.disposed" }
            #expect(tail.contains { $0.type == "server.heartbeat" })
            #expect(tail.contains { $0.type == "session.deleted" })
            #expect(await own.end == .finished)

            let seen = await global.collect { $0.type == "server.instance.disposed" }
            for type in [
                "session.created", "message.updated", "message.part.updated", "message.part.delta", "sync",
                "session.status", "session.diff", "session.idle", "permission.asked", "question.replied", "file.edited",
            ] {
                #expect(seen.contains { $0.type == type }, "\(type)")
            }
            #expect(seen.filter { $0.type == "session.idle" }.allSatisfy { $0.directory == simulator.workspace.path })
        }
    }

    private static let script = """
        # A scenario

        sim: say I begin.
        sim: write made/a.txt hello
        sim: write made/b.txt gone soon
        sim: step
        sim: append made/a.txt and more
        sim: delete made/b.txt
        sim: mkdir made/empty
        sim: ask bash git push
        sim: question Colour | red | blue
        sim: question Size | big
        sim: subagent Explore
        sim: ask webfetch
        sim: end
        """

    @Test func webPage_answersEveryOtherPath() async throws {
        try await RunningSimulator.with { simulator async throws in
            for path in ["/", "/api/info", "/api/status", "/api/session", "/nonsense/deep"] {
                let answer = try await simulator.client.get(path)
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"]?.hasPrefix("text/html") == true)
            }
            #expect(try await simulator.client.get("/doc").status == 404)
        }
    }

    @Test func withoutScript_aNoteAboutTheGoalIsWritten() async throws {
        try await RunningSimulator.with { simulator async throws in
            let prompt = """
                # Tidy the Shed

                Please put the tools back.

                When you are done and have checked it, end with a line that is exactly
                TASK COMPLETE
                """
            let messages = try await simulator.turn(prompt)
            #expect(messages.count == 4)
            #expect(messages.dropFirst().map(\.finish) == ["tool-calls", "tool-calls", "stop"])
            #expect(messages.last?.text == "Done: wrote notes/tidy-the-shed.md.\n\nTASK COMPLETE")
            let note = try #require(simulator.workspace.text("notes/tidy-the-shed.md"))
            #expect(note.contains("> Please put the tools back."))
            #expect(!note.contains("TASK COMPLETE"))
            _ = try await simulator.turn(prompt)
            #expect(simulator.workspace.exists("notes/tidy-the-shed-2.md"))
        }
    }
}
