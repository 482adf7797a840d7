import JSON
import Spool
import SystemPackage
import Testing

/// Schedules, by the built program and the real clock.
@Suite struct ScheduleOnceTests {
    private func schedule(_ world: World, _ keys: String, named name: String = "tick") throws {
        let path = world.spool.appending("schedules").appending("\(name).yaml")
        try Files.write(
            "\(keys)\ntask: {name: '\(name)', workspace: \(try world.workspace()), goal: 'sim: say tick'}\n", to: path)
    }

    private func state(_ world: World, _ name: String = "tick") -> JSONValue? {
        Files.json(world.spool.appending("schedules").appending("\(name).state.json"))
    }

    private func keys(_ world: World) -> [String] {
        TaskState.allCases.flatMap { state in
            world.names(state).compactMap { Files.json(world.task($0, state).appending("task.json"))?["key"]?.string }
        }
    }

    @Test func droppedSchedule_makesTasks_untilItIsRemoved() async throws {
        let world = try World()
        try world.serve()
        try schedule(world, "every: 1s")
        _ = try world.wait(for: 2, in: .done)
        let made = try await world.api("GET", "/api/schedules/tick").json["schedule"]
        #expect(made?["rule"] == "every 1s")
        #expect(made?["upcoming"]?.array?.count == 5)
        #expect(try world.openloom(["schedules", "ls"]).output.contains("every 1s"))
        _ = try world.shell("rm schedules/tick.yaml")
        try world.wait("it is forgotten") { state(world) == nil || state(world)?["active"]?.bool == false }
        #expect(Set(keys(world)).count == keys(world).count)
    }

    /// A second task is neither made by who was killed, nor by who comes after.
    @Test(arguments: [
        CrashPoint.scheduleDue, .submitWritten, .submitMoved, .scheduleSubmitted, .scheduleRecorded,
    ])
    func killedDaemon_hasMadeOneTask_orItsSuccessorDoes(at point: CrashPoint) throws {
        let world = try World()
        #expect(try world.openloom(["init"]).code == 0)
        try schedule(world, "every: 24h\nmissed_within: 1w")
        // As if a daemon had followed it two days ago.
        let before = Timestamp.now().adding(seconds: -2 * 86_400).iso8601
        try Files.write(
            "{\"rule\": \"every 24h\", \"active\": true, \"handled\": \"\(before)\", \"last\": null, \"pending\": null, \"open\": []}",
            to: world.spool.appending("schedules").appending("tick.state.json"))
        try world.serve(["OPENLOOM_CRASH_AT": point.rawValue])
        #expect(world.daemon?.waitForExit(within: World.patience) == Int32(137), "\(world.story)")
        try world.serve()
        _ = try world.wait(for: 1, in: .done)
        try world.wait("it is noted") {
            state(world)?["pending"] == .null && state(world)?["last"]?["outcome"] == "created"
        }
        #expect(keys(world).count == 1)
        #expect(world.prompts.count == 1)
        #expect(world.names(.new) + world.names(.running) + world.names(.failed) == [])
    }

    @Test func commands_lookAtSchedules_andRunThem() throws {
        let world = try World()
        try world.serve()
        try schedule(world, "cron: 30 2 * * mon\ntimezone: Europe/Berlin", named: "nightly")
        let next = try world.openloom(["schedules", "next", "nightly", "--count", "2", "--json"])
        #expect(next.code == 0, "\(next.errors)")
        #expect(try JSONValue(parsing: next.output)["next"]?.array?.count == 2)
        let made = try world.openloom(["schedules", "run", "nightly"])
        #expect(made.code == 0, "\(made.errors)")
        #expect(try world.wait(for: 1, in: .done) == [made.output.filter { !$0.isWhitespace }])
        #expect(try world.openloom(["schedules", "disable", "nightly"]).code == 0)
        try world.wait("it is noted") { state(world, "nightly")?["active"]?.bool == false }
        #expect(try world.openloom(["schedules", "show", "nightly"]).output.contains("disabled"))
        #expect(try world.openloom(["schedules", "enable", "nightly"]).code == 0)
        #expect(try world.openloom(["schedules", "show", "none"]).code == 2)
        #expect(try world.openloom(["schedules", "show", "../x"]).code == 2)
        try schedule(world, "cron: never", named: "broken")
        try world.wait("it is explained") {
            Files.exists(world.spool.appending("schedules").appending("broken.yaml.reason.txt"))
        }
        let run = try world.openloom(["schedules", "run", "broken"])
        #expect(run.code == 1)
        #expect(run.errors.contains("five are needed"))
        let all = try JSONValue(parsing: try world.openloom(["schedules", "ls", "--json"]).output)
        #expect(all["schedules"]?.array?.count == 2)
    }
}
