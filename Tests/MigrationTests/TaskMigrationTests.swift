import JSON
import Migration
import Spool
import SystemPackage
import TestSupport
import Testing

/// Tasks of a home that OpenLoom 0.17 made: where each goes, and that it goes there once.
@Suite struct TaskMigrationTests {
    typealias ID = OldHomeCopy.ID

    @Test func dryRun_tellsEachTask_andChangesNothing() throws {
        let home = try OldHomeCopy()
        let before = try home.tree()
        let report = try home.migrate(apply: false)

        #expect(report.items.filter { $0.kind == .task }.map { String($0.name.prefix(17)) }.sorted() == ID.all.sorted())
        #expect(report.count(.carried, of: .task) == 9)
        #expect(report.isDry)
        #expect(report.spool == home.spoolPath.string)
        #expect(try home.tree() == before)
    }

    @Test func apply_putsEachTaskWhereItBelongs_underItsOwnName() throws {
        let home = try OldHomeCopy()
        let report = try home.migrate(apply: true)
        #expect(report.problems == [])

        let spool = try home.spool()
        let statuses = try Dictionary(
            uniqueKeysWithValues: TaskState.allCases.flatMap { state in
                try spool.list(state).map { id in
                    let task = try spool.snapshot(id)
                    return (id.rawValue, "\(state) \(task.status) \(task.verdict?.rawValue ?? "-")")
                }
            })
        #expect(
            statuses == [
                ID.completed: "done completed unchanged", ID.archived: "done archived unchanged",
                ID.running: "running running -", ID.pausedRunning: "running paused -",
                ID.waiting: "running running -", ID.archivedRunning: "failed archived cancelled",
                ID.failed: "failed failed error", ID.held: "new paused -", ID.pending: "new pending -",
            ])
        #expect(try spool.entries(of: spool.paths.temporary) == [])
        #expect(try spool.entries(of: spool.paths.migrated) == ID.all.sorted())
    }

    @Test func endedTask_keepsItsTimes_itsSession_andWhatWasKnownOfIt() throws {
        let home = try OldHomeCopy()
        // On no machine in the future.
        try SQLiteScript.run("UPDATE tasks SET created_at = 1e9 + 0.5, updated_at = 1e9 + 60", on: home.database)
        _ = try home.migrate(apply: true)
        let spool = try home.spool()
        let id = try #require(TaskID(ID.completed))
        let task = spool.paths.task(id, in: .done)
        let note = try #require(try spool.readJSON(task.migrated))

        #expect(note["from"] == "OpenLoom 0.17")
        #expect(note["task"]?["status"] == "completed")
        #expect((note["task"]?["check_log"]?.array?.count ?? 0) >= 2)
        let snapshot = try spool.snapshot(id)
        #expect(snapshot.name == "Tidy the shop")
        #expect(snapshot.session == note["task"]?["active_session_id"]?.string)
        #expect(snapshot.spec?.goal == "sim: write notes.txt tidy")
        #expect(snapshot.spec?.workspace == "/srv/work/shop")
        #expect(snapshot.spec?.origin.kind == .migration)
        let (created, updated) = (note["task"]?["created_at"]?.double, note["task"]?["updated_at"]?.double)
        #expect(abs((snapshot.spec?.created.seconds ?? 0) - (created ?? 1)) < 0.002)
        #expect(abs(snapshot.changed.seconds - (updated ?? 1)) < 0.002)
        #expect(snapshot.reason?.hasPrefix("OpenLoom 0.17 called it completed (Agent reported TASK COMPLETE)") == true)
        #expect(snapshot.result?["fact"] == .null)
        #expect(snapshot.result?["migrated"]?["status"] == "completed")
        #expect(try spool.snapshot(#require(TaskID(ID.failed))).reason == "Session ses_gone no longer exists")
    }

    @Test func runningTask_hasAllThatKeepsItsPromptFromBeingSentAgain() throws {
        let home = try OldHomeCopy()
        _ = try home.migrate(apply: true)
        let spool = try home.spool()
        for name in [ID.running, ID.waiting, ID.pausedRunning] {
            let task = spool.paths.task(try #require(TaskID(name)), in: .running)
            let turn = try #require(try spool.readJSON(task.turn))
            #expect(turn["migrated"] == true)
            #expect(turn["session"]?.string == (try spool.readWord(task.session)))
            #expect(turn["text"]?.string?.hasPrefix("sim: ") == true)
            #expect(spool.exists(task.turnSending) && spool.exists(task.turnSent) && spool.exists(task.owner))
            #expect(spool.exists(task.hold) == (name == ID.pausedRunning))
            #expect(try spool.readSpec(try #require(TaskID(name)), in: .running)?.timeoutSeconds == 30 * 86_400)
        }
    }

    @Test func secondRun_findsNothingToDo_andChangesNothing() throws {
        let home = try OldHomeCopy()
        _ = try home.migrate(apply: true)
        let before = try home.tree()
        let report = try home.migrate(apply: true)

        #expect(report.count(.present, of: .task) == 9)
        #expect(report.count(.carried) == 0)
        #expect(try home.tree() == before)
    }

    @Test func deletedTask_doesNotComeBack() throws {
        let home = try OldHomeCopy()
        _ = try home.migrate(apply: true)
        let spool = try home.spool()
        for name in [ID.pending, ID.completed] { try spool.remove(try #require(TaskID(name))) }
        let report = try home.migrate(apply: true)

        #expect(report.count(.present, of: .task) == 9)
        #expect(try spool.list(.new).map(\.rawValue) == [ID.held])
        #expect(try spool.list(.done).map(\.rawValue) == [ID.archived])
    }

    @Test func taskOfTheSameName_thatCameFromElsewhere_isLeftAlone() throws {
        let home = try OldHomeCopy(sql: OldHomeCopy.row("a"))
        let spool = try SpoolDirectory(initializing: home.spoolPath)
        let (_, building) = try spool.beginBuilding(name: "a")
        let id = try #require(TaskID("a"))
        let spec = TaskSpec(name: "ours", workspace: "/", goal: "g", created: .now(), origin: TaskOrigin(.cli))
        try spool.completeBuilding(TaskPaths(directory: building), spec: spec)
        try spool.accept(building, as: id)

        let report = try home.migrate(apply: true)
        #expect(report.problems.count == 1)
        #expect(report.item("a")?.message.contains("came from elsewhere") == true)
        #expect(try spool.snapshot(id).name == "ours")
    }

    @Test func nothingIsAccepted_whileTheSpoolIsClosed_orADaemonWorksOnIt() throws {
        let home = try OldHomeCopy()
        let spool = try SpoolDirectory(initializing: home.spoolPath)
        let lock = try DaemonLock.take(spool)
        #expect((#expect(throws: SpoolError.self) { try home.migrate(apply: true) })?.code == .locked)
        #expect(try home.migrate(apply: false).item(home.spoolPath.string)?.message.contains("is in use") == true)
        lock.release()
        try home.write("", to: spool.paths.closed)
        #expect((#expect(throws: SpoolError.self) { try home.migrate(apply: true) })?.code == .closed)
        #expect(try home.migrate(apply: false).item(home.spoolPath.string)?.message.contains("is closed") == true)
        #expect(try TaskState.allCases.flatMap { try spool.list($0) } == [])
    }

    @Test func buildThatWasCutOff_isRemovedByTheNextStart() throws {
        let home = try OldHomeCopy(sql: OldHomeCopy.row("a"))
        let spool = try SpoolDirectory(initializing: home.spoolPath)
        let left = spool.paths.temporary.appending("999999999.a")
        try spool.makeDirectory(left)
        try home.write("{}", to: TaskPaths(directory: left).migrated)
        let report = try spool.recover()

        #expect(report.setAside == [])
        #expect(try spool.entries(of: spool.paths.temporary) == [])
    }

    // MARK: which were prompted

    @Test(arguments: [
        // status, session, whether it was looked at, what is to be
        ("pending", "ses_1", false, "new"), ("running", nil, false, "new"), ("running", "ses_1", false, "new"),
        ("running", "ses_1", true, "running"), ("waiting", "ses_1", true, "running"), ("paused", nil, false, "new"),
        ("paused", "ses_1", true, "running"),
    ])
    func onlyTaskThatCanNotHaveBeenPrompted_goesToNew(
        status: String, session: String?, wasChecked: Bool, state: String
    ) throws {
        let home = try OldHomeCopy(
            sql: OldHomeCopy.row("a", status: status, session: session, lastCheck: wasChecked ? 1_795_765_001 : nil))
        _ = try home.migrate(apply: true)
        let task = try home.spool().snapshot(#require(TaskID("a")))
        #expect(task.state.rawValue == state)
        #expect(task.isHeld == (status == "paused"))
        #expect(task.spec?.sessionID == (state == "new" ? session : nil))
    }
}
