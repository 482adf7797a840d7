import JSON
import Logging
import Scheduler
import Schedules
import Spool
import SystemPackage
import TaskSource
import TestSupport
import Testing

/// A spool with schedules, and a clock that the test moves.
private final class World {
    let directory: TemporaryDirectory
    let spool: SpoolDirectory
    let book: ScheduleBook
    let follower: ScheduleFollower
    /// 2026-11-23 is a Monday.
    var now = Timestamp(iso8601: "2026-11-23T09:30:00Z") ?? Timestamp(milliseconds: 0)

    init() throws {
        directory = try TemporaryDirectory()
        spool = try SpoolDirectory(openingOrCreating: directory.path.appending("spool"))
        let reader = TaskSourceReader(workspaces: WorkspacePolicy(defaultWorkspace: directory.path))
        book = ScheduleBook(spool: spool, reader: reader, zones: TimeZoneCatalogue(local: "/nowhere"))
        follower = ScheduleFollower(book: book, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func write(_ name: String, _ keys: String, task: String = "{goal: 'Do it on {{date}}.'}") throws {
        try DurableFile.write("\(keys)\ntask: \(task)\n", to: spool.paths.schedules.appending("\(name).yaml"))
    }

    @discardableResult
    func look() -> String? { follower.look(at: now)?.iso8601 }

    func move(minutes: Double) { now = now.adding(seconds: minutes * 60) }

    func state(_ name: String = "s") throws -> ScheduleState {
        let name = try #require(ScheduleName(name))
        return try #require(spool.scheduleState(name))
    }

    /// The tasks in a state, oldest first.
    func specs(_ state: TaskState = .new) throws -> [TaskSpec] {
        try spool.list(state).compactMap { try spool.readSpec($0, in: state) }
    }

    func reason(_ file: String = "s.yaml") -> String? {
        (try? spool.readFile(spool.paths.schedules.appending("\(file).reason.txt"), limit: 100_000))
            .flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) }
    }
}

@Suite struct FollowerTests {
    @Test func task_isMadeWhenItIsDue_onceForEachMoment_withWhatTheFileSays() throws {
        let world = try World()
        try world.write(
            "s", "cron: 0 6 * * *\ntimezone: Europe/Berlin",
            task: "{name: 'Tidy {{date}}', goal: 'At {{time}} by {{schedule}}: {{other}}', priority: 7}")
        #expect(world.look() == "2026-11-24T05:00:00.000Z")
        #expect(try world.specs().isEmpty)
        world.now = try #require(Timestamp(iso8601: "2026-11-24T05:00:00Z"))
        #expect(world.look() == "2026-11-25T05:00:00.000Z")
        world.look()
        world.move(minutes: 1)
        world.look()
        let specs = try world.specs()
        #expect(specs.count == 1)
        #expect(specs[0].name == "Tidy 2026-11-24")
        #expect(specs[0].goal == "At 06:00 by s: {{other}}")
        #expect(specs[0].priority == 7)
        #expect(specs[0].origin == TaskOrigin(.schedule, source: "s"))
        #expect(specs[0].key == "schedule s at 2026-11-24T05:00:00.000Z")
        let state = try world.state()
        #expect(state.last?.kind == .created)
        #expect(try state.last?.task == world.spool.list(.new).first)
    }

    @Test func overlap_skip_makesNoneWhileTheLastHasNotEnded() throws {
        let world = try World()
        try world.write("s", "every: 15m")
        world.look()
        world.move(minutes: 15)
        world.look()
        world.move(minutes: 15)
        world.look()
        #expect(try world.specs().count == 1)
        #expect(try world.state().last?.kind == .skipped)
        let id = try #require(try world.spool.list(.new).first)
        #expect(try world.state().last?.reason.contains(id.rawValue) == true)
        try world.spool.finish(id, from: .new, as: TaskEnding(verdict: .cancelled, reason: "x"))
        world.move(minutes: 15)
        world.look()
        #expect(try world.specs().count == 1)
        #expect(try world.state().open == world.spool.list(.new))
    }

