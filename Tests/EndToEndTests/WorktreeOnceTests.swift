import JSON
import Spool
import SystemPackage
import Testing

/// Tasks with `worktree: true`, by the built program.
@Suite(.timeLimit(.minutes(5))) struct WorktreeOnceTests {
    /// A repository with one commit.
    private func repository(_ world: World) throws -> FilePath {
        let path = try world.workspace("project")
        let made = try world.shell(
            """
            cd '\(path)' && git init -q -b main . && git config user.name me && git config user.email me@here &&
            echo one >a && git add a && git commit -qm first
            """)
        try #require(made.code == 0, "\(made.errors)")
        return path
    }

    private func put(_ name: String, in workspace: FilePath, goal: String, _ world: World) throws {
        try Files.write(
            "name: \(name)\nworkspace: \(workspace)\nworktree: true\ngoal: '\(goal)'\n",
            to: world.inbox.appending("\(name).yaml"))
    }

    private func git(_ arguments: String, in path: FilePath, _ world: World) throws -> String {
        let answer = try world.shell("cd '\(path)' && \(arguments)")
        try #require(answer.code == 0, "\(arguments): \(answer.errors)")
        return answer.output.hasSuffix("\n") ? String(answer.output.dropLast()) : answer.output
    }

    private func worktree(of id: String, _ state: TaskState, _ world: World) throws -> JSONValue {
        let text = try #require(Files.text(world.task(id, state).appending("worktree.json")))
        return try JSONValue(parsing: Array(text.utf8))
    }

    @Test func worktree_givesEachTaskItsBranch_andTheyWorkAtOnce() throws {
        let world = try World(simulator: ["--think", "0.05"])
        try world.serve()
        let project = try repository(world)
        for name in ["one", "two", "three"] {
            try put(name, in: project, goal: "sim: write \(name).txt \(name)\n\n  sim: stall", world)
        }
        try world.wait("all three work") {
            world.names(.running).count { id in
                let name = id.split(separator: "-").last.map { String($0) } ?? ""
                return Files.exists(world.spool.appending("worktrees/\(id)/\(name).txt"))
            } == 3
        }
        #expect(try git("ls; git branch --show-current; git status --porcelain", in: project, world) == "a\nmain")
        try world.inSpool("for task in running/*; do touch $task/cancel; done")
        for id in try world.wait(for: 3, in: .failed) {
            let record = try worktree(of: id, .failed, world)
            let branch = try #require(record["branch"]?.string)
            let name = try #require(id.split(separator: "-").last)
            #expect(branch.hasPrefix("openloom/\(name)-"))
            // What a cancelled agent left is kept, too.
            #expect(
                try git("git show --format=%s --name-only \(branch)", in: project, world) == "\(name)\n\n\(name).txt")
        }
    }

    @Test func merge_takesTheWorkOver_andDiscardKeepsItAside() throws {
        let world = try World()
        try world.serve()
        let project = try repository(world)
        try put("wanted", in: project, goal: "sim: write wanted.txt yes", world)
        try put("unwanted", in: project, goal: "sim: write unwanted.txt no", world)
        let ids = try world.wait(for: 2, in: .done)
        let wanted = try #require(ids.first { $0.hasSuffix("-wanted") })
        let unwanted = try #require(ids.first { $0.hasSuffix("-unwanted") })
        let result = try JSONValue(
            parsing: Array(try #require(Files.text(world.task(wanted, .done).appending("result.json"))).utf8))
        #expect(result["fact"]?["changes"]?[0]?["path"] == "wanted.txt")
        #expect(result["worktree"]?["branch"] == (try worktree(of: wanted, .done, world))["branch"])
        #expect(
            try git("git apply --check '\(world.task(wanted, .done))/evidence/changes.patch' && ls", in: project, world)
                == "a")

        #expect(try world.openloom(["show", wanted]).output.contains("openloom merge "))
        let merged = try world.openloom(["merge", wanted])
        #expect(merged.code == 0, "\(merged.errors)")
        #expect(merged.output.hasPrefix("merged openloom/wanted-") && merged.output.contains(" into main at "))
        #expect(try git("cat wanted.txt", in: project, world).contains("yes"))
        #expect(try world.openloom(["show", wanted]).output.contains("(merged)"))
        let again = try world.openloom(["merge", wanted])
        #expect(again.code == 1 && again.errors.contains("is merged already"))

        let discarded = try world.openloom(["discard", unwanted, "--json"])
        #expect(discarded.code == 0, "\(discarded.errors)")
        let kept = try #require(try JSONValue(parsing: Array(discarded.output.utf8))["kept"]?.string)
        #expect(try git("git branch --list 'openloom/*'; ls '\(world.spool)/worktrees'", in: project, world).isEmpty)
        #expect(try git("git show \(kept):unwanted.txt", in: project, world).contains("no"))
        #expect(world.log(unwanted, .done).last?["event"] == "discarded")
        #expect(world.log(wanted, .done).last?["event"] == "merged")
    }

    @Test func merge_wantsAWord_forATaskThatFailed_andRefusesOneThatRuns() throws {
        let world = try World()
        try world.serve()
        let project = try repository(world)
        try put("half", in: project, goal: "sim: write half.txt x\n\n  sim: stall", world)
        try world.wait("it works") { Files.names(world.spool.appending("worktrees")).count == 1 }
        try world.wait("it has written") {
            world.names(.running).contains { Files.exists(world.spool.appending("worktrees/\($0)/half.txt")) }
        }
        let running = try world.openloom(["merge", "half"])
        #expect(running.code == 1 && running.errors.contains("has not ended"))
        try world.inSpool("for task in running/*; do touch $task/cancel; done")
        let id = try world.wait(for: 1, in: .failed)[0]
        let refused = try world.openloom(["merge", id])
        #expect(refused.code == 1 && refused.errors.contains("--unproven"))
        #expect(try world.openloom(["merge", id, "--unproven"]).code == 0)
        #expect(try git("ls", in: project, world) == "a\nhalf.txt")
    }

    @Test func worktree_isRemoved_whenNothingChanged() throws {
        let world = try World()
        try world.serve()
        let project = try repository(world)
        try put("ask", in: project, goal: "sim: say forty-two", world)
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "unchanged")
        try world.wait("the worktree is gone") { (try? worktree(of: id, .done, world))?["ending"] == "unchanged" }
        #expect(try git("git branch --list 'openloom/*'; ls '\(world.spool)/worktrees'", in: project, world).isEmpty)
    }

    @Test func worktree_isRefused_whereThereIsNoRepository() throws {
        let world = try World()
        try world.serve()
        try put("homeless", in: try world.workspace(), goal: "sim: say hi", world)
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "invalid")
        #expect(world.reason(id).contains("worktree: true needs a git repository"))
        #expect(world.prompts.isEmpty)
    }

    @Test(arguments: [
        CrashPoint.worktreeRecorded, .worktreeMade, .sessionRecorded, .promptSent, .evidenceRecorded, .finishWritten,
        .finishMoved,
    ])
    func killedDaemon_goesOnInTheSameWorktree(at point: CrashPoint) throws {
        let world = try World()
        try world.serve(["OPENLOOM_CRASH_AT": point.rawValue])
        try world.wait("the spool is there") { Files.exists(world.inbox) }
        let project = try repository(world)
        try put("survivor", in: project, goal: "sim: write survivor.txt alive", world)
        let code = world.daemon?.waitForExit(within: World.patience)
        #expect(code == Int32(137), "it should have died at \(point): \(world.story)")
        try world.serve()
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "changed")
        #expect(world.prompts.count == 1)
        #expect(try git("git worktree list | wc -l", in: project, world) == "2")
        #expect(try world.openloom(["merge", id]).code == 0)
        #expect(try git("ls", in: project, world) == "a\nsurvivor.txt")
    }
}
