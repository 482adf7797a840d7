import JSON
import Spool
import SystemPackage
import Testing

/// Which task is worked on when.
@Suite struct SchedulingOnceTests {
    @Test func rule30_oneWorkspace_hasOneTaskAtATime_alsoThroughALink() throws {
        let world = try World()
        try world.serve()
        let workspace = try world.workspace()
        let link = try world.shell("ln -s '\(workspace)' '\(world.root)/link'")
        #expect(link.code == 0)
        try world.drop("one", workspace: workspace, goal: "sim: stall")
        try world.wait("the first runs") { world.prompts.count == 1 }
        try world.drop("two", workspace: world.root.appending("link"), goal: "sim: write two.txt 2")
        try world.drop("other", workspace: try world.workspace("other"), goal: "sim: write o.txt o")
        _ = try world.wait(for: 1, in: .done)
        #expect(world.names(.new).count == 1)
        _ = try world.shell("for task in running/*; do touch $task/cancel; done")
        _ = try world.wait(for: 2, in: .done)
    }

    /// What lies among the tasks and is none, or can't be read, keeps no other task waiting.
    @Test func strangersAmongTheTasks_keepNobodyWaiting() throws {
        let world = try World()
        // A directory that was about to be moved where another lies already, and what people leave lying about.
        #expect(try world.openloom(["init"]).code == 0)
        _ = try world.shell(
            """
            mkdir -p running/stuck done/stuck done/broken; echo changed > running/stuck/verdict
            echo '{' > done/broken/task.json; echo mine > running/notes.txt; echo mine > done/notes.txt
            """)
        try world.serve()
        try Files.write(
            "name: second\nworkspace: \(try world.workspace("b"))\nafter: notes\ngoal: 'sim: say second'\n",
            to: world.inbox.appending("b.yaml"))
        try world.drop("first", workspace: try world.workspace(), goal: "sim: say first")
        try world.wait("the first is done") { world.names(.done).contains { $0.hasSuffix("-first") } }
        try Files.write(
            "name: notes\nworkspace: \(try world.workspace("c"))\ngoal: 'sim: say notes'\n",
            to: world.inbox.appending("c.yaml"))
        try world.wait("the others are done") { world.names(.done).contains { $0.hasSuffix("-second") } }
        let told = (world.daemon?.errorText ?? "").split(separator: "\n").filter { $0.contains("running/notes.txt") }
        #expect(told.count == 1)
        #expect(world.names(.running).sorted() == ["notes.txt", "stuck"])
    }

    /// Looked at again when it starts: what was moved in by hand has not been looked at, and links change.
    @Test func workspaceOutsideOfTheAllowed_isRefused_alsoInATaskThatWasMovedIn() throws {
        let world = try World(configuration: ["workspaces: {allow: [/nowhere]}"])
        try world.serve()
        let workspace = try world.workspace()
        _ = try world.shell(
            """
            mkdir tmp/x; touch tmp/x/source.md
            cat > tmp/x/task.json <<'END'
            {"name": "x", "workspace": "\(workspace)", "goal": "sim: write x.txt x", "priority": 5, "max_turns": 3,
             "created": "2026-11-24T00:18:32.995Z", "origin": {"kind": "shell"}}
            END
            mv tmp/x new/
            """)
        try world.wait("it has ended") { world.verdict("x") != nil }
        #expect(world.verdict("x") == "invalid")
        #expect(world.reason("x").contains("workspaces.allow"))
        #expect(world.prompts.isEmpty)
    }

    @Test func priorityThenAge_decide() throws {
        let world = try World(configuration: ["harness: {max_running: 1}"])
        try world.serve()
        _ = try world.shell("touch pause")
        for (name, priority) in [("low", 1), ("mid", 5), ("high", 9)] {
            try Files.write(
                "name: \(name)\nworkspace: \(try world.workspace(name))\npriority: \(priority)\ngoal: 'sim: say \(name)'\n",
                to: world.inbox.appending("\(name).yaml"))
            try world.wait("\(name) was accepted") { world.names(.new).contains { $0.hasSuffix(name) } }
        }
        _ = try world.shell("rm pause")
        _ = try world.wait(for: 3, in: .done)
        let order = world.prompts.compactMap { $0["text"]?.string?.split(separator: "\n").first.map(String.init) }
        #expect(order == ["sim: say high", "sim: say mid", "sim: say low"])
    }

