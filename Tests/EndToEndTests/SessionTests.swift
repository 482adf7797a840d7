import JSON
import Spool
import SystemPackage
import Testing

/// OpenLoom's routes about sessions, permissions and usage: the built program between a client and servers of both
/// lines.
@Suite struct SessionTests {
    /// A task that is done, and its session.
    private func done(_ world: World) async throws -> (id: String, session: String) {
        try world.drop("Made", workspace: try world.workspace(), goal: "sim: say hello\nsim: write a.txt a")
        let id = try world.wait(for: 1, in: .done)[0]
        let session = Files.text(world.task(id, .done).appending("session")) ?? ""
        return (id, String(session.filter { !$0.isWhitespace }))
    }

    @Test(arguments: [1, 2]) func session_isListed_read_boundToATask_andDeleted(wire: Int) async throws {
        let world = try World(wire: wire)
        try world.serve()
        try await world.waitUntilReady()
        let (_, session) = try await done(world)
        let workspace = try world.workspace().string

        let list = try await world.api("GET", "/api/sessions")
        #expect(list.json["sessions"]?.array?.compactMap { $0["id"]?.string } == [session])
        #expect(list.json["sessions"]?[0]?["directory"]?.string == workspace)
        #expect(list.json["byDirectory"]?[workspace]?[0]?["id"]?.string == session)
        #expect(list.json["status"]?[session] == "idle")
        #expect(list.json["missing"] == [])

        let messages = try await world.api("GET", "/api/sessions/\(session)/messages").json["messages"]?.array ?? []
        #expect(messages.first?["info"]?["role"] == "user")
        #expect(messages.last?["info"]?["role"] == "assistant")
        let parts = messages.flatMap { $0["parts"]?.array ?? [] }
        #expect(parts.contains { $0["type"] == "text" && $0["text"]?.string?.contains("sim: say hello") == true })
        #expect(parts.contains { $0["type"] == "tool" && $0["tool"] == "write" })
        let diff = try await world.api("GET", "/api/sessions/\(session)/diff").json["diff"]
        #expect(diff?.array?.compactMap { $0["file"]?.string } == ["a.txt"])

        let made = try await world.api(
            "POST", "/api/tasks", body: ["goal": "sim: say again", "sessionId": .string(session)])
        #expect(made.status == 200)
        #expect(made.json["workspace"]?.string == workspace)
        let ids = try world.wait(for: 2, in: .done)
        for id in ids { #expect(Files.text(world.task(id, .done).appending("session")) == session + "\n") }

        let unknown = try await world.api("POST", "/api/tasks", body: ["goal": "x", "sessionId": "ses_nope"])
        #expect(unknown.status == 404)

        #expect(try await world.api("POST", "/api/sessions/\(session)/delete").json["deleted"] == true)
        #expect(try await world.api("GET", "/api/sessions/\(session)/messages").status == 404)
        #expect(try await world.api("GET", "/api/sessions").json["sessions"] == [])
    }

    @Test func archive_isTheServers_onWire1() async throws {
        let world = try World(wire: 1)
        try world.serve()
        try await world.waitUntilReady()
        let (_, session) = try await done(world)
        #expect(try await world.api("POST", "/api/sessions/\(session)/archive").status == 200)
        let state = try await world.api("GET", "/api/state").json
        #expect(state["sessions"] == [])
        #expect(state["archivedSessions"]?[0]?["id"]?.string == session)
        #expect((state["archivedSessions"]?[0]?["archived_at"]?.double ?? 0) > 1_700_000_000)
        #expect(try await world.api("DELETE", "/api/sessions/\(session)/archive").status == 200)
        #expect(try await world.api("GET", "/api/state").json["sessions"]?.array?.count == 1)
    }

    @Test func archive_is501_onWire2() async throws {
        let world = try World(wire: 2)
        try world.serve()
        try await world.waitUntilReady()
        let (_, session) = try await done(world)
        #expect(try await world.api("POST", "/api/sessions/\(session)/archive").status == 501)
    }

    @Test(arguments: [1, 2]) func permission_ofATaskAndOfOthers_isAnsweredOverTheSameRoute(wire: Int) async throws {
        let world = try World(wire: wire, configuration: ["harness: {permissions: ask}"])
        try world.serve()
        try await world.waitUntilReady()
        let workspace = try world.workspace()
        try world.drop("Asks", workspace: workspace, goal: "sim: ask bash ls\nsim: say done")
        try world.wait("the task waits") {
            world.names(.running).contains { !Files.names(world.task($0, .running).appending("asks")).isEmpty }
        }
        let ours = try await world.api("GET", "/api/permissions").json["permissions"]?[0]
        #expect(ours?["taskId"]?.string == world.names(.running).first)
        let session = ours?["sessionId"]?.string ?? ""
        #expect(try await world.api("POST", "/api/sessions/\(session)/delete").status == 409)
        let id = ours?["id"]?.string ?? ""
        let path = "/api/sessions/\(session)/permissions/\(id)"
        let answer = try await world.api("POST", path, body: ["response": "always"])
        #expect(answer.json == ["ok": true, "response": "once"])
        let done = try world.wait(for: 1, in: .done)[0]
        let log = Files.text(world.task(done, .done).appending("log.jsonl")) ?? ""
        #expect(log.contains("\"by\":\"person\""))

        try await world.promptByHand("sim: ask bash ls\nsim: say done", in: workspace)
        var foreign: JSONValue?
        for _ in 0..<1000 where foreign == nil {
            foreign = try await world.api("GET", "/api/permissions").json["permissions"]?[0]
        }
        #expect(foreign?["taskId"] == .null)
        let other = "/api/sessions/\(foreign?["sessionId"]?.string ?? "")/permissions/\(foreign?["id"]?.string ?? "")"
        #expect(try await world.api("POST", other, body: ["response": "once"]).status == 200)
        #expect(try await world.openAsks(in: workspace) == 0)
    }

    @Test(arguments: [1, 2]) func usage_isThatOfTheTasks_byModelAndDay_alsoWhenTheServerIsGone(wire: Int) async throws {
        let world = try World(wire: wire)
        try world.serve()
        try await world.waitUntilReady()
        let (id, session) = try await done(world)
        let used = Files.json(world.task(id, .done).appending("result.json"))?["usage"]
        world.killAgent()
        let models = try await world.api("GET", "/api/usage?by=model").json
        #expect(models["groups"]?[0]?["key"] == used?["model"])
        #expect(models["total"]?["totalTokens"] == used?["tokens"])
        #expect(models["total"]?["cost"] == used?["cost"])
        #expect(try await world.api("GET", "/api/usage?by=day").json["groups"]?.array?.count == 1)
        var state = try await world.api("GET", "/api/state").json
        for _ in 0..<1000 where state["server"]?["ok"] == true { state = try await world.api("GET", "/api/state").json }
        #expect(state["server"]?["ok"] == false)
        let today = state["usage"]?["periods"]?["today"]
        #expect(today?["tokenTotal"] == used?["tokens"])
        #expect(today?["topSessions"]?[0]?["id"]?.string == session)
        #expect(try await world.api("GET", "/api/sessions").status == 503)
    }

    @Test(arguments: [1, 2]) func complete_endsARunningTask_andStopsItsSession(wire: Int) async throws {
        let world = try World(wire: wire)
        try world.serve()
        try await world.waitUntilReady()
        let workspace = try world.workspace()
        try world.drop("Long", workspace: workspace, goal: "sim: say begun\nsim: step\nsim: stall")
        try world.wait("the turn has begun") {
            world.names(.running).contains { Files.exists(world.task($0, .running).appending("activity.json")) }
        }
        let id = world.names(.running)[0]
        #expect(try await world.api("POST", "/api/tasks/\(id)/complete").json["status"] == "completed")
        try world.wait("its ending is written") { world.verdict(id) == "unchanged" }
        var working = try await world.workingSessions(in: workspace)
        for _ in 0..<1000 where working != 0 { working = try await world.workingSessions(in: workspace) }
        #expect(working == 0)
        let cleared = try await world.api("POST", "/api/tasks/clear-completed").json
        #expect(cleared["taskIds"] == [.string(id)])
        #expect(world.names(.done) == [])
    }
}
