import FoundationEssentials
import Glibc
import JSON
import Migration
import Spool
import SystemPackage
import TestSupport
import Testing

/// Homes that OpenLoom 0.17 can't have left so: said, and never guessed at.
@Suite struct HostileHomeTests {
    @Test(arguments: [
        ("UPDATE tasks SET status = 'asleep'", "\"asleep\" is no status"),
        ("UPDATE tasks SET spec_json = '{'", "its spec_json is no JSON object"),
        ("UPDATE tasks SET spec_json = x'00ff'", "its spec_json is no JSON object"),
        ("UPDATE tasks SET status = 7", "\"7\" is no status"),
        ("UPDATE tasks SET spec_json = '{\"workspace\": \"/w\"}'", "it has no goal"),
        ("UPDATE tasks SET spec_json = '{\"goal\": \"x\"}', workspace = ''", "its workspace is not known"),
        ("UPDATE tasks SET id = ''", "it has no id"),
    ])
    func rowThatMakesNoSense_isTold_andTheOthersAreCarriedOver(_ damage: String, _ message: String) throws {
        let home = try OldHomeCopy(
            sql: OldHomeCopy.row("a") + damage + ";" + OldHomeCopy.row("b", created: "1795765001"))
        let report = try home.migrate(apply: true)

        #expect(report.problems.count == 1)
        #expect(report.problems.first?.contains(message) == true, "\(report.problems)")
        #expect(try home.spool().list(.new).map(\.rawValue) == ["b"])
    }

    @Test func nameThatIsNoneOfOurs_getsAnother_andIsStillCarriedOverOnce() throws {
        let names = ["../../etc/passwd", ".hidden", String(repeating: "x", count: 300), "a b", "💥"]
        let home = try OldHomeCopy(sql: names.map { OldHomeCopy.row($0) }.joined())
        #expect(try home.migrate(apply: true).count(.carried, of: .task) == names.count)
        #expect(try home.migrate(apply: true).count(.present, of: .task) == names.count)

        let ids = try home.spool().list(.new)
        #expect(ids.count == names.count)
        #expect(ids.allSatisfy { $0.rawValue.hasPrefix("openloom-0.17-k") })
        let sources = try ids.compactMap { try home.spool().readSpec($0, in: .new)?.origin.source }
        #expect(sources.contains("OpenLoom 0.17: ../../etc/passwd"))
    }

