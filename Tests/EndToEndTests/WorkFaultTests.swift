import JSON
import Spool
import SystemPackage
import Testing

/// Faults 8–18 and 23–24: work lost, repeated or starved, promises not kept.
@Suite struct WorkFaultTests {
    @Test("fault 8: one refused connection does not fail a task")
    func serverThatIsDown_makesTasksWait() async throws {
        let world = try World()
        world.killAgent()
        try world.serve()
        try world.drop("Patient", workspace: try world.workspace(), goal: "sim: write p.txt p")
        try world.wait("it was accepted") { world.names(.new).count == 1 }
        let ready = try await world.api("GET", "/readyz")
        #expect(ready.json["status"]?.string == "degraded")
        #expect(ready.json["details"]?["opencode"]?["message"]?.string?.contains("can't be reached") == true)
        try world.restartAgent()
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "changed")
        #expect(world.prompts.count == 1)
    }

    @Test("fault 9: tasks that wait for a person starve no others")
    func waitingTasks_freeTheirSlots() throws {
        let world = try World(configuration: ["harness: {max_running: 2, permissions: ask}"])
        try world.serve()
        for number in 0..<5 {
            try world.drop("w\(number)", workspace: try world.workspace("w\(number)"), goal: "sim: ask bash ls")
        }
        try world.wait("all five wait") { world.asks.count == 5 }
        try world.drop("free", workspace: try world.workspace("free"), goal: "sim: write f.txt f")
        _ = try world.wait(for: 1, in: .done)
        for (id, ask) in world.asks {
            let answered = try world.shell("echo once > running/\(id)/asks/\(ask).answer")
            #expect(answered.code == 0, "\(answered.errors)")
        }
        _ = try world.wait(for: 6, in: .done)
        #expect(world.prompts.count == 6)
    }

    @Test(
        "fault 10, rule 8: a restart sends no prompt twice, whatever the server's version",
        arguments: ["1.17.4", "1.18.31", "2.0.6", "2.0.27"])
    func restart_sendsNoSecondPrompt(version: String) throws {
        let world = try World(simulator: ["--opencode-version", version])
        try world.serve()
        try world.drop("Long", workspace: try world.workspace(), goal: "sim: think 1\nsim: write l.txt l")
        try world.wait("the prompt has arrived") { world.prompts.count == 1 }
        for _ in 0..<3 {
            world.killDaemon()
            try world.serve()
        }
        _ = try world.wait(for: 1, in: .done)
        #expect(world.prompts.count == 1)
    }

    @Test("faults 11 and 12: the same name is a new task, and a bad file tells its owner why")
    func droppedFiles_areNeverForgotten() throws {
        let world = try World()
        try world.serve()
        let workspace = try world.workspace()
        try world.drop("same", workspace: workspace, goal: "sim: say one")
        _ = try world.wait(for: 1, in: .done)
        try world.drop("same", workspace: workspace, goal: "sim: say two")
        _ = try world.wait(for: 2, in: .done)
        try Files.write("goal: [unclosed\n", to: world.inbox.appending("bad.yaml"))
        let reason = world.spool.appending("rejected/bad.yaml.reason.txt")
        try world.wait("the reason is there") {
            Files.exists(reason) && Files.exists(world.spool.appending("rejected/bad.yaml"))
        }
        #expect(Files.text(reason)?.contains("line") == true)
    }

    @Test(
        "fault 13: every promised kind of file is picked up, whatever its name",
        arguments: ["md", "txt", "yaml", "yml", "json", "docx"])
    func everyFormat_isPickedUp(format: String) throws {
        let world = try World()
        world.configuration = ["workspaces: {site: \(try world.workspace())}"]
        try world.serve()
        let file = world.inbox.appending("site/whatever.\(format)")
        switch format {
        case "yaml", "yml": try Files.write("goal: |\n  sim: write w.txt w\n", to: file)
        case "json": try Files.write("{\"goal\": \"sim: write w.txt w\"}", to: file)
        case "docx":
            // Has no line for the simulated agent, which then writes a note about the text.
            let fixture = LayoutDocument.checkout.appending("Tests/TaskSourceTests/Fixtures/libreoffice.docx")
            #expect(try world.shell("cp '\(fixture)' '\(file)'").code == 0)
        default: try Files.write("sim: write w.txt w\n", to: file)
        }
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "changed", "\(world.story)")
    }

    @Test("fault 14: whoever sees a verdict sees all of the ending, also when the daemon dies in between")
    func ending_isWrittenAtOneInstant() throws {
        let world = try World()
        try world.serve(["OPENLOOM_CRASH_AT": CrashPoint.finishWritten.rawValue])
        try world.wait("the spool is there") { Files.exists(world.inbox) }
        try world.drop("Whole", workspace: try world.workspace(), goal: "sim: write w.txt w")
        // As a script polls: the first sight of the verdict, in whatever state.
        func seen() -> FilePath? {
            TaskState.allCases.flatMap { state in world.names(state).map { world.task($0, state) } }
                .first { Files.exists($0.appending("verdict")) }
        }
        try world.wait("a verdict") { seen() != nil }
        let whole = ["evidence/changes.json", "log.jsonl", "result.json", "transcript.json", "verdict"]
        let early = try #require(seen())
        #expect(whole.allSatisfy { Files.exists(early.appending($0)) }, "\(Files.names(early))")
        #expect(Files.json(early.appending("result.json"))?["fact"]?["changes"]?.array?.count == 1)
        #expect(world.daemon?.waitForExit(within: World.patience) == Int32(137))
        try world.serve()
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "changed")
        #expect(whole.allSatisfy { Files.exists(world.task(id, .done).appending($0)) })
    }

    @Test("fault 15, rule 23: an aborted task ends as cancelled, and its session stops")
    func abort_endsAsCancelled() async throws {
        let world = try World()
        try world.serve()
        try world.drop("Stuck", workspace: try world.workspace(), goal: "sim: stall")
        try world.wait("the prompt has arrived") { world.prompts.count == 1 }
        let id = world.names(.running)[0]
        let answer = try await world.api("POST", "/api/tasks/\(id)/abort")
        #expect(answer.json["ok"]?.bool == true, "\(answer.json.compact)")
        _ = try world.wait(for: 1, in: .failed)
        #expect(world.verdict(id) == "cancelled")
        #expect(try await world.workingSessions(in: try world.workspace()) == 0)
    }

    @Test("fault 16, rule 5: cwd is the workspace, and no prompt goes to a server that works elsewhere")
    func wrongDirectory_getsNoPrompt() async throws {
        let world = try World()
        try world.serve()
        let workspace = try world.workspace()
        try Files.write("cwd: \(workspace)\ngoal: 'sim: write c.txt c'\n", to: world.inbox.appending("alias.yaml"))
        _ = try world.wait(for: 1, in: .done)
        #expect(Files.exists(workspace.appending("c.txt")))
        try await world.setFaults(["wrongDirectory": "/tmp"])
        try world.drop("Elsewhere", workspace: workspace, goal: "sim: write d.txt d")
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.reason(id).contains("WrongDirectory"))
        #expect(world.prompts.count == 1)
    }

    @Test("faults 17 and 18: the promised keys are read, and a relative inbox works")
    func seedsConfiguration_isInForce() throws {
        let world = try World()
        let workspace = try world.workspace()
        try Files.write(
            """
            opencode_url: "http://127.0.0.1:\(world.agentPort)"
            server:
              port: 0
            spool:
              path: ./spool
            bus:
              webhook_url: ""
            levels:
              storage:
                path: ./drop here
                poll_interval_s: 5
                workspace: \(workspace)

            """, to: world.root.appending("seed.yaml"))
        try Files.makeDirectory(world.root.appending("drop here"))
        let daemon = try Child(
            BuiltProgram.path, ["serve", "--config", "seed.yaml"], environment: World.environment(world.root),
            directory: world.root, name: "seed"
        )
        try world.wait("it answers, \(daemon.errorText)") { daemon.outputText.contains("http://") }
        try Files.write("sim: write s.txt s\n", to: world.root.appending("drop here/x.txt"))
        _ = try world.wait(for: 1, in: .done)
        #expect(Files.exists(workspace.appending("s.txt")))
    }

    @Test("fault 23: nothing of the working directory is read")
    func hostileWorkingDirectory_isNotRead() throws {
        let world = try World()
        let hostile = world.root.appending("hostile")
        try Files.write("spool: {path: \(hostile)/evil}\n", to: hostile.appending("openloom.yaml"))
        try Files.write("spool: {path: \(hostile)/evil}\n", to: hostile.appending("config.yaml"))
        try Files.write("raise SystemExit\n", to: hostile.appending("connectors/x.py"))
        let command = try Child(
            BuiltProgram.path, ["config", "--json"], environment: World.environment(world.root), directory: hostile,
            name: "config"
        )
        #expect(command.waitForExit(within: World.patience) == 0, "\(command.errorText)")
        #expect(!command.outputText.contains("evil"))
        #expect(command.outputText.contains(".openloom"))
    }

    private static let wrongServers: [(JSONValue, String)] =
        World.suiteWire == 2
        ? [
            (["unauthorized": true], "OPENLOOM_OPENCODE_PASSWORD"), (["htmlEverywhere": true], "web page"),
            (["fail": [["path": "/api/*", "status": 404]]], "web page"),
            (["fail": [["path": "/*", "status": 404]]], "not OpenCode"),
        ]
        : [
            (["unauthorized": true] as JSONValue, "OPENLOOM_OPENCODE_PASSWORD"), (["health": "html"], "web page"),
            (["health": "no-version"], "not OpenCode"),
            (["fail": [["path": "/global/*", "status": 404]]], "not OpenCode"),
        ]

    @Test(
        "fault 24: a wrong password, a web page and another version are said as what they are",
        arguments: wrongServers)
    func wrongServer_isSaidAsWhatItIs(faults: JSONValue, words: String) async throws {
        let world = try World()
        try await world.setFaults(faults)
        try world.serve()
        try world.drop("Waits", workspace: try world.workspace(), goal: "sim: write w.txt w")
        try world.wait("it was accepted") { world.names(.new).count == 1 }
        var message = ""
        for _ in 0..<200 where !message.contains(words) {
            message = try await world.api("GET", "/readyz").json["details"]?["opencode"]?["message"]?.string ?? ""
        }
        #expect(message.contains(words), "\(message)")
        #expect(world.names(.new).count == 1)
        #expect(world.prompts.count == 0)
    }
}
