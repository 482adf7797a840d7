import JSON
import Spool
import SystemPackage
import Testing

/// Drop a file, the agent works, the tree tells the truth.
@Suite struct MainJobTests {
    @Test(arguments: ["inotify", "timer"])
    func droppedFile_becomesFinishedWork_withEvidence(watch: String) throws {
        let world = try World(watch: watch)
        try world.serve()
        let workspace = try world.workspace()
        try world.drop("Hello", workspace: workspace, goal: "sim: write hello.txt Hello, world")

        let id = try world.wait(for: 1, in: .done)[0]

        #expect(Files.text(workspace.appending("hello.txt"))?.contains("Hello, world") == true)
        #expect(world.verdict(id) == "changed")
        let changes = Files.json(world.task(id, .done).appending("result.json"))?["fact"]?["changes"]
        #expect(changes?[0]?["path"]?.string == "hello.txt")
        #expect(changes?[0]?["kind"]?.string == "added")
        #expect(changes?[0]?["sha256_after"]?.string?.count == 64)
        #expect(
            Files.text(world.task(id, .done).appending("evidence/changes.patch"))?.contains("+Hello, world") == true)
        #expect(world.prompts.count == 1)
        #expect(Files.names(world.inbox).isEmpty)
        #expect(world.stopDaemon() == 0)
    }

    @Test func claimWithoutChange_endsUnchanged() throws {
        let world = try World()
        try world.serve()
        try world.drop("Question", workspace: try world.workspace(), goal: "sim: say It is forty-two.")
        let id = try world.wait(for: 1, in: .done)[0]
        #expect(world.verdict(id) == "unchanged")
    }

    @Test func task_isReadable_throughRESTAndCommandLine() async throws {
        let world = try World()
        try world.serve()
        let workspace = try world.workspace()
        let made = try await world.api(
            "POST", "/api/tasks",
            body: ["name": "By REST", "workspace": .string(workspace.string), "goal": "sim: write a.txt a"]
        )
        #expect(made.json["ok"]?.bool == true)
        let id = try #require(made.json["taskId"]?.string)
        try world.wait("the task is done") { world.names(.done) == [id] }

        let one = try await world.api("GET", "/api/tasks/\(id)")
        #expect(one.json["task"]?["status"]?.string == "completed")
        #expect(one.json["task"]?["name"]?.string == "By REST")
        let all = try await world.api("GET", "/api/tasks")
        #expect(all.json["tasks"]?.array?.count == 1)
        let listed = try world.openloom(["ls", "--all", "--json"])
        #expect(listed.output.contains(id))
        let shown = try world.openloom(["show", id])
        #expect(shown.code == 0)
        #expect(shown.output.contains("a.txt"))
    }

    @Test func run_exitsZeroForDone_andWithTheVerdictsCodeOtherwise() throws {
        let world = try World()
        try world.serve()
        let workspace = try world.workspace()
        let good = try world.openloom(
            ["run", "-", "--format", "md", "--workspace", workspace.string], input: "# Good\n\nsim: write b.txt b\n"
        )
        #expect(good.code == 0, "\(good.output)\(good.errors)")
        let bad = try world.openloom(
            ["run", "-", "--format", "md", "--workspace", workspace.string], input: "# Bad\n\nsim: fail auth\n"
        )
        #expect(bad.code == Verdict.error.exitCode, "\(bad.output)\(bad.errors)")
    }
}
