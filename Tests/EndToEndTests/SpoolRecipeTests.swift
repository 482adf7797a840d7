import JSON
import LoopbackServer
import Spool
import SystemPackage
import Testing

/// The recipes of `spool-layout.md`, run as they stand there by `sh -eu`, with the daemon running and with the daemon
/// stopped; and the same by command and by REST, with the same facts expected.
@Suite(.timeLimit(.minutes(10))) struct SpoolRecipeTests {
    enum Way: CaseIterable {
        case shell
        case shellWhileStopped
        case command
        case commandWhileStopped
        case rest

        var stopsDaemon: Bool { self == .shellWhileStopped || self == .commandWhileStopped }
    }

    static let shellWays: [Way] = [.shell, .shellWhileStopped]
    static let commandWays: [Way] = shellWays + [.command, .commandWhileStopped]

    let recipes: [String: String]

    init() throws { recipes = try LayoutDocument().recipes }

    @Test func everyRecipe_isRunByATest() throws {
        let own = FilePath(#filePath)
        let source = try #require(Files.text(own))
        for name in recipes.keys { #expect(source.contains("\"\(name)\""), "no test runs the recipe \(name)") }
        #expect(recipes.count > 20)
    }

    // MARK: running them

    /// Runs a recipe with the daemon as it is.
    @discardableResult
    private func run(_ name: String, in world: World, _ variables: [String: String] = [:]) throws -> String {
        let recipe = try #require(recipes[name], "spool-layout.md has no recipe \(name)")
        let assignments = variables.map { "\($0.key)='\($0.value)'" }.sorted().joined(separator: "\n")
        return try world.inSpool(assignments + "\n" + recipe)
    }

    /// Does a thing in one of the ways; the daemon runs before and after.
    private func perform(
        _ way: Way, in world: World, recipe: String, _ variables: [String: String] = [:], command: [String] = [],
        rest: (method: String, path: String)? = nil
    ) async throws {
        if way.stopsDaemon { #expect(world.stopDaemon() == 0) }
        switch way {
        case .shell, .shellWhileStopped: try run(recipe, in: world, variables)
        case .command, .commandWhileStopped:
            let result = try world.openloom(command)
            #expect(result.code == 0, "\(command): \(result.errors)")
        case .rest:
            let rest = try #require(rest)
            let answer = try await world.api(rest.method, rest.path)
            #expect(answer.status < 300, "\(rest): \(answer.json.compact)")
        }
        if way.stopsDaemon { try world.serve() }
    }

    /// A task file outside of the spool.
    private func file(_ world: World, goal: String, workspace: String = "work") throws -> FilePath {
        let path = world.root.appending("\(workspace).md")
        let text = "---\nworkspace: \(try world.workspace(workspace))\n---\n# Job\n\n\(goal)\n"
        try Files.write(text, to: path)
        return path
    }

    /// Submits a task and returns its id.
    private func submit(_ world: World, goal: String, workspace: String = "work") throws -> String {
        let made = try world.openloom(["submit", try file(world, goal: goal, workspace: workspace).string])
        #expect(made.code == 0, "\(made.errors)")
        return String(made.output.prefix { !$0.isNewline })
    }

    /// A task whose turn goes on until somebody ends it.
    private func submitEndless(_ world: World) throws -> String {
        let id = try submit(world, goal: "sim: stall")
        try world.wait("the prompt was taken") { Files.exists(world.task(id, .running).appending("turn.sent")) }
        return id
    }

    private func status(_ id: String, in world: World) async throws -> String? {
        try await world.api("GET", "/api/tasks/\(id)").json["task"]?["status"]?.string
    }

    private func session(_ id: String, _ state: TaskState, in world: World) -> String? {
        Files.text(world.task(id, state).appending("session")).map { $0.filter { !$0.isWhitespace } }
    }

    /// Sessions that were aborted at the agent's server.
    private func aborted(in world: World) -> Set<String> {
        let lines = (Files.text(world.root.appending("prompts.jsonl")) ?? "").split(separator: "\n")
        return Set(
            lines.compactMap { try? JSONValue(parsing: String($0)) }.filter { $0["event"]?.string == "abort" }
                .compactMap { $0["session"]?.string })
    }

    // MARK: submitting

    @Test(arguments: ["submit", "submit in short", "drop"], [false, true])
    func submitted_isDone_withOnePrompt(recipe: String, isStopped: Bool) throws {
        let world = try World()
        try world.serve()
        let file = try file(world, goal: "sim: write made.txt by a shell")
        if isStopped { #expect(world.stopDaemon() == 0) }
        let printed = try run(recipe, in: world, ["file": file.string])
        if isStopped { try world.serve() }
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "changed")
        #expect(world.prompts.count == 1)
        #expect(Files.text(world.task(id, .done).appending("source.md")) == Files.text(file))
        #expect(Files.text(try world.workspace().appending("made.txt")) == "by a shell\n")
        let origin = Files.json(world.task(id, .done).appending("task.json"))?["origin"]?["kind"]?.string
        #expect(origin == (recipe == "drop" ? "inbox" : "shell"))
        if recipe == "submit" { #expect(printed == "\(id)\n") }
        #expect(Files.names(world.spool.appending("tmp")) == [])
    }

    @Test(arguments: ["submit", "submit in short"])
    func unreadable_isInvalid(recipe: String) throws {
        let world = try World()
        try world.serve()
        let file = world.root.appending("bad.md")
        try Files.write("# No workspace\n\nx\n", to: file)
        try run(recipe, in: world, ["file": file.string])
        let id = try world.wait(for: 1, in: .failed)[0]
        try world.wait("its verdict") { world.verdict(id) == "invalid" }
        #expect(world.reason(id).contains("workspace"))
        #expect(world.prompts.isEmpty)
    }

    @Test(arguments: shellWays) func rejectedDrop_isTakenAgain_onceItIsMended(way: Way) async throws {
        let world = try World()
        try world.serve()
        try Files.write("# No workspace\n\nx\n", to: world.inbox.appending("broken.md"))
        try world.wait("it was rejected") { Files.names(world.spool.appending("rejected")).count == 2 }
        try Files.write(
            "---\nworkspace: \(try world.workspace())\n---\n# Mended\n\nsim: say Yes.\n",
            to: world.spool.appending("rejected/broken.md"))
        try await perform(way, in: world, recipe: "drop again")
        _ = try world.wait(for: 1, in: .done)
        #expect(Files.names(world.spool.appending("rejected")) == [])
    }

    // MARK: tasks that wait

    @Test(arguments: Way.allCases) func held_waits_whileOthersGoOn_untilItIsReleased(way: Way) async throws {
        let world = try World()
        try world.serve()
        try run("pause", in: world)
        let id = try submit(world, goal: "sim: write held.txt x")
        try await perform(
            way, in: world, recipe: "hold", ["id": id], command: ["hold", id], rest: ("POST", "/api/tasks/\(id)/hold"))
        try run("go on", in: world)
        let other = try submit(world, goal: "sim: write other.txt x", workspace: "other")
        #expect(try world.wait(for: 1, in: .done) == [other])
        #expect(world.names(.new) == [id])
        #expect(try await status(id, in: world) == "paused")
        try await perform(
            way, in: world, recipe: "release", ["id": id], command: ["release", id],
            rest: ("POST", "/api/tasks/\(id)/release"))
        _ = try world.wait(for: 2, in: .done)
        #expect(world.prompts.count == 2)
    }

    @Test(arguments: Way.allCases) func cancelledBeforeItRuns_fails_withoutAPrompt(way: Way) async throws {
        let world = try World()
        try world.serve()
        try run("pause", in: world)
        let id = try submit(world, goal: "sim: write never.txt x")
        try await perform(
            way, in: world, recipe: "cancel before it runs", ["id": id], command: ["cancel", id],
            rest: ("POST", "/api/tasks/\(id)/abort"))
        #expect(try world.wait(for: 1, in: .failed) == [id])
        #expect(world.verdict(id) == "cancelled")
        #expect(try await status(id, in: world) == "failed")
        #expect(world.prompts.isEmpty)
        try world.wait("the request is used up") { !Files.exists(world.task(id, .failed).appending("cancel")) }
    }

    @Test(arguments: shellWays) func paused_startsNothing_untilItGoesOn(way: Way) async throws {
        let world = try World()
        try world.serve()
        let running = try submitEndless(world)
        try await perform(way, in: world, recipe: "pause")
        let id = try submit(world, goal: "sim: write a.txt x", workspace: "other")
        let ready = try await world.request("GET", "http://127.0.0.1:\(world.port)/readyz")
        #expect(ready.json["spool"]?["paused"]?.bool == true)
        #expect(world.names(.new) == [id])
        #expect(world.names(.running) == [running])
        try await perform(way, in: world, recipe: "go on")
        #expect(try world.wait(for: 1, in: .done) == [id])
    }

    @Test(arguments: shellWays) func closed_acceptsNothing_untilItIsOpened(way: Way) async throws {
        let world = try World()
        try world.serve()
        try await perform(way, in: world, recipe: "close")
        let workspace = try world.workspace()
        try world.drop("Waits", workspace: workspace, goal: "sim: write a.txt x")
        let refused = try await world.api(
            "POST", "/api/tasks", body: ["name": "x", "workspace": .string(workspace.string), "goal": "x"])
        #expect(refused.status == 503)
        #expect(try world.openloom(["submit", try file(world, goal: "x").string]).code == 1)
        #expect(throws: (any Error).self) { try run("submit", in: world, ["file": "/dev/null"]) }
        #expect(Files.names(world.inbox) == ["Waits.md"])
        #expect(world.names(.new) == [])
        try await perform(way, in: world, recipe: "open")
        _ = try world.wait(for: 1, in: .done)
        #expect(Files.names(world.inbox) == [])
    }

    // MARK: tasks that run

    @Test(arguments: Way.allCases) func cancelledWhileItRuns_fails_andItsSessionIsAborted(way: Way) async throws {
        let world = try World()
        try world.serve()
        let id = try submitEndless(world)
        let session = try #require(self.session(id, .running, in: world))
        try await perform(
            way, in: world, recipe: "cancel while it runs", ["id": id], command: ["cancel", id],
            rest: ("POST", "/api/tasks/\(id)/abort"))
        #expect(try world.wait(for: 1, in: .failed) == [id])
        #expect(world.verdict(id) == "cancelled")
        #expect(aborted(in: world).contains(session))
        #expect(world.prompts.count == 1)
        #expect(Files.exists(world.task(id, .failed).appending("evidence/changes.json")))
        #expect(Files.json(world.task(id, .failed).appending("result.json"))?["session"]?.string == session)
        try world.wait("the request is used up") { !Files.exists(world.task(id, .failed).appending("cancel")) }
    }

    @Test(arguments: shellWays) func endForced_fails_andItsSessionIsAborted(way: Way) async throws {
        let world = try World()
        try world.serve()
        let id = try submitEndless(world)
        let session = try #require(self.session(id, .running, in: world))
        try await perform(way, in: world, recipe: "force an end", ["id": id])
        try world.wait("its verdict") { world.verdict(id) == "cancelled" }
        try world.wait("its session is aborted") { aborted(in: world).contains(session) }
        #expect(world.names(.failed) == [id])
        #expect(world.reason(id).contains("by hand"))
        #expect(try await status(id, in: world) == "failed")
        #expect(world.prompts.count == 1)
        try world.wait("it is told") { world.events.contains("TASK_FAILED") }
    }

    @Test(arguments: shellWays) func startedOver_beginsAgain_andItsSessionIsAborted(way: Way) async throws {
        let world = try World()
        try world.serve()
        let id = try submitEndless(world)
        let session = try #require(self.session(id, .running, in: world))
        try await perform(way, in: world, recipe: "start over", ["id": id])
        try world.wait("it is asked again") { world.prompts.count == 2 }
        #expect(aborted(in: world).contains(session))
        #expect(world.names(.running) == [id])
        #expect(Files.text(world.task(id, .running).appending("attempts/1/session")) == session + "\n")
        #expect(self.session(id, .running, in: world) != session)
    }

    @Test(arguments: commandWays) func answered_goesOn(way: Way) async throws {
        let world = try World()
        try world.serve()
        let id = try submit(world, goal: "sim: ask external_directory /etc\nsim: write after.txt x")
        try world.wait("it asks") { world.openAsk != nil }
        #expect(try run("what is asked", in: world).contains(id))
        let ask = try #require(world.openAsk)
        try await perform(
            way, in: world, recipe: "answer", ["id": id, "ask": ask], command: ["answer", id, ask, "once"])
        #expect(try world.wait(for: 1, in: .done) == [id])
        #expect(world.verdict(id) == "changed")
        #expect(Files.names(world.task(id, .done).appending("asks")) == [])
        #expect(world.prompts.count == 1)
    }

    // MARK: tasks that have ended

    @Test(arguments: Way.allCases) func retried_isWorkedOnAgain_fromTheStart(way: Way) async throws {
        let world = try World()
        try world.serve()
        let id = try submit(world, goal: "sim: fail auth")
        _ = try world.wait(for: 1, in: .failed)
        let first = try #require(self.session(id, .failed, in: world))
        try await perform(
            way, in: world, recipe: "retry", ["id": id], command: ["retry", id],
            rest: ("POST", "/api/tasks/\(id)/retry"))
        try world.wait("it has failed again") {
            world.verdict(id) == "error" && Files.exists(world.task(id, .failed).appending("attempts/1"))
        }
        let attempt = world.task(id, .failed).appending("attempts/1")
        #expect(Files.text(attempt.appending("verdict")) == "error\n")
        #expect(Files.text(attempt.appending("session")) == first + "\n")
        #expect(session(id, .failed, in: world) != first)
        #expect(world.prompts.count == 2)
    }

    @Test(arguments: shellWays) func archived_isLeftOutOfLists(way: Way) async throws {
        let world = try World()
        try world.serve()
        let id = try submit(world, goal: "sim: say Yes.")
        _ = try world.wait(for: 1, in: .done)
        try await perform(way, in: world, recipe: "archive", ["id": id])
        #expect(try await status(id, in: world) == "archived")
        #expect(try await world.api("GET", "/api/tasks").json["tasks"]?.array?.count == 0)
        #expect(try await world.api("GET", "/api/tasks?archived=1").json["tasks"]?.array?.count == 1)
    }

    @Test(arguments: Self.commandWays)
    func merged_isInTheWorkspace(way: Way) async throws {
        let world = try World()
        try world.serve()
        let project = try world.workspace("project")
        _ = try world.shell(
            """
            cd '\(project)' && git init -q -b main . && git config user.name me && git config user.email me@here &&
            git commit -q --allow-empty -m first
            """)
        try Files.write(
            "workspace: \(project)\nworktree: true\ngoal: 'sim: write a.txt x'\n", to: world.inbox.appending("a.yaml"))
        let id = try world.wait(for: 1, in: .done)[0]
        try await perform(way, in: world, recipe: "merge", ["id": id], command: ["merge", id])
        #expect(Files.exists(project.appending("a.txt")))
        #expect(
            try world.shell("cd '\(project)' && git branch --list 'openloom/*'; git worktree list | wc -l").output
                == "1\n")
    }

    @Test(arguments: Way.allCases, ["delete", "delete at one instant"])
    func deleted_isGone(way: Way, recipe: String) async throws {
        let world = try World()
        try world.serve()
        let id = try submit(world, goal: "sim: say Yes.")
        _ = try world.wait(for: 1, in: .done)
        try world.wait("it is told") { world.events.contains("TASK_COMPLETED") }
        try await perform(
            way, in: world, recipe: recipe, ["id": id], command: ["rm", id], rest: ("DELETE", "/api/tasks/\(id)"))
        try world.wait("it is told") { world.events.last == "TASK_DELETED" }
        #expect(try await world.api("GET", "/api/tasks/\(id)").status == 404)
        #expect(TaskState.allCases.allSatisfy { world.names($0) == [] })
        #expect(Files.names(world.spool.appending("tmp")) == [])
    }

    // MARK: reading

    @Test func readingRecipes_tellWhatIsSo() throws {
        let world = try World()
        try world.serve()
        let running = try submitEndless(world)
        let done = try submit(world, goal: "sim: write a.txt x", workspace: "other")
        #expect(try run("wait for the verdict", in: world, ["id": done]) == "changed\n")
        #expect(try run("where is it", in: world, ["id": done]) == "done\n")
        #expect(try run("where is it", in: world, ["id": running]) == "running\n")
        #expect(try run("what runs", in: world) == "\(running)\n")
        #expect(try run("which sessions", in: world) == "\(session(running, .running, in: world) ?? "none")\n")
        let text = try run("read a task that may move", in: world, ["id": done])
        #expect(text.contains("\"goal\"") && text.contains("\nchanged\n") && text.contains("\"claim\""))
    }

    // MARK: webhooks

    /// A receiver that refuses what comes first, and a world that tells it of one task that is not begun.
    private func toldOnce() throws -> (world: World, receiver: WebhookReceiver, outbox: FilePath) {
        let receiver = try WebhookReceiver { connection, count in
            connection.respond(count == 1 ? "400 No" : "200 OK")
        }
        let world = try World(configuration: [
            "notify: {webhook: [{name: here, url: \"\(receiver.url)\", max_retries: 0, events: [TASK_CREATED]}]}"
        ])
        try world.serve()
        try Files.write("", to: world.spool.appending("pause"))
        _ = try submit(world, goal: "sim: write a.txt a")
        let outbox = world.spool.appending("outbox/here")
        try world.wait("it was given up") { Files.names(outbox.appending("failed")).count == 1 }
        return (world, receiver, outbox)
    }

    @Test(arguments: Way.allCases)
    func webhookThatWasGivenUp_isSentAgain(way: Way) async throws {
        let (world, receiver, outbox) = try toldOnce()
        try await perform(
            way, in: world, recipe: "send again", ["endpoint": "here"], command: ["webhooks", "retry", "here"],
            rest: ("POST", "/api/webhooks/outbox/here/retry"))
        try world.wait("it is delivered") { Files.names(outbox.appending("done")).count == 1 }
        #expect(receiver.calls.count == 2 && Set(receiver.calls.map(\.id)).count == 1)
    }

    @Test(arguments: commandWays)
    func endpoint_isEnabledAgain(way: Way) async throws {
        let (world, receiver, outbox) = try toldOnce()
        try Files.write("enough\n", to: outbox.appending("disabled"))
        _ = try submit(world, goal: "sim: write b.txt b", workspace: "other")
        try world.wait("the event has passed") { world.journal.count == 2 && world.cursor == 2 }
        #expect(receiver.calls.count == 1)
        try await perform(
            way, in: world, recipe: "enable an endpoint", ["endpoint": "here"],
            command: ["webhooks", "retry", "here", "--enable"])
        _ = try submit(world, goal: "sim: write c.txt c", workspace: "third")
        try world.wait("it hears again") { receiver.calls.contains { $0.number == 3 } }
        #expect(!receiver.calls.contains { $0.number == 2 })
    }
}

extension World {
    /// Up to which event the journal has become deliveries.
    fileprivate var cursor: Int? {
        let outbox = spool.appending("outbox")
        let name = Files.names(outbox).first { $0.hasSuffix(".cursor") }
        return name.flatMap { Files.text(outbox.appending($0)) }.flatMap { Int($0.filter { !$0.isWhitespace }) }
    }
}
