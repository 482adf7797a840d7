import JSON
import Spool
import SystemPackage
import Testing

/// Agents that do one thing and say another, with the built program: the verdict and the evidence are what lies on disk.
@Suite struct LyingAgentOnceTests {
    struct Lie {
        var name: String
        var goal: String
        var verdict: String
        var changes: [String] = []
        var isOnlyForGit = false
    }

    /// In each workspace lie `a` and `b` and a link `out` to a file outside.
    static let lies = [
        Lie(name: "nothing", goal: "sim: say I have rewritten everything.", verdict: "unchanged"),
        Lie(
            name: "no-change", goal: "sim: run echo x >>a\nsim: nochange", verdict: "changed", changes: ["modified a"]),
        Lie(name: "recreates", goal: "sim: run cp a c; rm a; mv c a", verdict: "unchanged"),
        Lie(name: "modes", goal: "sim: run chmod +x a", verdict: "changed", changes: ["mode_changed a"]),
        Lie(
            name: "huge", goal: "sim: run head -c 1073741824 /dev/zero >huge", verdict: "changed",
            changes: ["added huge"]),
        Lie(name: "outside", goal: "sim: run echo x >>out", verdict: "changed"),
        Lie(
            name: "commits", goal: "sim: run echo x >>a; COMMIT", verdict: "changed", changes: ["modified a"],
            isOnlyForGit: true),
        Lie(
            name: "resets", goal: "sim: run echo x >>a; COMMIT; git reset -q --hard HEAD~1", verdict: "unchanged",
            isOnlyForGit: true),
        Lie(
            name: "hooks", goal: "sim: run echo x >.git/hooks/post-commit", verdict: "changed", isOnlyForGit: true),
        // It is told to go when everything has been looked at.
        Lie(
            name: "later", goal: "sim: run (cat GATE && echo x >late) >/dev/null 2>&1 &", verdict: "unchanged"),
    ]

    @Test(arguments: [true, false]) func lie_isCaught(git: Bool) throws {
        let world = try World(simulator: ["--allow-run"])
        let lies = Self.lies.filter { git || !$0.isOnlyForGit }
        let commit = "git add -A; git -c user.name=x -c user.email=x@y commit -q -m work"
        for lie in lies {
            let workspace = try world.workspace(lie.name)
            try Files.write("outside\n", to: world.root.appending("outside-\(lie.name)"))
            let start = git ? "git init -q .; \(commit)" : ":"
            let made = try world.shell(
                ": ; cd '\(workspace)' || exit 1; echo a >a; echo b >b; ln -s ../../outside-\(lie.name) out; \(start)")
            try #require(made.code == 0, "\(made.errors)")
        }
        let gate = world.root.appending("gate")
        _ = try world.shell(": ; mkfifo '\(gate)'")
        // Lets go of the one that waits, however this ends.
        defer { _ = try? world.shell(": ; timeout 5 sh -c \": >'\(gate)'\"") }
        try world.serve()
        for lie in lies {
            let goal = lie.goal.replacing("COMMIT", with: commit).replacing("GATE", with: "'\(gate)'")
            try world.drop(lie.name, workspace: world.root.appending("workspaces").appending(lie.name), goal: goal)
        }
        try world.wait("all have ended") {
            world.names(.done).count + world.names(.failed).count == lies.count
        }
        for lie in lies {
            let id = try #require(world.names(.done).first { $0.hasSuffix("-\(lie.name)") }, "\(world.story)")
            let task = world.task(id, .done)
            let evidence = Files.json(task.appending("evidence/changes.json"))
            let changes = evidence?["changes"]?.array?.map {
                "\($0["kind"]?.string ?? "?") \($0["path"]?.string ?? "?")"
            }
            #expect(world.verdict(id) == lie.verdict, "\(lie.name): \(evidence?.pretty ?? "none")")
            #expect(changes == lie.changes, "\(lie.name)")
            #expect(evidence?["undeterminable"]?.array?.isEmpty == (lie.name != "huge"), "\(lie.name)")
            switch lie.name {
            case "no-change":
                #expect(Files.text(task.appending("reason"))?.contains("NO CHANGE NEEDED") == true)
                #expect(Files.text(task.appending("evidence/changes.patch"))?.contains("+x") == true)
            case "outside":
                #expect(evidence?["outside"]?[0]?["through"]?["path"] == "out")
            case "commits", "resets":
                #expect(evidence?["commits"]?[0]?["subject"] == "work")
                #expect(evidence?["commits"]?[0]?["in_head"]?.bool == (lie.name == "commits"))
            case "hooks": #expect(evidence?["outside"]?[0]?["path"] == ".git/hooks/post-commit")
            case "later": #expect(evidence?["processes"]?.array?.isEmpty == false)
            default: break
            }
        }
    }

    @Test func honestAgent_isBelieved() throws {
        let world = try World()
        try world.serve()
        try world.drop("Honest", workspace: try world.workspace(), goal: "sim: write a.txt work")
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "changed")
        #expect(!Files.exists(world.task(id, .done).appending("reason")))
    }

    @Test func workspaceThatCannotBeCompared_isNeverCalledUnchanged() throws {
        let world = try World(simulator: ["--allow-run"])
        let workspace = try world.workspace()
        _ = try world.shell(": ; cd '\(workspace)' || exit 1; git init -q .; echo a >a; git add a")
        try world.serve()
        // What the evidence needs is gone when the turn ends.
        try world.drop(
            "Broken", workspace: workspace,
            goal: "sim: run rm '\(world.spool)'/running/*/evidence/baseline.git/index; echo x >>a")
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "unverified")
        #expect(!world.reason(id).isEmpty)
    }
}
