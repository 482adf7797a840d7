import Glibc
import JSON
import LoopbackServer
import Spool
import SystemPackage

extension World {
    /// Leaves the spool that part 2 of `spool-layout.md` lists.
    func leaveListedSpool() throws {
        let tidy = try workspace("tidy")
        try Files.write("before\n", to: tidy.appending("notes.txt"))
        let (login, deploy, later) = (try workspace("login"), try workspace("deploy"), try workspace("later"))
        func drop(_ name: String, _ directory: FilePath, _ goal: String) -> String {
            """
            printf -- '---\\nworkspace: %s\\n---\\n# %s\\n\\n%s\\n' '\(directory)' \(name) '\(goal)' > inbox/.new
            mv inbox/.new inbox/\(name).md

            """
        }
        try inSpool(
            "umask 077\n" + drop("Tidy", tidy, "sim: append notes.txt after")
                + drop("Login", login, "sim: fail auth") + drop("Deploy", deploy, "sim: ask external_directory /etc")
                    + """
                    mkdir tmp/later
                    printf -- '---\\nworkspace: \(later)\\n---\\n# Later\\n\\nLater.\\n' > tmp/later/source.md
                    : > tmp/later/hold
                    mv tmp/later new/
                    printf 'goal: [' > inbox/.new
                    mv inbox/.new inbox/broken.yaml
                    """)
        _ = try wait(for: 1, in: .done)
        _ = try wait(for: 1, in: .failed)
        try wait("the agent asks") { self.openAsk != nil && Files.exists(self.theRunning("activity.json")) }
        try wait("it was adopted") { Files.exists(self.task("later", .new).appending("log.jsonl")) }
        try wait("it was rejected") { Files.names(self.spool.appending("rejected")).count == 2 }
        try wait("the journal has it all") {
            self.events.filter { $0 == "TASK_COMPLETED" || $0 == "TASK_FAILED" }.count == 2
        }
    }

    /// Runs a script in the root of the spool with `sh -eu`, and returns what it prints. Throws when it fails.
    @discardableResult
    func inSpool(_ script: String, shell: String = "/bin/sh") throws -> String {
        let child = try Child(
            shell, ["-euc", "cd '\(spool)'\n\(script)"], environment: Self.environment(root), directory: root,
            name: "script\(UInt64.random(in: 0...UInt64.max))"
        )
        let code = child.waitForExit(within: Self.patience)
        guard code == 0 else {
            throw Child.Failure(description: "it ended with \(code ?? -1): \(script)\n\(child.errorText)")
        }
        return child.outputText
    }

    /// A file of the only task that runs.
    func theRunning(_ file: String) -> FilePath {
        task(names(.running).first ?? "none", .running).appending(file)
    }

    /// What the only task that runs asks.
    var openAsk: String? {
        Files.names(theRunning("asks")).first { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    }

    /// The events in the journal, oldest first.
    var events: [String] { journal.compactMap { $0["event"]?.string } }

    var journal: [JSONValue] {
        let nodes = spool.appending("journal")
        return Files.names(nodes).flatMap { node in
            Files.names(nodes.appending(node)).flatMap { file in
                (Files.text(nodes.appending(node).appending(file)) ?? "").split(separator: "\n")
                    .compactMap { try? JSONValue(parsing: String($0)) }
            }
        }
    }
}

/// A spool in which everything happens that a test can make happen, seen at several moments.
enum BusySpool {
    private static let once = Result { try make() }

    static func tree() throws -> SpoolTree { try once.get() }

    private static func make() throws -> SpoolTree {
        let receiver = try TestServer { connection in
            while let request = connection.read() {
                connection.respond(request.line.contains("/gone") ? "410 Gone" : "200 OK", "noted")
            }
        }
        let nobody = try ClosedPort()
        let world = try World(configuration: [
            "harness: {max_running: 20}",
            """
            notify:
              webhook:
                - {name: there, url: "\(receiver.url("/there"))", secret: s}
                - {name: gone, url: "\(receiver.url("/gone"))"}
                - {name: busy, url: "http://127.0.0.1:\(nobody.port)/", max_retries: 5}
                - {name: down, url: "http://127.0.0.1:\(nobody.port)/down", max_retries: 0}
            """,
        ])
        for name in ["outbox", "archive"] {
            try Files.makeDirectory(world.root.appending(name))
            world.storage.append("\(name): \(world.root.appending(name))")
        }
        try world.install("directory")
        try Files.makeDirectory(world.remote.appending("in"))
        world.configuration.append(
            "connectors: {share: {program: directory, args: [\(world.remote)], inbox: in, poll_interval_s: 0.1}}")
        var tree = SpoolTree()
        // A daemon that dies with a dropped file in its hands.
        try world.serve(["OPENLOOM_CRASH_AT": CrashPoint.intakeClaimed.rawValue])
        try world.wait("the spool is there") { Files.exists(world.inbox) }
        try world.drop("Cut", workspace: try world.workspace("cut"), goal: "sim: write cut.txt x")
        _ = world.daemon?.waitForExit(within: World.patience)
        tree.look(world.spool)

        try world.serve()
        try stir(world)
        tree.look(world.spool)
        world.killDaemon()
        // With nobody there to take them away.
        try world.inSpool(
            """
            for ask in running/*/asks/*.json; do echo once > "${ask%.json}.answer"; done
            for task in running/*; do touch "$task/cancel"; done
            for task in done/*; do touch "$task/archived"; done
            mkdir inbox/shop tmp/mine
            touch pause closed inbox/shop/dropped.md inbox/dropped.md
            """)
        tree.look(world.spool)
        return tree
    }