    @Test(arguments: ["9e999", "-1", "1e300", "'yesterday'", "x'00'"])
    func timeThatNoCalendarKnows_isNow(_ time: String) throws {
        let home = try OldHomeCopy(sql: OldHomeCopy.row("a", status: "completed", created: time))
        _ = try home.migrate(apply: true)
        let task = try home.spool().snapshot(#require(TaskID("a")))
        #expect(abs((task.spec?.created.seconds ?? 0) - Timestamp.now().seconds) < 3600)
    }

    @Test func endedTaskWithoutAWorkspace_isKept_whereNoTaskCanWork() throws {
        let home = try OldHomeCopy(sql: OldHomeCopy.row("a", status: "failed", workspace: ""))
        let report = try home.migrate(apply: true)
        #expect(report.problems == [])
        #expect(try home.spool().snapshot(#require(TaskID("a"))).spec?.workspace == "/nonexistent")
    }

    @Test func fileThatIsNoDatabase_isRefused_andNothingIsMade() throws {
        let home = try OldHomeCopy()
        for name in ["openloom.sqlite3-wal"] { unlink(home.old.appending(name).string) }
        try home.write(String(repeating: "not a database\n", count: 1000), to: home.database)
        let before = try home.tree()
        let error = #expect(throws: MigrationError.self) { try home.migrate(apply: false) }
        #expect(error?.description.contains("is damaged") == true, "\(error?.description ?? "")")
        #expect(try home.tree() == before)
    }

    @Test func databaseThatWasCutOff_isRefused_orRead_butNeverCrashes() throws {
        let whole = try OldHomeCopy(sql: (0..<200).map { OldHomeCopy.row("task_\($0)") }.joined())
        let bytes = try #require(FileManager.default.contents(atPath: whole.database.string))
        for length in [0, 1, 99, 100, 1000, 4096, 5000, bytes.count / 2, bytes.count - 1] {
            let home = try OldHomeCopy(sql: "")
            _ = FileManager.default.createFile(atPath: home.database.string, contents: bytes.prefix(length))
            do {
                let report = try home.migrate(apply: false)
                #expect(report.count(.carried, of: .task) <= 200)
            } catch let error as MigrationError {
                #expect(error.description.contains(home.database.string))
            }
        }
    }

    @Test(arguments: [
        ("DROP TABLE tasks; CREATE TABLE other (x)", "it has no table tasks"),
        ("DROP TABLE tasks; CREATE TABLE tasks (id, name)", "its table tasks lacks spec_json, workspace, status"),
        ("ALTER TABLE tasks RENAME TO t; CREATE VIEW tasks AS SELECT * FROM t", "it has no table tasks"),
    ])
    func databaseOfAnotherSchema_isNamedAsThat(_ sql: String, _ message: String) throws {
        let home = try OldHomeCopy(sql: sql)
        let error = #expect(throws: MigrationError.self) { try home.migrate(apply: false) }
        #expect(error?.description.contains("is no database of OpenLoom 0.17: \(message)") == true)
    }

    @Test func olderSchema_withoutTheLaterColumns_isRead() throws {
        let home = try OldHomeCopy(
            sql: OldHomeCopy.row("a", status: "completed")
                + "ALTER TABLE tasks DROP COLUMN last_check_at; ALTER TABLE tasks DROP COLUMN error;")
        #expect(try home.migrate(apply: true).count(.carried, of: .task) == 1)
    }

    @Test func pipeInPlaceOfTheDatabase_isNotWaitedFor() throws {
        let home = try OldHomeCopy()
        unlink(home.database.string)
        mkfifo(home.database.string, 0o600)
        let report = try home.migrate(apply: false)
        #expect(report.item(home.database.string)?.message.hasPrefix("IS NOT THERE, SO THERE ARE NO TASKS") == true)
    }

    @Test func databaseThatIsALink_isReadWithWhatBelongsToTheFileItself() throws {
        let home = try OldHomeCopy()
        let kept = home.home.appending("kept.sqlite3")
        for companion in ["", "-wal"] {
            try FileManager.default.moveItem(
                atPath: home.database.string + companion, toPath: kept.string + companion)
        }
        symlink(kept.string, home.database.string)
        #expect(try home.migrate(apply: false).count(.carried, of: .task) == OldHomeCopy.ID.all.count)
    }

    /// It could name a file that SQLite removes then.
    @Test(arguments: [false, true])
    func rollbackJournal_isRefused_andNothingIsChanged(apply: Bool) throws {
        let home = try OldHomeCopy()
        let victim = home.home.appending("victim")
        try home.write("precious", to: victim)
        try home.write(String(repeating: "\(victim)\0", count: 100), to: FilePath("\(home.database)-journal"))
        let before = try home.tree()[victim.lastComponent?.string ?? ""]
        let error = #expect(throws: MigrationError.self) { try home.migrate(apply: apply) }
        #expect(error?.description.contains("sqlite3-journal is there") == true, "\(error?.description ?? "")")
        #expect(try home.tree()["victim"] == before)
        #expect(try home.spoolTasks() == [])
    }

    @Test func olderSchema_thatDoesNotSayWhatWasLookedAt_hasItTakenForPrompted() throws {
        let home = try OldHomeCopy(
            sql: OldHomeCopy.row("a", status: "running", session: "ses_1")
                + "ALTER TABLE tasks DROP COLUMN last_check_at;")
        _ = try home.migrate(apply: true)
        #expect(try home.spoolTasks() == ["running/a"])
    }

    @Test func olderSchema_thatDoesNotSayWhichSession_isAProblem_forTasksThatMayRun() throws {
        let home = try OldHomeCopy(
            sql: OldHomeCopy.row("a", status: "running", session: "ses_1") + OldHomeCopy.row("b", status: "paused")
                + OldHomeCopy.row("c") + "ALTER TABLE tasks DROP COLUMN active_session_id;")
        let report = try home.migrate(apply: true)
        #expect(report.problems.count == 2)
        #expect(report.item("a")?.message.contains("no column active_session_id") == true)
        #expect(try home.spoolTasks() == ["new/c"])
    }

    @Test func goalWithSpaceAroundIt_isTheOneThatWasSent() throws {
        let home = try OldHomeCopy(
            sql: OldHomeCopy.row("a", status: "running", goal: "\n Do it \n\n", session: "ses_1", lastCheck: 1))
        _ = try home.migrate(apply: true)
        let spool = try home.spool()
        let turn = try spool.readJSON(spool.paths.task(#require(TaskID("a")), in: .running).turn)
        #expect(turn?["text"] == "Do it")
    }

    @Test func directoryThatIsNoSpool_asTheMountPointOfOneThatIsNotMounted_isLeftEmpty() throws {
        let home = try OldHomeCopy()
        try FileManager.default.createDirectory(atPath: home.spoolPath.string, withIntermediateDirectories: true)
        let dry = try home.migrate(apply: false)
        #expect(dry.item(home.spoolPath.string)?.outcome == .problem)
        #expect((#expect(throws: SpoolError.self) { try home.migrate(apply: true) })?.code == .notASpool)
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.spoolPath.string) == [])
    }
}
