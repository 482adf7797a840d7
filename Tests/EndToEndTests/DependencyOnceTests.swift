import JSON
import Spool
import SystemPackage
import Testing

/// Tasks that wait for others, or for a time.
@Suite struct DependencyOnceTests {
    private func drop(_ world: World, _ name: String, _ keys: String = "", goal: String = "") throws {
        try Files.write(
            "name: \(name)\nworkspace: \(try world.workspace(name))\n\(keys)\ngoal: 'sim: \(goal.isEmpty ? "say \(name)" : goal)'\n",
            to: world.inbox.appending("\(name).yaml"))
    }

    private func id(_ world: World, _ name: String, _ state: TaskState) throws -> String {
        try world.wait("\(name) is in \(state)/") { world.names(state).contains { $0.hasSuffix("-\(name)") } }
        return try #require(world.names(state).first { $0.hasSuffix("-\(name)") })
    }

    @Test func conditions_decideWhoIsStarted_andWhoEnds_whenATaskFails() async throws {
        let world = try World()
        try world.serve()
        _ = try world.shell("touch pause")
        try drop(world, "bad", goal: "fail auth 401 no")
        try drop(world, "onok", "after: bad")
        try drop(world, "onany", "after: {task: bad, on: any}")
        try drop(world, "onfailed", "after: [{task: bad, on: failed}]")
        try drop(world, "later", "after: [onok]")
        for name in ["bad", "onok", "onany", "onfailed", "later"] { _ = try id(world, name, .new) }
        let waiting = try id(world, "onok", .new)
        let shown = try await world.api("GET", "/api/tasks/\(waiting)").json["task"]?["blocked_by"]
        #expect(shown?[0]?["state"] == "new")
        #expect(shown?[0]?["id"]?.string == (try id(world, "bad", .new)))
        #expect(try world.openloom(["ls"]).output.contains("the spool is paused"))
        _ = try world.shell("rm pause")
        _ = try id(world, "onany", .done)
        _ = try id(world, "onfailed", .done)
        let ended = try id(world, "onok", .failed)
        #expect(world.verdict(ended) == "cancelled")
        #expect(world.reason(ended).contains("-bad failed (error)"))
        // What waits for that one in turn has nothing to wait for either.
        #expect(world.verdict(try id(world, "later", .failed)) == "cancelled")
        #expect(world.prompts.count == 3)
    }

    @Test func heldDependent_outlivesTheFailure_andGoesOnAfterTheRetry() throws {
        let world = try World()
        try world.serve()
        _ = try world.shell("touch pause")
        try drop(world, "first", goal: "stall")
        try drop(world, "second", "after: first")
        let second = try id(world, "second", .new)
        let first = try id(world, "first", .new)
        _ = try world.shell("touch new/\(second)/hold; rm pause")
        try world.wait("the first runs") { world.prompts.count == 1 }
        #expect(try world.openloom(["ls"]).output.contains("held"))
        _ = try world.shell("touch running/\(first)/cancel")
        #expect(try id(world, "first", .failed) == first)
        // Looked at again when it is released: with the first put back, there is something to wait for.
        _ = try world.shell("mv failed/\(first) new/; rm new/\(second)/hold")
        try world.wait("the first runs again") { world.prompts.count == 2 }
        #expect(world.names(.new) == [second])
        _ = try world.shell("mv running/\(first) done/")
        #expect(try id(world, "second", .done) == second)
    }

    @Test func ring_isSaid_andEnds() throws {
        let world = try World()
        try world.serve()
        try drop(world, "a", "after: c")
        try drop(world, "b", "after: a")
        _ = try id(world, "b", .new)
        #expect(try world.openloom(["ls"]).output.contains("after c, which is not there yet"))
        try drop(world, "c", "after: b")
        _ = try world.wait(for: 3, in: .failed)
        for name in world.names(.failed) {
            #expect(world.verdict(name) == "invalid")
            #expect(world.reason(name).contains("wait for each other"))
        }
        #expect(world.prompts.isEmpty)
    }

    @Test func deletedDependency_endsWhoWaitsForIt() throws {
        let world = try World()
        try world.serve()
        _ = try world.shell("touch pause")
        try drop(world, "first")
        let first = try id(world, "first", .new)
        try drop(world, "second", "after: \(first)")
        let second = try id(world, "second", .new)
        #expect(try world.openloom(["rm", first]).code == 0)
        #expect(try id(world, "second", .failed) == second)
        #expect(world.reason(second).contains("was deleted"))
    }

    @Test func taskThatWasNotStartedInTime_endsAsTimeout_alsoWhilePaused_andAPersonMayRetryIt() throws {
        let world = try World()
        try world.serve()
        _ = try world.shell("touch pause")
        try drop(world, "late", "expires: 1s")
        let late = try id(world, "late", .failed)
        #expect(world.verdict(late) == "timeout")
        #expect(world.reason(late).contains("before it expired"))
        _ = try world.shell("rm pause")
        #expect(try world.openloom(["retry", late]).code == 0)
        #expect(try id(world, "late", .done) == late)
    }

    @Test func expiredWhileNoDaemonRan_isNotStarted() throws {
        let world = try World()
        try Files.write(
            "workspace: \(try world.workspace())\nexpires: 2020-01-01T00:00:00Z\ngoal: 'sim: say x'\n",
            to: world.root.appending("old.yaml"))
        #expect(try world.openloom(["submit", world.root.appending("old.yaml").string]).code == 0)
        try world.serve()
        let id = try world.wait(for: 1, in: .failed)[0]
        #expect(world.verdict(id) == "timeout")
        #expect(world.prompts.isEmpty)
    }

    @Test func conditions_canBeGivenOnTheCommandLine() throws {
        let world = try World()
        let file = world.root.appending("x.yaml")
        try Files.write("workspace: \(try world.workspace())\ngoal: x\n", to: file)
        let made = try world.openloom([
            "submit", file.string, "--after", "a", "--after-any", "b", "--after-failed", "c", "--expires", "2h",
        ])
        #expect(made.code == 0, "\(made.errors)")
        let spec = try #require(Files.json(world.task(world.names(.new)[0], .new).appending("task.json")))
        #expect(spec["after"] == ["a", ["task": "b", "on": "any"], ["task": "c", "on": "failed"]])
        #expect(spec["expires"]?.string != nil)
    }
}
