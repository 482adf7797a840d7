import FoundationEssentials
import Glibc
import JSON
import Spool
import SystemPackage
import TestSupport
import Testing

/// A home that OpenLoom 0.17 has left, on which our daemon starts: what ran there goes on here, and nothing twice.
///
/// 0.17 speaks wire 1 only. Its database is the one of `MigrationTests`, with workspaces and sessions of this world.
@Suite(.timeLimit(.minutes(5))) struct MigrationOnceTests {
    private static let fixture = LayoutDocument.checkout.appending("Tests/MigrationTests/Fixtures/home")
    private static let running = "task_5c11d035a421"
    private static let waiting = "task_ecf1d56dfe4b"
    private static let pending = "task_2f638af22c45"
    /// What 0.17 tells the agent besides the goal is its own business.
    private static let suffix = "\n\n---\nSay when you are done."

    private let world: World
    private var old: FilePath { world.root.appending(".openloom") }

    init() throws {
        world = try World(wire: 1, simulator: ["--allow-run"])
        try FileManager.default.copyItem(atPath: Self.fixture.string, toPath: old.string)
        let (shop, site) = (try world.workspace("shop"), try world.workspace("site"))
        try SQLiteScript.run(
            """
            UPDATE tasks SET workspace = replace(replace(workspace, '/srv/work/shop', '\(shop)'), '/srv/work/site', '\(site)'),
              spec_json = replace(replace(spec_json, '/srv/work/shop', '\(shop)'), '/srv/work/site', '\(site)');
            DELETE FROM tasks WHERE name = 'Watch the logs'
            """, on: old.appending("openloom.sqlite3"))
    }

    /// Has the agent begun with a task as 0.17 does it.
    private func begin(_ id: String, goal: String, in workspace: FilePath) async throws {
        let session = try await world.promptByHand(goal + Self.suffix, in: workspace)
        let spec: JSONValue = [
            "name": .string(id), "workspace": .string(workspace.string), "goal": .string(goal),
        ]
        try SQLiteScript.run(
            """
            UPDATE tasks SET active_session_id = '\(session)', workspace = '\(workspace)',
              spec_json = '\(spec.compact.replacing("'", with: "''"))' WHERE id = '\(id)'
            """, on: old.appending("openloom.sqlite3"))
    }

    private func statuses() async throws -> [String: String] {
        let tasks = try await world.api("GET", "/api/tasks?archived=1&limit=100").json["tasks"]?.array ?? []
        return Dictionary(
            uniqueKeysWithValues: tasks.map { ($0["name"]?.string ?? "", $0["status"]?.string ?? "") })
    }

    @Test func runningTasks_areAdopted_andEndWithoutASecondPrompt() async throws {
        let (lone, asked) = (try world.workspace("lone"), try world.workspace("asked"))
        try await begin(
            Self.running, goal: "sim: run until [ -e ../go ]; do sleep 0.05; done\nsim: write made.txt late", in: lone)
        try await begin(Self.waiting, goal: "sim: ask external_directory /etc\nsim: write asked.txt yes", in: asked)
        let before = try tree(old)
        let dry = try world.openloom(["migrate"])
        #expect(dry.code == 0, "\(dry)")
        #expect(dry.output.contains("8 tasks would go to"), "\(dry.output)")
        #expect(try tree(old) == before)
        #expect(!Files.exists(world.spool))

        let applied = try world.openloom(["migrate", "--apply"])
        #expect(applied.code == 0, "\(applied)")
        #expect(try tree(old) == before)
        try world.serve()
        try world.wait("the question is open") {
            Files.names(world.task(Self.waiting, .running).appending("asks")).count == 1
        }
        let ask = try #require(Files.names(world.task(Self.waiting, .running).appending("asks")).first)
        #expect(try await world.api("GET", "/api/tasks/\(Self.waiting)").json["task"]?["status"] == "waiting")
        try Files.write(
            "once\n", to: world.task(Self.waiting, .running).appending("asks/\(ask.dropLast(5)).answer"))
        // What our daemon sees of the other begins here.
        try world.wait("it was looked at") {
            Files.exists(world.task(Self.running, .running).appending("evidence/baseline.json"))
        }
        try Files.write("", to: world.root.appending("workspaces/go"))
        try world.wait("all have ended") {
            world.names(.running).isEmpty && world.names(.new).count == 1 && world.names(.done).count == 5
        }

        #expect(
            try await statuses() == [
                "Tidy the shop": "completed", "Old news": "archived", Self.running: "completed",
                Self.waiting: "completed", "Given up": "archived", "Lost session": "failed",
                "Wait for Monday": "paused", "Fix the login": "completed",
            ])
        // Both by hand, and the one that had waited in 0.17.
        #expect(world.prompts.count == 3)
        #expect(Files.text(lone.appending("made.txt")) == "late\n")
        #expect(Files.text(asked.appending("asked.txt")) == "yes\n")
        for id in [Self.running, Self.waiting] {
            #expect(world.verdict(id) == "changed")
            let reason = Files.text(world.task(id, .done).appending("reason")) ?? ""
            #expect(reason.hasPrefix("only what has changed since the task was carried over"), "\(reason)")
        }
        // What 0.17 has told of is not told again.
        let ended = world.journal.compactMap { $0["task_name"]?.string }
        #expect(Set(ended) == [Self.running, Self.waiting, "Fix the login", "Wait for Monday"])

        #expect(world.stopDaemon() == 0)
        let again = try world.openloom(["migrate", "--apply"])
        #expect(again.code == 0)
        #expect(again.output.contains("Nothing to do: 8 tasks here already."), "\(again.output)")
        #expect(world.names(.new).count == 1)
    }

    @Test func promptThatIsGone_isNotSentAgain_andWhatWasDoneBefore_isNotProven() async throws {
        let (gone, done) = (try world.workspace("gone"), try world.workspace("done"))
        try await begin(Self.waiting, goal: "sim: write done.txt early", in: done)
        try world.wait("the agent is done") { Files.exists(done.appending("done.txt")) }
        let session = try await world.promptByHand("something else", in: gone)
        try SQLiteScript.run(
            """
            UPDATE tasks SET active_session_id = '\(session)', workspace = '\(gone)',
              spec_json = '{"name": "Gone", "workspace": "\(gone)", "goal": "Do what nobody asked"}'
              WHERE id = '\(Self.running)'
            """, on: old.appending("openloom.sqlite3"))
        #expect(try world.openloom(["migrate", "--apply"]).code == 0)
        try world.serve()
        try world.wait("both have ended") { world.names(.running).isEmpty && world.names(.new).count == 1 }

        #expect(world.verdict(Self.running) == "interrupted")
        #expect(world.verdict(Self.waiting) == "unverified")
        #expect(world.reason(Self.waiting).contains("what changed before that nobody recorded"))
        #expect(!world.prompts.contains { $0["text"]?.string?.contains("nobody asked") == true })
    }

    /// Whatever goes wrong here, what 0.17 has asked is not asked again.
    @Test func adoptedTask_isNotPromptedAgain_whenItsBaselineOrItsTurnFails_orAnotherModelWorks() async throws {
        let (lone, failing) = (try world.workspace("lone"), try world.workspace("failing"))
        try SQLiteScript.run(
            "DELETE FROM tasks WHERE id NOT IN ('\(Self.running)', '\(Self.waiting)')",
            on: old.appending("openloom.sqlite3"))
        try await begin(
            Self.running, goal: "sim: run until [ -e ../go ]; do sleep 0.05; done\nsim: write made.txt late", in: lone)
        try await begin(Self.waiting, goal: "sim: fail api 503 retryable", in: failing)
        #expect(try world.openloom(["migrate", "--apply"]).code == 0)
        // Where the baseline would be written.
        try FileManager.default.createDirectory(
            atPath: world.task(Self.running, .running).appending("evidence/.baseline.json.tmp").string,
            withIntermediateDirectories: true)
        try world.serve(opencode: "{url: \"\(world.agentURL)\", model: simulated/another}")
        try world.wait("it is known that there will be no baseline") {
            Files.text(world.task(Self.running, .running).appending("log.jsonl"))?.contains("no baseline") == true
        }
        try world.wait("the other has ended") { world.names(.failed) == [Self.waiting] }
        try Files.write("", to: world.root.appending("workspaces/go"))
        try world.wait("both have ended") { world.names(.running).isEmpty && world.names(.new).isEmpty }

        #expect(world.verdict(Self.running) == "unverified", "\(world.reason(Self.running))")
        #expect(world.verdict(Self.waiting) == "error")
        #expect(world.reason(Self.waiting).contains("is not tried again"), "\(world.reason(Self.waiting))")
        #expect(Files.text(lone.appending("made.txt")) == "late\n")
        #expect(world.prompts.count == 2)
    }

    @Test func daemonThatStops_whileTheBaselineOfAnAdoptedTaskIsTaken_leavesItWhereItIs() async throws {
        let lone = try world.workspace("lone")
        try SQLiteScript.run("DELETE FROM tasks WHERE id <> '\(Self.running)'", on: old.appending("openloom.sqlite3"))
        try await begin(
            Self.running, goal: "sim: run until [ -e ../go ]; do sleep 0.05; done\nsim: write made.txt late", in: lone)
        #expect(try world.openloom(["migrate", "--apply"]).code == 0)
        #expect(try world.shell("git init -q '\(lone)'").code == 0)
        let programs = try world.workspace("programs")
        let called = programs.appending("called")
        try Files.write("#!/bin/sh\n: > '\(called)'\nexec sleep 1000\n", to: programs.appending("git"))
        chmod(programs.appending("git").string, 0o700)
        try world.serve(["PATH": "\(programs):/usr/local/bin:/usr/bin:/bin"])
        try world.wait("git is at work") { Files.exists(called) }

        #expect(world.stopDaemon() == 0)
        #expect(world.names(.running) == [Self.running])
        #expect(Files.exists(world.task(Self.running, .running).appending("turn.json")))
        try world.serve()
        try world.wait("it was looked at") {
            Files.exists(world.task(Self.running, .running).appending("evidence/baseline.json"))
        }
        try Files.write("", to: world.root.appending("workspaces/go"))
        try world.wait("it has ended") { world.names(.done) == [Self.running] }
        #expect(world.verdict(Self.running) == "changed")
        #expect(world.prompts.count == 1)
    }

    /// 0.17 notes that a task runs after it has sent its prompt, and may be stopped in between.
    @Test(arguments: SessionOwner.allCases)
    fileprivate func taskThatWasPrompted_andStillCalledPending_isFollowed_unlessTheSessionIsAnothers(
        owner: SessionOwner
    ) async throws {
        let isOthers = owner != .nobody
        let shop = try world.workspace("shop")
        let made = try await world.askAgent(
            "POST", "/session?directory=\(shop)", body: ["title": "Fix the login"])
        let session = try #require(made.json["id"]?.string)
        _ = try await world.askAgent(
            "POST", "/session/\(session)/prompt_async?directory=\(shop)",
            body: ["parts": [["type": "text", "text": .string("Fix the login of the shop" + Self.suffix)]]])
        let of = owner == .theirs ? "'task_b40ef4596228'" : "'nobody'"
        try SQLiteScript.run(
            """
            DELETE FROM tasks WHERE id NOT IN ('\(Self.pending)', 'task_b40ef4596228');
            UPDATE tasks SET created_at = unixepoch() - 600;
            UPDATE tasks SET active_session_id = '\(session)', name = 'Fix the login',
              spec_json = replace(spec_json, 'Tidy the shop', 'Fix the login') WHERE id = \(of)
            """, on: old.appending("openloom.sqlite3"))
        try world.wait("the agent is done") { !Files.names(shop.appending("notes")).isEmpty }
        #expect(try world.openloom(["migrate", "--apply"]).code == 0)
        if owner == .ours {
            try Files.write("\(session)\n", to: world.task("task_b40ef4596228", .done).appending("session"))
        }
        try world.serve()
        try world.wait("it has ended") { world.names(.done).count + world.names(.failed).count == 2 }

        #expect(world.prompts.count == (isOthers ? 2 : 1))
        let state = isOthers ? TaskState.done : .failed
        let used = Files.text(world.task(Self.pending, state).appending("session"))
        #expect((used == "\(session)\n") == !isOthers)
    }

    @Test(arguments: [CrashPoint.migrateWritten, .migrateMoved])
    func killedMigration_runAgain_comesToTheSameEnd(at point: CrashPoint) throws {
        var states: [String] = []
        // Each task is met once by a process that dies there.
        for number in 0..<20 {
            let child = try Child(
                BuiltProgram.path, ["migrate", "--apply", "--spool", world.spool.string],
                environment: World.environment(world.root).merging(["OPENLOOM_CRASH_AT": point.rawValue]) { $1 },
                directory: world.root, name: "killed\(number)")
            let code = child.waitForExit(within: World.patience)
            states.append("\(code ?? -1)")
            if code == 0 || point == .migrateWritten { break }
        }
        #expect(states.first == "137")
        let last = try world.openloom(["migrate", "--apply"])
        #expect(last.code == 0, "\(last)")

        let ids = TaskState.allCases.flatMap { world.names($0) }
        #expect(ids.count == 8)
        #expect(Set(ids).count == 8)
        #expect(Files.names(world.spool.appending("tmp")) == [])
        #expect(Files.names(world.spool.appending("rejected")) == [])
        #expect(Files.names(world.spool.appending("migrated")) == ids.sorted())
        for id in world.names(.done) { #expect(world.verdict(id) == "unchanged") }
    }

    @Test func openloom017ThatRuns_isNamed_andNothingIsCarriedOver() throws {
        let script = """
            import sqlite3, sys
            database = sqlite3.connect(sys.argv[1])
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("SELECT count(*) FROM tasks").fetchall()
            print("open", flush=True)
            sys.stdin.read()
            """
        let pipe = world.root.appending("pipe")
        mkfifo(pipe.string, 0o600)
        // Held open here, so that the other end waits for us.
        let end = open(pipe.string, O_RDWR)
        defer { close(end) }
        let other = try Child(
            "/usr/bin/env", ["python3", "-c", script, old.appending("openloom.sqlite3").string],
            environment: World.environment(world.root), directory: world.root, name: "other", input: pipe)
        try world.wait("the database is open") { other.outputText.contains("open") }

        let dry = try world.openloom(["migrate"])
        #expect(dry.code == 3)
        #expect(dry.output.contains("is running: process \(other.pid) uses"), "\(dry.output)")
        let refused = try world.openloom(["migrate", "--apply"])
        #expect(refused.code == 1)
        #expect(refused.errors.contains("kill \(other.pid)"), "\(refused.errors)")
        #expect(!Files.exists(world.spool))
        other.kill9()
        #expect(try world.openloom(["migrate", "--apply"]).code == 0)
    }

    /// Every file with its content, mode and time.
    private func tree(_ root: FilePath) throws -> [String: String] {
        var tree: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: root.string) {
            var status = stat()
            lstat(root.appending(name).string, &status)
            let data = FileManager.default.contents(atPath: root.appending(name).string)
            tree[name] =
                "\(status.st_mode) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(data?.count ?? 0) "
                + "\(data?.hashValue ?? 0)"
        }
        return tree
    }
}

/// Which other task has a session that 0.17 may have made for one that it calls pending.
private enum SessionOwner: CaseIterable {
    case nobody
    /// One of 0.17's.
    case theirs
    /// One that is here.
    case ours
}
