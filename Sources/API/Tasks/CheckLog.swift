import JSON
import Spool

/// What happened to a task, in the words of OpenLoom's `check_log`.
struct CheckLog {
    /// As many as OpenLoom keeps.
    static let most = 100
    private static let longestDetail = 2000

    /// From the end of `log.jsonl`. Empty when there is none.
    static func entries(of task: TaskPaths) -> [JSONValue] {
        var status = "pending"
        return ((try? TaskLog.lastLines(of: task, limit: most)) ?? []).compactMap { line in
            guard let event = line["event"]?.string,
                let time = line["time"]?.string.flatMap(Timestamp.init(iso8601:))
            else { return nil }
            status = Self.status(after: event, line) ?? status
            return [
                "at": .double(time.seconds), "status": .string(status), "summary": .string(summary(event, line)),
                "detail": .string(detail(line)),
            ]
        }
    }

    /// Nil for what changes nothing.
    private static func status(after event: String, _ line: JSONValue) -> String? {
        switch event {
        case "accepted", "released", "requeued", "retry requested": "pending"
        case "held": "paused"
        case "claimed", "session", "prompt sent", "answered", "ask closed": "running"
        case "ask": "waiting"
        case "completion requested": "completed"
        case "ended":
            line["verdict"]?.string.flatMap(Verdict.init(rawValue:))?.state == .done ? "completed" : "failed"
        case "archived": "archived"
        default: nil
        }
    }

    private static func summary(_ event: String, _ line: JSONValue) -> String {
        switch event {
        case "accepted": return "Accepted"
        case "claimed": return "Started"
        case "session": return "Works in session \(line["session"]?.string ?? "")"
        case "prompt sent": return "Prompt sent"
        case "turn started": return "Turn \(line["turn"]?.int ?? 0) of \(line["of"]?.int ?? 0)"
        case "checks started": return "Making \(line["checks"]?.int ?? 0) checks"
        case "check failed": return "Not so: \(line["check"]?.string ?? ""): \(line["found"]?.string ?? "")"
        case "checks ended": return "Checks: \(line["passed"]?.int ?? 0) passed, \(line["failed"]?.int ?? 0) failed"
        case "ask":
            let what = line["permission"]?.string ?? ""
            return what == "question" ? "Question" : "Permission required: \(what)"
        case "answered":
            return "Answered \(line["answer"]?.string ?? "") to \(line["permission"]?.string ?? "") "
                + "(\(line["by"]?.string ?? ""))"
        case "requeued": return "Put back: \(line["reason"]?.string ?? "")"
        case "completion requested": return "Marked complete manually"
        case "archived": return "Archived manually"
        case "ended":
            let reason = line["reason"]?.string ?? ""
            return "Ended: \(line["verdict"]?.string ?? "")" + (reason.isEmpty ? "" : ", \(reason)")
        default: return event.prefix(1).uppercased() + event.dropFirst()
        }
    }

    /// The line's other members.
    private static func detail(_ line: JSONValue) -> String {
        var texts: [String] = []
        for (name, value) in line.object ?? [:] where !["seq", "time", "event"].contains(name) {
            texts.append("\(name)=\(value.string ?? value.compact)")
        }
        return String(texts.joined(separator: " ").prefix(longestDetail))
    }
}
