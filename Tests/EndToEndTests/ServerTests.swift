import Curl
import JSON
import Spool
import SystemPackage
import Testing

/// Servers of every version: found, refused with the right words, replaced under a running daemon, several at once.
@Suite struct ServerTests {
    /// What `openloom doctor` says of the server, and its exit code.
    private func diagnosis(_ world: World, _ arguments: [String] = []) throws -> (code: Int32, text: String) {
        let config = world.root.appending("config.yaml")
        if !Files.exists(config) { try Files.write("opencode: {url: \"\(world.agentURL)\"}\n", to: config) }
        let result = try world.openloom(["doctor", "--config", config.string] + arguments)
        return (result.code, result.output + result.errors)
    }

    @Test(arguments: [
        ("1.17.4", "OpenCode 1.17.4 (wire 1) at"), ("1.18.31", "OpenCode 1.18.31 (wire 1) at"),
        ("2.0.3", "please update"), ("2.0.4", "please update"), ("2.0.6", "OpenCode 2.0.6 (wire 2, pid"),
        ("2.0.27", "OpenCode 2.0.27 (wire 2, pid"),
    ]) func everyVersion_isSaidAsWhatItIs(_ version: String, _ words: String) throws {
        let world = try World(simulator: ["--opencode-version", version])
        let (code, text) = try diagnosis(world)
        #expect(text.contains(words), "\(text)")
        #expect((code == 0) == words.contains("wire"), "\(text)")
    }

    /// Its own description says what a build can do whose version says nothing.
    @Test func unknownBuild_isRecognised_andWorks() throws {
        let world = try World(simulator: ["--wire", "2", "--opencode-version", "dev-abc"])
        try world.serve()
        try world.drop("Task", workspace: try world.workspace(), goal: "sim: write a.txt a")
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(Files.json(world.task(id, .done).appending("result.json"))?["server"]?["version"]?.string == "dev-abc")
    }

    @Test func findings_areInDoctorConfigReadinessAndState() async throws {
        let world = try World()
        try world.serve()
        try await world.waitUntilReady()
        let ready = try await world.api("GET", "/readyz").json["details"]?["opencode"]
        let state = try await world.api("GET", "/api/state").json
        #expect(ready?["wire"]?.int == world.wire)
        #expect(ready?["authentication"]?.string == "password from OPENCODE_PASSWORD")
        #expect(state["opencode"] == ready)
        #expect(state["counts"]?["new"]?.int == 0)
        let config = world.root.appending("config.yaml").string
        #expect(try world.openloom(["config", "--config", config]).output.contains("(wire \(world.wire)"))
        #expect(try diagnosis(world).code == 0)
        for text in [world.daemon?.errorText ?? "", try diagnosis(world, ["--json"]).text, ready?.compact ?? ""] {
            #expect(text.contains("password from OPENCODE_PASSWORD"))
            #expect(!text.contains(World.password))
        }
    }

    /// A stream's reader hears of it at the change, and not when the next heartbeat is due. One may come in between where
    /// it takes long to start a server.
    @Test func serverThatGoesAndComes_isToldOnTheStream_whenItDoes() async throws {
        let world = try World()
        try world.serve()
        try await world.waitUntilReady()
        let stream = try await world.curl.stream(
            CurlRequest(method: "GET", url: "http://127.0.0.1:\(world.port)/api/events?view=brief"))
        var parser = ServerSentEventParser()
        var told: [Bool] = []
        var (isAfterHeartbeat, late) = (false, 0)
        reading: for try await piece in stream {
            for event in try parser.feed(piece) {
                defer { isAfterHeartbeat = event.event == "heartbeat" }
                guard event.event == "status",
                    let isUp = try JSONValue(parsing: event.data)["opencode"]?["ok"]?.bool, isUp != told.last
                else { continue }
                told.append(isUp)
                if isAfterHeartbeat { late += 1 }
                switch told.count {
                case 1: world.killAgent()
                case 2: try world.restartAgent()
                default: break reading
                }
            }
        }
        #expect(told == [true, false, true])
        #expect(late < 2)
    }