    @Test func after_waitsForDone_byName() throws {
        let world = try World()
        try world.serve()
        try Files.write(
            "name: second\nworkspace: \(try world.workspace("b"))\nafter: The first one\ngoal: 'sim: say second'\n",
            to: world.inbox.appending("b.yaml"))
        try world.wait("it waits") { world.names(.new).count == 1 }
        try Files.write(
            "name: The first one\nworkspace: \(try world.workspace("a"))\ngoal: 'sim: say first'\n",
            to: world.inbox.appending("a.yaml"))
        _ = try world.wait(for: 2, in: .done)
        #expect(world.prompts.first?["text"]?.string?.hasPrefix("sim: say first") == true)
    }

    @Test func notBefore_isWaitedFor() throws {
        let world = try World()
        try world.serve()
        let soon = Timestamp.now().adding(seconds: 1.5)
        try Files.write(
            "workspace: \(try world.workspace())\nnot_before: \(soon.iso8601)\ngoal: 'sim: say now'\n",
            to: world.inbox.appending("x.yaml"))
        let id = try world.wait(for: 1, in: .done)[0]
        let started = Files.text(world.task(id, .done).appending("log.jsonl"))?.split(separator: "\n")
            .compactMap { try? JSONValue(parsing: String($0)) }.first { $0["event"]?.string == "claimed" }
        let time = try #require(started?["time"]?.string.flatMap(Timestamp.init(iso8601:)))
        #expect(time >= soon)
    }

    @Test func secondDaemon_isRefused() throws {
        let world = try World()
        try world.serve()
        let second = try world.openloom(["serve", "--port", "0"])
        #expect(second.code == 1)
        #expect(second.errors.contains("another daemon"))
    }

    /// Time that passes while a task waits for a person is no time of the agent's.
    @Test func taskThatWaitsLongerThanItsTime_goesOn_alsoAfterARestart() throws {
        let world = try World(configuration: ["harness: {permissions: {bash: ask}}"])
        try world.serve()
        try Files.write(
            "workspace: \(try world.workspace())\ntimeout_s: 2\ngoal: |\n  sim: ask bash ls\n  sim: write x.txt x\n",
            to: world.inbox.appending("slow.yaml"))
        try world.wait("it asks") { world.asks.count == 1 }
        let (asked, (id, ask)) = (Timestamp.now(), world.asks[0])
        world.killDaemon()
        try world.wait("its time is over") { Timestamp.now().seconds - asked.seconds > 2.5 }
        try world.serve()
        _ = try world.shell("echo once > running/\(id)/asks/\(ask).answer")
        _ = try world.wait(for: 1, in: .done)
        #expect(world.verdict(id) == "changed")
    }

    @Test func askedQuestion_isAnsweredByCommand_afterNonsenseWasRefused() throws {
        let world = try World(configuration: ["harness: {permissions: {bash: ask, question: ask}}"])
        try world.serve()
        try world.drop(
            "Asks", workspace: try world.workspace(),
            goal: "sim: ask bash ls\nsim: question Colour | red | blue\nsim: write a.txt a")
        try world.wait("it asks") { world.asks.count == 1 }
        var (id, ask) = world.asks[0]
        _ = try world.shell("echo perhaps > running/\(id)/asks/\(ask).answer")
        try world.wait("nonsense was refused") {
            Files.exists(world.task(id, .running).appending("asks/\(ask).answer.rejected"))
        }
        #expect(try world.openloom(["answer", id, ask, "once"]).code == 0)
        try world.wait("it asks again") { world.asks.first.map { $0.ask != ask } ?? false }
        (id, ask) = world.asks[0]
        #expect(try world.openloom(["answer", id, ask, "blue"]).code == 0)
        _ = try world.wait(for: 1, in: .done)
    }
}

extension World {
    /// Open asks, by task.
    var asks: [(id: String, ask: String)] {
        names(.running).flatMap { id in
            Files.names(task(id, .running).appending("asks")).filter { $0.hasSuffix(".json") }.map {
                (id, String($0.dropLast(5)))
            }
        }
    }
}
