import SQLite
import SystemPackage

/// OpenLoom 0.17's databases: `openloom.sqlite3` with the tasks, `recent.sqlite3` beside it with workspaces.
struct OldDatabase {
    private let copy: DatabaseCopy
    private let file: SQLiteFile
    private let original: FilePath

    /// Copies and opens it.
    init(_ original: FilePath, scratch: FilePath) throws(MigrationError) {
        self.original = original
        copy = try DatabaseCopy(of: original, in: scratch)
        do throws(SQLiteError) {
            file = try SQLiteFile(copy.path)
        } catch {
            throw Self.failure(original, error)
        }
    }

    /// In the order of ``OldTask/init(_:present:)``.
    private static let columns = [
        "id", "name", "spec_json", "workspace", "status", "created_at", "updated_at", "active_session_id",
        "session_ids_json", "check_log_json", "last_summary", "error", "progress", "last_check_at", "next_check_at",
    ]
    /// Versions before 0.17 lack some of the others.
    private static let needed = columns.prefix(7)

    /// Hands on the tasks, oldest first, until one is answered with false.
    func eachTask(_ body: (OldTask) -> Bool) throws(MigrationError) {
        do throws(SQLiteError) {
            let present = try file.columns(of: "tasks")
            let missing = Self.needed.filter { !present.contains($0) }
            guard missing.isEmpty else {
                throw SQLiteError(.otherSchema, "its table tasks lacks \(missing.joined(separator: ", "))")
            }
            let list = Self.columns.map { present.contains($0) ? $0 : "NULL" }.joined(separator: ", ")
            try file.each("SELECT \(list) FROM tasks ORDER BY created_at, id") { body(OldTask($0, present: present)) }
        } catch {
            throw Self.failure(original, error)
        }
    }

    /// Newest first.
    func recentWorkspaces() throws(MigrationError) -> [String] {
        var paths: [String] = []
        do throws(SQLiteError) {
            guard try file.columns(of: "recent_workspaces").isSuperset(of: ["path", "used_at"]) else {
                throw SQLiteError(.otherSchema, "its table recent_workspaces lacks path or used_at")
            }
            try file.each("SELECT path FROM recent_workspaces ORDER BY used_at DESC LIMIT 20") { row in
                if let path = row.text(0) { paths.append(path) }
                return true
            }
        } catch {
            throw Self.failure(original, error)
        }
        return paths
    }

    private static func failure(_ original: FilePath, _ error: SQLiteError) -> MigrationError {
        switch error.code {
        case .damaged:
            MigrationError(
                "\(original) is damaged: \(error). Mend a copy (sqlite3 \(original) .recover | sqlite3 mended.sqlite3), "
                    + "and name that with OPENLOOM_DATABASE")
        case .otherSchema: MigrationError("\(original) is no database of OpenLoom 0.17: \(error)")
        case .tooLarge, .failed: MigrationError("can't read \(original): \(error)")
        }
    }
}
