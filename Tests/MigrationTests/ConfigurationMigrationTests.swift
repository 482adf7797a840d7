import DaemonConfiguration
import FoundationEssentials
import Glibc
import JSON
import Migration
import Spool
import SystemPackage
import TestSupport
import Testing

/// What becomes of keys, connectors, webhooks and workspaces.
@Suite struct ConfigurationMigrationTests {
    private static let full = """
        opencode:
          url: http://127.0.0.1:4096
        harness:
          auto_accept_permissions: false
        database: openloom.sqlite3
        notify:
          webhook:
            - url: http://127.0.0.1:9901/secret/path
              events: [TASK_COMPLETED, TASK_FAILED]
              signing_secret: hush
        storage:
          class: my_cloud.MyCloud
          kwargs: {token: hush}
          inbox: incoming

        """

    @Test func eachKey_saysWhatBecomesOfIt_andNoSecretIsShown() throws {
        let home = try OldHomeCopy(configuration: Self.full)
        let report = try home.migrate(apply: false)

        let file = home.old.appending("config.yaml")
        #expect(report.item("opencode.url")?.message == "\(file):2: works unchanged")
        #expect(
            report.item("harness.auto_accept_permissions")?.message
                == "\(file):4: works unchanged; its name here is harness.permissions")
        #expect(report.item("database")?.outcome == .differs)
        #expect(report.item("database")?.message.contains("tasks are kept in the spool") == true)
        #expect(report.item("ui.port")?.message.contains("set ui.port: 55413") == true)
        let webhook = report.items.first { $0.kind == .webhook }
        #expect(webhook?.outcome == .works)
        #expect(webhook?.message.contains("TASK_COMPLETED, TASK_FAILED") == true)
        let all = report.json.compact
        #expect(!all.contains("hush") && !all.contains("secret/path"))
    }

    @Test func fileThatOthersCanRead_andHoldsASecret_isToldHowToMendIt_andNothingIsDone() throws {
        let home = try OldHomeCopy(configuration: Self.full)
        chmod(home.old.appending("config.yaml").string, 0o644)
        let report = try home.migrate(apply: true)
        #expect(report.problems.contains { $0.contains("chmod 600") })
        #expect(report.items.allSatisfy { $0.kind == .configuration })
        #expect(report.spool == home.spoolPath.string)
        #expect(!FileManager.default.fileExists(atPath: home.spoolPath.string))
    }

    @Test func keyThatIsUnknown_isAProblem_withItsLine() throws {
        let home = try OldHomeCopy(configuration: "opencode:\n  url: http://127.0.0.1:4096\nharnes: {}\n")
        let report = try home.migrate(apply: false)
        #expect(report.problems.count == 1)
        #expect(report.problems.first?.contains("config.yaml:3: unknown key; did you mean harness") == true)
        #expect(report.count(.carried, of: .task) == 9)
    }

    @Test func homeElsewhere_givesItsFile_asItIs_whereNoneIs() throws {
        let home = try OldHomeCopy(configuration: "opencode: {username: me}\n")
        let elsewhere = home.home.appending("elsewhere")
        try FileManager.default.moveItem(atPath: home.old.string, toPath: elsewhere.string)
        let target = home.old.appending("config.yaml")

        #expect(try home.migrate(apply: false, from: elsewhere).item(target.string)?.outcome == .carried)
        #expect(!FileManager.default.fileExists(atPath: target.string))
        #expect(try home.migrate(apply: true, from: elsewhere).item(target.string)?.outcome == .carried)
        let contents = FileManager.default.contents(atPath: target.string)
        #expect(contents.map { String(decoding: $0, as: UTF8.self) } == "opencode: {username: me}\n")
        var status = stat()
        stat(target.string, &status)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try home.migrate(apply: true, from: elsewhere).item(target.string)?.outcome == .present)
        #expect(try home.spool().list(.running).count == 3)
    }

    @Test func fileThatIsThere_isNeverOverwritten() throws {
        let home = try OldHomeCopy(configuration: "opencode: {username: mine}\n")
        try home.write("opencode: {username: theirs}\n", to: home.workplace.appending("openloom.yaml"))
        let before = try home.tree()[".openloom/config.yaml"]
        let report = try home.migrate(apply: true)
        let item = report.item(home.old.appending("config.yaml").string)
        #expect(item?.outcome == .differs)
        #expect(item?.message.contains("is left alone") == true)
        #expect(report.problems == [])
        #expect(try home.tree()[".openloom/config.yaml"] == before)
    }

    @Test func connector_saysWhatIsToBeCopied_andThenWorks() throws {
        let home = try OldHomeCopy(configuration: Self.full)
        #expect(try home.migrate(apply: false).item("my_cloud.MyCloud")?.message.contains("is in none of") == true)

        let near = home.workplace.appending("connectors")
        try FileManager.default.createDirectory(atPath: near.string, withIntermediateDirectories: true)
        try home.write("class MyCloud: pass\n", to: near.appending("my_cloud.py"))
        try home.write("pass\n", to: near.appending("example.py"))
        let report = try home.migrate(apply: false)
        let ours = home.old.appending("connectors")
        let message = report.item("my_cloud.MyCloud")?.message ?? ""
        #expect(message.contains("cp -r \(near)/my_cloud.py \(ours)/"), "\(message)")
        #expect(message.contains("cp contrib/connectors/python-bridge \(ours)/"), "\(message)")
        #expect(report.item(near.appending("example.py").string)?.outcome == .differs)

        try FileManager.default.createDirectory(atPath: ours.string, withIntermediateDirectories: true)
        try home.write("class MyCloud: pass\n", to: ours.appending("my_cloud.py"))
        try home.write("#!/bin/sh\n", to: ours.appending("python-bridge"))
        chmod(ours.appending("python-bridge").string, 0o700)
        try FileManager.default.removeItem(atPath: near.string)
        #expect(try home.migrate(apply: false).item("my_cloud.MyCloud")?.outcome == .works)
    }

    @Test func workspace_isOffered_whereTasksWork() throws {
        let home = try OldHomeCopy()
        try SQLiteScript.run(
            "INSERT INTO recent_workspaces VALUES ('/srv/work/alone', 1)", on: home.old.appending("recent.sqlite3"))
        let report = try home.migrate(apply: false)
        #expect(report.item("/srv/work/shop")?.outcome == .works)
        #expect(report.item("/srv/work/alone")?.outcome == .differs)
    }

    @Test func database_isFound_whereTheConfigurationOrTheEnvironmentNamesIt() throws {
        let home = try OldHomeCopy(configuration: "database: kept/tasks.sqlite3\n", sql: OldHomeCopy.row("a"))
        let kept = home.old.appending("kept")
        try FileManager.default.createDirectory(atPath: kept.string, withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: home.database.string, toPath: kept.appending("tasks.sqlite3").string)
        #expect(try home.migrate(apply: false).count(.carried, of: .task) == 1)
        let variable = ["OPENLOOM_DATABASE": "nowhere.sqlite3"]
        let report = try home.migrate(apply: false, environment: variable)
        #expect(report.count(.carried, of: .task) == 0)
        #expect(report.item(home.old.appending("nowhere.sqlite3").string)?.outcome == .problem)
    }

    @Test func homeThatIsNotThere_isSaid() throws {
        let home = try OldHomeCopy()
        let error = #expect(throws: MigrationError.self) { try home.migrate(apply: false, from: "/nonexistent") }
        #expect(error?.description.contains("--from") == true)
    }

    @Test func fileOfAStrangersDirectory_isNotRead_unlessItIsNamed() throws {
        let home = try OldHomeCopy(configuration: nil, sql: OldHomeCopy.row("a"))
        let stranger = home.workplace.appending("openloom.yaml")
        try home.write("database: /nonexistent/theirs.sqlite3\n", to: stranger)
        let report = try home.migrate(apply: true, isStartNamed: false)
        #expect(report.item(stranger.string)?.outcome == .differs)
        #expect(report.item(stranger.string)?.message.contains("--started-in .") == true)
        #expect(report.problems == [])
        #expect(try home.spoolTasks() == ["new/a"])
        #expect(try home.tree()[".openloom/config.yaml"] == nil)
    }

    @Test func fileThatIsCopied_saysWhichSpoolIsUsed_fromTheFirstRunOn() throws {
        let home = try OldHomeCopy(configuration: nil, sql: OldHomeCopy.row("a"))
        let spool = home.home.appending("elsewhere")
        try home.write("spool: {path: \(spool)}\n", to: home.workplace.appending("openloom.yaml"))
        #expect(try home.migrate(apply: false).spool == spool.string)
        #expect(try home.migrate(apply: true).spool == spool.string)
        #expect(try SpoolDirectory(opening: spool).list(.new).count == 1)
        let again = try home.migrate(apply: true)
        #expect(again.spool == spool.string)
        #expect(again.count(.carried) == 0)
    }

    @Test func relativePath_inAFileThatIsToBeCopied_isAProblem_andNothingIsDone() throws {
        let home = try OldHomeCopy(configuration: nil, sql: OldHomeCopy.row("a"))
        try home.write(
            "spool: {path: tasks}\nopencode: {username: me}\n", to: home.workplace.appending("openloom.yaml"))
        let report = try home.migrate(apply: true)
        #expect(report.problems.count == 1)
        #expect(report.problems.first?.hasPrefix("spool.path: ") == true, "\(report.problems)")
        #expect(report.problems.first?.contains("would start from \(home.old)") == true, "\(report.problems)")
        #expect(try home.spoolTasks() == [])
        #expect(try home.tree()[".openloom/config.yaml"] == nil)
    }

    @Test func directoryOfTheFile_isMade_howeverDeepItIs() throws {
        let home = try OldHomeCopy(configuration: nil, sql: OldHomeCopy.row("a"))
        try home.write("opencode: {username: me}\n", to: home.workplace.appending("openloom.yaml"))
        let target = home.home.appending("a/b/c/config.yaml")
        let report = try home.migrate(apply: true, flags: ConfigurationFlags(config: target.string))
        #expect(report.item(target.string)?.outcome == .carried)
        #expect(FileManager.default.fileExists(atPath: target.string))

        try home.write("", to: home.home.appending("file"))
        let blocked = home.home.appending("file/d/config.yaml")
        let error = #expect(throws: MigrationError.self) {
            try home.migrate(apply: true, flags: ConfigurationFlags(config: blocked.string))
        }
        #expect(error?.description.contains("can't make") == true)
    }

    @Test func copyThatWasEditedSince_isNoProblem() throws {
        let home = try OldHomeCopy(configuration: nil, sql: OldHomeCopy.row("a"))
        try home.write("opencode: {username: me}\n", to: home.workplace.appending("openloom.yaml"))
        _ = try home.migrate(apply: true)
        let target = home.old.appending("config.yaml")
        try home.write("opencode: {username: you}\n", to: target)
        let report = try home.migrate(apply: true)
        #expect(report.item(target.string)?.outcome == .differs)
        #expect(report.problems == [])
    }
}