    private static func stir(_ world: World) throws {
        let repository = try world.workspace("repository")
        try world.inSpool("cd '\(repository)' && git init -q && echo a > a.txt && git add a.txt")
        try Files.write("kept\n", to: try world.workspace("plain").appending("kept.txt"))
        try world.put(
            "Far.md", "---\nworkspace: \(try world.workspace("far"))\n---\n# Far\n\nsim: ask external_directory /etc\n")
        try world.drop("InGit", workspace: repository, goal: "sim: ask external_directory /etc")
        try world.drop("Plain", workspace: try world.workspace("plain"), goal: "sim: ask external_directory /etc")
        let question = try world.workspace("question")
        try Files.write(
            "---\nworkspace: \(question)\npermissions: ask\n---\n# Question\n\nsim: question Colour | Blue | Green\n",
            to: world.inbox.appending("Question.md"))
        let apart = try world.workspace("apart")
        try world.inSpool(
            "cd '\(apart)' && git init -q && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m a")
        try Files.write(
            "workspace: \(apart)\nworktree: true\ngoal: 'sim: write apart.txt a'\n",
            to: world.inbox.appending("Apart.yaml"))
        try Files.write(
            """
            workspace: \(try world.workspace("checked"))
            goal: |
              sim: write a.txt 1
              sim: turn 2
              sim: write a.txt 2
            verify: [{run: "date > made; grep -q 2 a.txt"}, {exists: a.txt}]

            """, to: world.inbox.appending("Checked.yaml"))
        try world.drop("Fine", workspace: try world.workspace("fine"), goal: "sim: write a.txt a")
        try world.drop("Poor", workspace: try world.workspace("poor"), goal: "sim: fail api 503 retryable")
        try world.drop("Bad", workspace: try world.workspace("bad"), goal: "sim: fail auth")
        try Files.write("goal: [", to: world.inbox.appending("broken.yaml"))
        let schedules = world.spool.appending("schedules")
        try Files.write(
            "every: 24h\ntask: {goal: x, workspace: \(question)}\n", to: schedules.appending("daily.yaml"))
        try Files.write("cron: never\n", to: schedules.appending("never.yaml"))
        try Files.write("", to: schedules.appending("daily.disabled"))
        try Files.write(
            "---\nworkspace: \(question)\nkey: only-once\nnot_before: 2999-01-01\n---\n# Keyed\n\nx\n",
            to: world.inbox.appending("Keyed.md"))
        _ = try world.wait(for: 1, in: .failed)
        let bad = world.names(.failed)[0]
        _ = try world.openloom(["retry", bad])
        try world.wait("it has failed again") {
            Files.exists(world.task(bad, .failed).appending("attempts/1/verdict"))
                && Files.exists(world.task(bad, .failed).appending("verdict"))
        }
        func asks() -> [FilePath] {
            world.names(.running).flatMap { id in
                let asks = world.task(id, .running).appending("asks")
                return Files.names(asks).filter { $0.hasSuffix(".json") }.map { asks.appending($0) }
            }
        }
        try world.wait("all four ask", { asks().count == 4 })
        try world.wait("one waits for its second attempt") {
            world.names(.new).contains { Files.exists(world.task($0, .new).appending("retry.json")) }
        }
        try world.wait("the keyed one is there") { world.names(.new).count == 2 }
        _ = try world.openloom(["hold", world.names(.new)[0]])
        // An answer that makes no sense.
        for ask in asks() where ask.lastComponent?.string.hasPrefix("per_") == true {
            try Files.write("maybe\n", to: FilePath(String(ask.string.dropLast(5)) + ".answer"))
        }
        try world.wait("it was refused") {
            asks().contains { Files.exists(FilePath(String($0.string.dropLast(5)) + ".answer.rejected")) }
        }
        try world.wait("the schedules were looked at") {
            Files.exists(schedules.appending("daily.state.json"))
                && Files.exists(schedules.appending("never.yaml.reason.txt"))
        }
        _ = try world.wait(for: 4, in: .done)
        // Last, as it keeps all others from being started.
        try world.drop("Limited", workspace: try world.workspace("limited"), goal: "sim: fail api 429 retryable")
        try world.wait("a provider is held") {
            world.names(.new).contains { Files.exists(world.task($0, .new).appending("limited")) }
        }
        try world.wait("webhooks were sent, given up, and not wanted") {
            let outbox = world.spool.appending("outbox")
            return !Files.names(outbox.appending("there/done")).isEmpty
                && !Files.names(outbox.appending("down/failed")).isEmpty
                && Files.exists(outbox.appending("gone/disabled"))
                && !Files.names(outbox.appending("busy/attempts")).isEmpty
        }
    }
}
