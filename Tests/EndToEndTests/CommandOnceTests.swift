import FoundationEssentials
import JSON
import Spool
import SystemPackage
import Testing

/// Commands of the built program that no other test needs.
@Suite(.timeLimit(.minutes(5))) struct CommandOnceTests {
    /// The program in a home of its own, without `--spool`.
    private func atHome(
        _ world: World, _ arguments: [String], name: String
    ) throws -> (code: Int32?, output: String, errors: String) {
        let home = world.root.appending("home")
        try Files.makeDirectory(home)
        let child = try Child(
            BuiltProgram.path, arguments, environment: World.environment(home), directory: home, name: name)
        let code = child.waitForExit(within: World.patience)
        return (code, child.outputText, child.errorText)
    }

    /// A program that goes on until it is told to end, or by itself.
    private func start(_ world: World, _ arguments: [String], name: String) throws -> Child {
        try Child(
            BuiltProgram.path, arguments + ["--spool", world.spool.string], environment: World.environment(world.root),
            directory: world.root, name: name)
    }

    /// A task whose turn goes on until somebody ends it.
    private func endless(_ world: World, _ name: String = "Endless") throws -> String {
        let known = Set(world.names(.running))
        try world.drop(name, workspace: try world.workspace(name), goal: "sim: say begun\nsim: stall")
        func new() -> String? { world.names(.running).first { !known.contains($0) } }
        try world.wait("the prompt was taken") {
            new().map { Files.exists(world.task($0, .running).appending("turn.sent")) } ?? false
        }
        return try #require(new())
    }

    // MARK: init

    @Test func initialised_isASpoolAndAConfiguration_andTheSecondTimeNothingChanges() throws {
        let world = try World()
        let home = world.root.appending("home")
        let first = try atHome(world, ["init"], name: "first")
        #expect(first.code == 0, "\(first.errors)")
        #expect(first.output.contains("made the spool"))
        #expect(first.output.contains("wrote the configuration"))
        let (spool, file) = (home.appending(".openloom/spool"), home.appending(".openloom/config.yaml"))
        #expect(Files.names(spool).contains("spool-version"))
        let mode = try FileManager.default.attributesOfItem(atPath: file.string)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        // What it wrote can be read, and says nothing of its own.
        let config = try atHome(world, ["config", "--json"], name: "config")
        #expect(config.code == 0 && config.output.contains(spool.string), "\(config.errors)")

        let mine = "server: {port: 4711}\n"
        try Files.write(mine, to: file)
        let second = try atHome(world, ["init"], name: "second")
        #expect(second.code == 0)
        #expect(second.output.contains("there is a spool already"))
        #expect(!second.output.contains("wrote the configuration"))
        #expect(Files.text(file) == mine)
    }

    @Test func initialised_isNoDirectoryOfSomebodyElse() throws {
        let world = try World()
        let other = world.root.appending("other")
        try Files.write("mine", to: other.appending("letter.txt"))
        let refused = try atHome(world, ["init", "--spool", other.string], name: "refused")
        #expect(refused.code == 1)
        #expect(refused.errors.contains(other.string))
        #expect(Files.names(other) == ["letter.txt"])
    }

    // MARK: log and watch

    @Test func log_tellsWhatHappened_andFollowsUntilTheEnd() throws {
        let world = try World()
        try world.serve()
        let id = try endless(world)
        let following = try start(world, ["log", "-f", id], name: "following")
        try world.wait("it tells of the prompt") { following.outputText.contains("prompt sent") }
        #expect(following.waitForExit(within: .zero) == nil)
        #expect(!following.outputText.contains("ended"))
        #expect(try world.openloom(["cancel", id]).code == 0)
        #expect(following.waitForExit(within: World.patience) == 0, "\(following.errorText)")
        #expect(following.outputText.contains("ended"))

        let printed = try world.openloom(["log", id])
        #expect(printed.code == 0)
        #expect(printed.output == following.outputText)
        let lines = try world.openloom(["log", id, "--json"]).output.split(separator: "\n")
            .map { try JSONValue(parsing: String($0)) }
        #expect(lines == world.log(id, .failed))
        #expect(lines.compactMap { $0["event"]?.string }.prefix(2) == ["accepted", "claimed"])
        #expect(try world.openloom(["log", "nothing-of-that-name"]).code == 2)
    }

    @Test func watch_tellsEachChange_andOfOneTaskUntilItsEnd() throws {
        let world = try World()
        try world.serve()
        let all = try start(world, ["watch"], name: "all")
        let id = try endless(world)
        try world.wait("it tells that the task runs") { all.outputText.contains("running") }
        let one = try start(world, ["watch", id], name: "one")
        try world.wait("it tells of the prompt") { one.outputText.contains("prompt sent") }
        #expect(try world.openloom(["cancel", id]).code == 0)
        #expect(one.waitForExit(within: World.patience) == 0, "\(one.errorText)")
        #expect(one.outputText.contains("cancelled"))
        try world.wait("it tells of the end") { all.outputText.contains("failed") }
        // Goes on until somebody ends it.
        #expect(all.waitForExit(within: .zero) == nil)
        #expect(all.errorText == "")
    }

    // MARK: rm

    @Test func runningTask_isDeletedByForceOnly_andItsSessionStops() async throws {
        let world = try World()
        try world.serve()
        let id = try endless(world)
        let refused = try world.openloom(["rm", id])
        #expect(refused.code == 1)
        #expect(refused.errors.contains("--force"))
        #expect(world.names(.running) == [id])
        let forced = try world.openloom(["rm", "--force", id])
        #expect(forced.code == 0, "\(forced.errors)")
        #expect(TaskState.allCases.allSatisfy { world.names($0) == [] })
        var working: Int? = 1
        for _ in 0..<2000 where working != 0 {
            working = try await world.workingSessions(in: try world.workspace("Endless"))
        }
        #expect(working == 0)
        // The daemon is well, and the workspace free.
        try world.drop("Next", workspace: try world.workspace("Endless"), goal: "sim: write n.txt n")
        _ = try world.wait(for: 1, in: .done)
    }

    // MARK: submit

    @Test func submitOptions_areInTheTask() throws {
        let world = try World()
        let workspace = try world.workspace()
        let file = world.root.appending("job.md")
        try Files.write("---\npriority: 1\n---\n# In the file\n\nDo it.\n", to: file)
        let first = try world.openloom(["submit", file.string, "--workspace", workspace.string])
        #expect(first.code == 0 && first.errors.contains("no daemon"), "\(first.errors)")
        let firstID = first.output.filter { !$0.isWhitespace }
        let code = String(firstID.split(separator: "-")[1])
        let second = try world.openloom([
            "submit", file.string, "--workspace", workspace.string, "--name", "Said here", "--priority", "9",
            "--not-before", "2999-01-02T03:04:05Z", "--after", code, "--after", "not there yet",
            "--model", "acme/large", "--agent", "plan", "--session", "ses_abc", "--timeout", "90.5", "--json", "--hold",
        ])
        #expect(second.code == 0, "\(second.errors)")
        let id = try #require(try JSONValue(parsing: second.output)["id"]?.string)
        let spec = try #require(Files.json(world.task(id, .new).appending("task.json")))
        #expect(id.hasSuffix("said-here"))
        #expect(spec["name"]?.string == "Said here")
        #expect(spec["priority"]?.int == 9)
        #expect(spec["not_before"]?.string?.hasPrefix("2999-01-02T03:04:05") == true)
        #expect(spec["after"] == [.string(firstID), "not there yet"])
        #expect(spec["model"]?.string == "acme/large")
        #expect(spec["agent"]?.string == "plan")
        #expect(spec["sessionId"]?.string == "ses_abc", "\(spec.compact)")
        #expect(spec["timeout_s"]?.double == 90.5)
        #expect(spec["goal"]?.string?.contains("Do it.") == true)
        #expect(Files.exists(world.task(id, .new).appending("hold")))
        #expect(!Files.exists(world.task(firstID, .new).appending("hold")))
        #expect(Files.text(world.task(id, .new).appending("source.md")) == Files.text(file))
    }

    @Test func key_makesTwoSubmissionsOneTask() throws {
        let world = try World()
        let workspace = try world.workspace()
        let line = ["submit", "-", "--format", "txt", "--workspace", workspace.string, "--key", "order 17"]
        let ids = try (0..<2).map { _ in try world.openloom(line, input: "Do it once.").output }
        #expect(ids[0] == ids[1] && world.names(.new).count == 1)
        let both = try world.openloom(line + ["--hold"], input: "Do it once.")
        #expect(both.code == 64)
        #expect(both.errors.contains("--hold"))
    }

    @Test func wrongOptions_areSaid_andNothingIsSubmitted() throws {
        let world = try World()
        let line = ["submit", "-", "--format", "txt", "--workspace", try world.workspace().string]
        for (option, words) in [
            (["--priority", "11"], "priority"), (["--not-before", "soon"], "not_before"), (["--model", "x"], "model"),
            (["--timeout", "-1"], "timeout"),
        ] {
            let refused = try world.openloom(line + option, input: "Do it.")
            #expect(refused.code == 64, "\(option)")
            #expect(refused.errors.contains(words), "\(refused.errors)")
        }
        #expect(world.names(.new) == [])
    }

    @Test func wait_endsWithTheTask_andHasItsExitCode() throws {
        let world = try World()
        try world.serve()
        let line = ["submit", "-", "--format", "txt", "--workspace", try world.workspace().string, "--wait"]
        let good = try world.openloom(line, input: "sim: write w.txt w")
        #expect(good.code == 0, "\(good.errors)")
        #expect(world.names(.done) == [good.output.filter { !$0.isWhitespace }])
        let bad = try world.openloom(line + ["--json"], input: "sim: fail auth")
        #expect(bad.code == Verdict.error.exitCode)
        #expect(try JSONValue(parsing: bad.output)["verdict"]?.string == "error", "\(bad.output)")
    }

    // MARK: completions

    @Test(arguments: ["bash", "zsh", "fish"]) func completionScript_namesEveryCommand(shell: String) throws {
        let world = try World()
        let script = try atHome(world, ["--generate-completion-script", shell], name: "script")
        #expect(script.code == 0)
        let help = try atHome(world, ["--help"], name: "help").output
        let commands = help.matches(of: /\n  ([a-z]+) +[A-Z]/).map { String($0.1) }
        #expect(commands.count > 12)
        for command in commands { #expect(script.output.contains(command), "\(command)") }
        let file = world.root.appending("completions")
        try Files.write(script.output, to: file)
        guard shell == "bash" else { return }
        let syntax = try Child("/bin/bash", ["-n", file.string], environment: [:], directory: world.root, name: "n")
        #expect(syntax.waitForExit(within: World.patience) == 0, "\(syntax.errorText)")
    }
}
