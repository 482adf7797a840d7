import JSON
import SQLite
import Spool
import SystemPackage

/// A row of OpenLoom 0.17's table `tasks`. What it could not have written itself is told as ``fault``.
struct OldTask {
    /// In 0.17's words.
    enum Status: String { case pending, running, waiting, paused, completed, failed, archived }

    var id: String
    var name: String
    var goal: String
    /// Empty where none was given.
    var workspace: String
    var statusText: String
    var session: String?
    var summary: String?
    var error: String?
    var isComplete: Bool
    /// Whether its session was ever looked at, which 0.17 notes together with the prompt's being sent.
    ///
    /// Where the database has no such note, it counts as looked at: better nothing is sent than twice.
    var wasChecked: Bool
    /// Whether the database says which session is the task's.
    var knowsSession: Bool
    var created: Timestamp
    var updated: Timestamp
    /// What is wrong with the row; nil if nothing is.
    var fault: String?
    /// As `GET /api/tasks` told it.
    var record: JSONObject

    var status: Status? { Status(rawValue: statusText) }

    /// Whether its prompt must be taken for sent. 0.17 gives a task a session of its own when it sends the prompt, and looks
    /// at sessions only afterwards.
    var wasPrompted: Bool { session != nil && wasChecked && status != .pending }

    /// - Parameter present: The columns that the database has; of the others the row has nothing.
    init(_ row: SQLiteRow, present: Set<String>) {
        func json(_ column: Int32) -> JSONValue? { row.text(column).flatMap { try? JSONValue(parsing: $0) } }
        func texts(_ column: Int32) -> JSONValue { JSONValue(row.text(column)) }
        func number(_ column: Int32) -> JSONValue {
            row.number(column).flatMap { $0.isFinite ? .double($0) : nil } ?? .null
        }
        let spec = json(2)
        id = row.text(0) ?? ""
        let told = spec?["name"]?.string ?? row.text(1) ?? ""
        name = Self.line(told.isEmpty ? row.text(1) ?? "" : told)
        goal = Self.trimmed(spec?["goal"]?.string ?? "")
        // A session's own directory is noted in the spec only.
        workspace = [spec?["workspace"]?.string, row.text(3)].compactMap { $0 }.first { !$0.isEmpty } ?? ""
        statusText = row.text(4) ?? ""
        session = row.text(7).flatMap { $0.isEmpty || $0.contains { $0.isNewline } ? nil : $0 }
        summary = row.text(10)
        error = row.text(11)
        isComplete = (row.number(12) ?? 0) >= 1
        wasChecked = row.number(13) != nil || !present.contains("last_check_at")
        knowsSession = present.contains("active_session_id")
        let now = Timestamp.now()
        created = min(Self.time(row.number(5)) ?? now, now)
        updated = min(Self.time(row.number(6)) ?? created, now)
        if row.text(0)?.isEmpty ?? true {
            fault = "it has no id"
        } else if spec?.object == nil {
            fault = "its spec_json is no JSON object"
        }
        record = [
            "id": texts(0), "name": texts(1), "workspace": texts(3), "status": texts(4), "active_session_id": texts(7),
            "progress": number(12), "last_summary": texts(10), "error": texts(11), "last_check_at": number(13),
            "next_check_at": number(14), "created_at": number(5), "updated_at": number(6), "spec": spec ?? .null,
            "session_ids": json(8) ?? .null, "check_log": json(9) ?? .null,
        ]
    }

    /// Seconds since 1970, as 0.17 writes them; nil for what no calendar knows.
    private static func time(_ seconds: Double?) -> Timestamp? {
        guard let seconds, seconds.isFinite, (0...100_000_000_000).contains(seconds) else { return nil }
        return Timestamp(milliseconds: Int(seconds * 1000))
    }

    /// As many characters as a task's name may have here.
    private static let longestName = 200

    /// As 0.17 sends it.
    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    private static func line(_ text: String) -> String {
        let clean = text.unicodeScalars.prefix(longestName).map { scalar -> Unicode.Scalar in
            scalar.properties.generalCategory == .control ? " " : scalar
        }
        let name = String(String.UnicodeScalarView(clean))
        return name.allSatisfy(\.isWhitespace) ? "Untitled task" : name
    }
}