    /// 2.x writes down where it is, with a password that nobody has to type.
    @Test func registeredService_isFound_withoutAnyConfiguration() throws {
        let world = try World(wire: 2)
        world.killAgent()
        let state = world.root.appending("state")
        try Files.makeDirectory(state)
        let service = try Child(
            BuiltProgram.path,
            ["simulate", "--wire", "2", "--port", "0", "--think", "0", "--register", state.string],
            environment: ["HOME": world.root.string, "PATH": "/usr/bin:/bin"].merging(World.libraries) { $1 },
            directory: world.root, name: "service")
        _ = try World.port(of: service, in: world.root)
        let environment = ["XDG_STATE_HOME": state.string, "OPENCODE_PASSWORD": ""]
        try world.serve(environment, opencode: "{}")
        try world.drop("Task", workspace: try world.workspace(), goal: "sim: write a.txt a")
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "changed")
        #expect(world.daemon?.errorText.contains("service.json") == true)
    }

    /// From 1.18 to 2.0 at the same port, under a running daemon.
    @Test func serverThatIsUpdated_strandsNothing() throws {
        let world = try World(wire: 1)
        try world.serve()
        let workspace = try world.workspace()
        try world.drop("Running", workspace: workspace, goal: "sim: say begun\nsim: step\nsim: stall")
        try world.wait("the turn has begun") {
            world.names(.running).contains { Files.exists(world.task($0, .running).appending("activity.json")) }
        }
        let running = world.names(.running)[0]
        try world.drop("Waiting", workspace: workspace, goal: "sim: write w.txt w")
        try world.wait("it was accepted") { world.names(.new).count == 1 }
        world.killAgent()
        try world.restartAgent(instead: ["--wire", "2"])
        let done = try world.wait(for: 1, in: .done)
        #expect(done.first?.hasSuffix("waiting") == true)
        #expect(world.verdict(running) == "interrupted")
        #expect(world.reason(running).contains("does not know the session"))
        #expect(world.prompts.count == 2)
        #expect(world.names(.new) == [] && world.names(.running) == [])
    }

    @Test func severalServers_haveTheirOwnTasks_andOneThatIsDownStopsOnlyItsOwn() throws {
        let world = try World()
        let second = try World.startSimulator(
            root: world.root, options: ["--wire", String(3 - world.wire)], port: 0, name: "second")
        let other = try World.port(of: second, in: world.root)
        let (here, there) = (try world.workspace("here"), try world.workspace("there"))
        try world.serve(
            opencode: """
                {servers: [{url: "\(world.agentURL)", workspaces: [\(here)]}, \
                {url: "http://127.0.0.1:\(other)", workspaces: [\(there)], max_running: 1}]}
                """)
        func server(of id: String) -> String? {
            Files.json(world.task(id, .done).appending("result.json"))?["server"]?["url"]?.string
        }
        try world.drop("one", workspace: here, goal: "sim: write a.txt a")
        try world.drop("two", workspace: there, goal: "sim: write a.txt a")
        let done = try world.wait(for: 2, in: .done)
        #expect(done.compactMap { server(of: $0) }.sorted() == [world.agentURL, "http://127.0.0.1:\(other)"].sorted())
        world.killAgent()
        try world.drop("three", workspace: here, goal: "sim: write b.txt b")
        try world.drop("four", workspace: there, goal: "sim: write b.txt b")
        let more = try world.wait(for: 3, in: .done)
        #expect(more.contains { $0.hasSuffix("four") } && !more.contains { $0.hasSuffix("three") })
        try world.restartAgent()
        #expect(try world.wait(for: 4, in: .done).contains { $0.hasSuffix("three") })
        try world.drop("five", workspace: try world.workspace("nowhere"), goal: "sim: write c.txt c")
        let homeless = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(homeless) == "invalid")
        #expect(world.reason(homeless).contains("opencode.servers[].workspaces"))
    }

    @Test func modelThatIsNotThere_endsTheTask_beforeThePrompt() throws {
        let world = try World()
        try world.serve()
        try Files.write(
            "workspace: \(try world.workspace())\nmodel: acme/huge\ngoal: 'sim: write a.txt a'\n",
            to: world.inbox.appending("m.yaml"))
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "error")
        #expect(world.reason(id).contains("no model \"acme/huge\"; it has simulator/scripted"), "\(world.reason(id))")
        #expect(world.prompts.count == 0)
    }

    @Test func modelsOfTaskAndWorkspace_areAskedFor_andWhatAnsweredIsWrittenDown() async throws {
        let world = try World()
        // On wire 2 a directory's first question may be answered before its models are known.
        try await world.setFaults(["models": ["acme/large", "acme/small"], "freshLocations": true])
        let workspace = try world.workspace()
        world.configuration = [
            "workspaces: {site: {path: \(workspace), model: acme/large, agent: build}}"
        ]
        try world.serve()
        try Files.write("sim: write a.txt a\n", to: world.inbox.appending("site/of-the-workspace.txt"))
        _ = try world.wait(for: 1, in: .done)
        try Files.write(
            "workspace: \(workspace)\nmodel: acme/small\ngoal: 'sim: write b.txt b'\n",
            to: world.inbox.appending("own.yaml"))
        let ids = try world.wait(for: 2, in: .done)
        let results = ids.sorted().map { Files.json(world.task($0, .done).appending("result.json")) }
        #expect(results.map { $0?["asked"]?["model"]?.string } == ["acme/large", "acme/small"])
        #expect(results.map { $0?["usage"]?["model"]?.string } == ["acme/large", "acme/small"])
        #expect(results.first??["usage"]?["agent"]?.string == "build")
    }

    @Test("rule 31: another model that answers is an error, whatever it wrote")
    func anotherModel_isAnError() async throws {
        let world = try World()
        try await world.setFaults(["answeringModel": "free/other"])
        try world.serve()
        try Files.write(
            "workspace: \(try world.workspace())\nmodel: simulator/scripted\ngoal: 'sim: write a.txt a'\n",
            to: world.inbox.appending("m.yaml"))
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "error")
        #expect(world.reason(id).contains("simulator/scripted was asked, and free/other answered"))
    }

    /// Two tasks' sessions in one directory, and somebody else's beside them.
    @Test("rule 26: asks of others are left alone, those of our sub-agents are answered")
    func foreignAsks_areNotAnswered() async throws {
        let world = try World()
        try world.serve()
        let workspace = try world.workspace()
        try await world.promptByHand("sim: ask bash ls\nsim: stall", in: workspace)
        var open: Int?
        for _ in 0..<1000 where open != 1 { open = try await world.openAsks(in: workspace) }
        #expect(open == 1)
        try world.drop(
            "Ours", workspace: workspace, goal: "sim: subagent Helper\nsim: ask bash ls\nsim: end\nsim: write a.txt a")
        _ = try world.wait(for: 1, in: .done)
        #expect(try await world.openAsks(in: workspace) == 1)
    }

    @Test("rule 29: a question that comes although questions are denied is refused, and the turn goes on")
    func insistentQuestion_isRefused() throws {
        let world = try World(configuration: ["harness: {permissions: {question: deny}}"])
        try world.serve()
        try world.drop(
            "Asks", workspace: try world.workspace(), goal: "sim: question! Colour | red | blue\nsim: write a.txt a")
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "changed")
    }
}