    @Test func overlap_queue_makesEachWaitForTheOneBefore() throws {
        let world = try World()
        try world.write("s", "every: 15m\noverlap: queue")
        world.look()
        for _ in 0..<3 {
            world.move(minutes: 15)
            world.look()
        }
        let ids = try world.state().open
        #expect(ids.count == 3)
        let specs = try ids.map { try #require(try world.spool.readSpec($0, in: .new)) }
        #expect(specs[0].after == [])
        #expect(specs[2].after == ids.prefix(2).map { TaskDependency($0.rawValue, on: .any) })
    }

    @Test func overlap_cancelPrevious_cancelsIt_andWaitsUntilItHasEnded() throws {
        let world = try World()
        try world.write("s", "every: 15m\noverlap: cancel_previous")
        world.look()
        for _ in 0..<2 {
            world.move(minutes: 15)
            world.look()
        }
        let ids = try world.state().open
        #expect(ids.count == 2)
        #expect(world.spool.isCancelled(ids[0], in: .new))
        #expect(!world.spool.isCancelled(ids[1], in: .new))
        #expect(try world.spool.readSpec(ids[1], in: .new)?.after == [TaskDependency(ids[0].rawValue, on: .any)])
    }

    @Test func missedMoments_makeOneTask_orNone_orNoneAfterTooLong() throws {
        for (keys, count) in [
            ("missed: run_once", 1), ("missed: skip", 0), ("missed_within: 1h", 0), ("missed_within: 3h", 1),
        ] {
            let world = try World()
            try world.write("s", "cron: 0 * * * *\n\(keys)")
            world.look()
            // 12:30 of the day after: 27 hours were missed, the last of them half an hour ago.
            world.move(minutes: 27 * 60)
            if keys.contains("within") { world.move(minutes: -27 * 60 + 3 * 60 * 24) }
            try world.write("s", keys.contains("within") ? "cron: 30 7 * * *\n\(keys)" : "cron: 0 * * * *\n\(keys)")
            if keys.contains("within") {
                // Another rule begins anew; what is missed by two hours follows.
                world.look()
                world.now = try #require(Timestamp(iso8601: "2026-11-27T09:30:00Z"))
            }
            world.look()
            world.look()
            #expect(try world.specs().count == count, "\(keys)")
            #expect(try world.state().last?.kind == (count == 1 ? .created : .missed), "\(keys)")
        }
    }

    @Test func anotherRule_beginsAnew() throws {
        let world = try World()
        try world.write("s", "cron: 0 6 * * *")
        world.look()
        // 9 o'clock today was under no rule.
        try world.write("s", "cron: 0 9 * * *")
        #expect(world.look() == "2026-11-24T09:00:00.000Z")
        #expect(try world.specs().isEmpty)
    }

    @Test func disabledSchedule_makesNothing_andMakesNothingUpFor() throws {
        let world = try World()
        let name = try #require(ScheduleName("s"))
        try world.write("s", "every: 1h")
        world.look()
        try world.spool.disable(name)
        world.move(minutes: 90)
        #expect(world.look() == nil)
        try world.spool.enable(name)
        #expect(world.look() == "2026-11-23T12:00:00.000Z")
        try world.write("s", "every: 1h\nenabled: false")
        #expect(world.look() == nil)
        #expect(try world.specs().isEmpty)
        try world.write("s", "every: 1h\nuntil: 2026-11-23T10:00:00Z")
        #expect(world.look() == nil)
    }

    @Test func removedSchedule_isForgotten_whenItsTasksHaveEnded() throws {
        let world = try World()
        let name = try #require(ScheduleName("s"))
        try world.write("s", "every: 1h")
        world.look()
        world.move(minutes: 60)
        world.look()
        try world.spool.unmark(world.spool.paths.schedule(name))
        world.move(minutes: 60)
        #expect(world.look() == nil)
        #expect(try world.state().open.count == 1)
        try world.write("s", "every: 1h")
        #expect(world.look() == "2026-11-23T12:00:00.000Z")
        try world.spool.unmark(world.spool.paths.schedule(name))
        try world.spool.finish(world.state().open[0], from: .new, as: TaskEnding(verdict: .cancelled, reason: ""))
        world.look()
        #expect(world.spool.scheduleState(name) == nil)
    }

    @Test func faultyFile_isExplainedBesideIt_untilItIsMended() throws {
        let world = try World()
        try world.write(
            "s", "cron: 61 * * * *\nevery: 5m\nfoo: 1", task: "{goal: x, key: k, workspace: /nowhere/at/all}")
        #expect(world.look() == nil)
        let reason = try #require(world.reason())
        for part in [
            "line 3: foo: unknown key", "every: is given, and cron as well", "task.key: is given by the schedule",
        ] { #expect(reason.contains(part), "\(reason)") }
        try world.write("s", "cron: 61 * * * *", task: "{goal: x}")
        world.look()
        #expect(world.reason()?.contains("line 1: cron: 61 is no minute") == true)
        // A workspace that is not there may come.
        try world.write("s", "every: 1h", task: "{goal: x, workspace: /nowhere/at/all}")
        #expect(world.look() == world.now.adding(seconds: 30).iso8601)
        #expect(world.reason()?.contains("workspace") == true)
        try world.write("s", "every: 1h")
        #expect(world.look() != nil)
        #expect(world.reason() == nil)
        try world.write("s", "every: 1h\ntimezone: UTC")
        world.look()
        #expect(world.reason()?.contains("timezone: means nothing to an interval") == true)
        try world.spool.unmark(world.spool.paths.schedules.appending("s.yaml"))
        world.look()
        #expect(world.reason() == nil)
    }

    @Test func fileThatCanBeNoSchedule_isExplained_andPassingOnesAreLeftAlone() throws {
        let world = try World()
        for name in ["x.yml", "a b.yaml", ".x.yaml.swp", "x.yaml~", "y.tmp", "README"] {
            try DurableFile.write("x", to: world.spool.paths.schedules.appending(name))
        }
        #expect(world.look() == nil)
        for name in ["x.yml", "a b.yaml", "README"] { #expect(world.reason(name)?.contains("NAME.yaml") == true) }
        for name in [".x.yaml.swp", "x.yaml~", "y.tmp"] { #expect(world.reason(name) == nil) }
    }

    @Test func closedSpool_isWaitedFor() throws {
        let world = try World()
        try world.write("s", "every: 1h")
        world.look()
        try world.spool.mark(world.spool.paths.closed)
        world.move(minutes: 60)
        #expect(world.look() == world.now.adding(seconds: 30).iso8601)
        try world.spool.unmark(world.spool.paths.closed)
        world.move(minutes: 5)
        world.look()
        #expect(try world.specs().count == 1)
    }

    /// A crash between any two steps leaves either the note that it is pending, or the task with its key.
    @Test func pendingMoment_isMade_oncePerKey_howeverOftenItIsLookedAt() throws {
        let world = try World()
        let name = try #require(ScheduleName("s"))
        try world.write("s", "every: 1h")
        world.look()
        let due = try #require(Timestamp(iso8601: "2026-11-23T10:00:00Z"))
        var state = try world.state()
        state.pending = due
        // Killed before the task was there, and back three hours later.
        try world.spool.write(state, of: name)
        world.move(minutes: 30)
        world.look()
        #expect(try world.specs().map(\.key) == [name.key(at: due)])
        // Killed after the task was there.
        try world.spool.write(state, of: name)
        world.look()
        #expect(try world.specs().count == 1)
        #expect(try world.state().open == world.spool.list(.new))
    }

    @Test func byHand_aTaskIsMadeAtOnce_beside() throws {
        let world = try World()
        let name = try #require(ScheduleName("s"))
        try world.write("s", "every: 1h\nenabled: false")
        let file = try world.book.read(name, now: world.now)
        let first = try world.book.submit(file, of: name, due: nil, now: world.now)
        let second = try world.book.submit(file, of: name, due: nil, now: world.now)
        #expect(first != second)
        #expect(try world.specs()[0].goal == "Do it on 2026-11-23.")
        #expect(try world.specs()[0].key == nil)
    }

    @Test func status_showsRuleNextAndLast() throws {
        let world = try World()
        let name = try #require(ScheduleName("s"))
        try world.write("s", "cron: '@daily'\ntimezone: Asia/Kolkata\noverlap: queue\nmissed: skip")
        world.look()
        var json = try world.book.status(name, now: world.now).json
        #expect(json["rule"] == "@daily")
        #expect(json["timezone"] == "Asia/Kolkata")
        #expect(json["next"] == "2026-11-23T18:30:00.000Z")
        #expect(json["last"] == .null)
        #expect(json["active"] == true)
        try world.write("s", "cron: x")
        json = try world.book.status(name, now: world.now).json
        #expect(json["problem"]?.string?.contains("five are needed") == true)
        #expect(json["active"] == false)
        let none = try #require(ScheduleName("none"))
        #expect(throws: SpoolError.self) { try world.book.status(none) }
    }
}
