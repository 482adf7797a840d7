import DaemonConfiguration
import FoundationEssentials
import Glibc
import JSON
import Migration
import Spool
import SystemPackage
import TestSupport

/// A home in which OpenLoom 0.17 ran, in a directory of one test.
///
/// `Fixtures/home` was made by OpenLoom 0.17.0 itself, with tasks in each of its states: it was killed, so that most of
/// what it wrote is in `openloom.sqlite3-wal`. One row was set by hand while it ran: it calls a session that waits for an
/// answer `running` where the server lists questions by directory.
final class OldHomeCopy {
    let directory: TemporaryDirectory
    var home: FilePath { directory.path }
    var old: FilePath { home.appending(".openloom") }
    var spoolPath: FilePath { old.appending("spool") }
    var workplace: FilePath { home.appending("work") }
    var database: FilePath { old.appending("openloom.sqlite3") }

    /// Ids of the tasks in the fixture.
    enum ID {
        static let completed = "task_b40ef4596228"
        static let archived = "task_073a0781b268"
        static let running = "task_5c11d035a421"
        static let pausedRunning = "task_6f4212f9f181"
        static let waiting = "task_ecf1d56dfe4b"
        static let archivedRunning = "task_391b13973ff5"
        static let failed = "task_3592bf93db0e"
        static let held = "task_5952cf1bbbb2"
        static let pending = "task_2f638af22c45"
        static let all = [
            completed, archived, running, pausedRunning, waiting, archivedRunning, failed, held, pending,
        ]
    }

    static let fixture = FilePath(#filePath).removingLastComponent().appending("Fixtures/home")

    /// - Parameter sql: Makes the database of its own, instead of the fixture's.
    init(configuration: String? = "harness:\n  # nothing\n", sql: String? = nil) throws {
        directory = try TemporaryDirectory()
        let manager = FileManager.default
        try manager.createDirectory(atPath: workplace.string, withIntermediateDirectories: true)
        if let sql {
            try manager.createDirectory(atPath: old.string, withIntermediateDirectories: true)
            try SQLiteScript.run(Self.schema + sql, on: database)
        } else {
            try manager.copyItem(atPath: Self.fixture.string, toPath: old.string)
        }
        if let configuration { try write(configuration, to: old.appending("config.yaml")) }
    }

    /// OpenLoom 0.17's.
    static let schema = """
        CREATE TABLE tasks (id TEXT PRIMARY KEY, name TEXT NOT NULL, spec_json TEXT NOT NULL, workspace TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'pending', session_ids_json TEXT NOT NULL DEFAULT '[]', active_session_id TEXT,
        progress REAL NOT NULL DEFAULT 0, check_log_json TEXT NOT NULL DEFAULT '[]', last_summary TEXT, error TEXT,
        last_check_at REAL, next_check_at REAL, created_at REAL NOT NULL, updated_at REAL NOT NULL);

        """

    static func row(
        _ id: String, status: String = "pending", goal: String = "Do it", workspace: String = "/nonexistent/work",
        session: String? = nil, lastCheck: Double? = nil, created: String = "1795765000.5"
    ) -> String {
        let spec = JSONValue.object([
            "name": .string(id), "workspace": .string(workspace), "goal": .string(goal),
        ])
        func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
        return
            "INSERT INTO tasks (id, name, spec_json, workspace, status, active_session_id, last_check_at, created_at, "
            + "updated_at) VALUES (\(quoted(id)), \(quoted(id)), \(quoted(spec.compact)), \(quoted(workspace)), "
            + "\(quoted(status)), \(session.map(quoted) ?? "NULL"), \(lastCheck.map { "\($0)" } ?? "NULL"), \(created), "
            + "\(created));\n"
    }

    func write(_ text: String, to path: FilePath) throws {
        guard FileManager.default.createFile(atPath: path.string, contents: Data(text.utf8)) else {
            throw Errno(rawValue: errno)
        }
        // Secrets may stand in it.
        chmod(path.string, 0o600)
    }

    /// - Parameter isStartNamed: Whether it is said where OpenLoom 0.17 was started.
    func migrate(
        apply: Bool, from: FilePath? = nil, isStartNamed: Bool = true, environment: [String: String] = [:],
        flags: ConfigurationFlags = ConfigurationFlags()
    ) throws -> MigrationReport {
        var migration = Migration(
            old: OldHome(directory: from ?? old, startedIn: isStartNamed ? workplace : nil), home: home,
            environment: environment, flags: flags, workingDirectory: workplace, isDry: !apply)
        return try migration.run()
    }

    func spool() throws -> SpoolDirectory { try SpoolDirectory(opening: spoolPath) }

    /// Each task with its state; none where there is no spool.
    func spoolTasks() throws -> [String] {
        guard let spool = try? spool() else { return [] }
        return try TaskState.allCases.flatMap { state in try spool.list(state).map { "\(state.rawValue)/\($0)" } }
    }

    /// Every file, with its content and times.
    func tree() throws -> [String: String] {
        var tree: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: home.string) {
            let path = home.appending(name).string
            var status = stat()
            lstat(path, &status)
            let data = status.st_mode & S_IFMT == S_IFREG ? FileManager.default.contents(atPath: path) : nil
            tree[name] =
                "\(status.st_mode) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(data?.hashValue ?? 0) "
                + "\(data?.count ?? 0)"
        }
        return tree
    }
}

extension MigrationReport {
    func item(_ name: String) -> MigrationItem? { items.first { $0.name.hasPrefix(name) } }
    var problems: [String] { items.filter { $0.outcome == .problem }.map { "\($0.name): \($0.message)" } }
}
