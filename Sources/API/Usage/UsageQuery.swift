import Hummingbird
import HummingbirdCore
import JSON
import Spool

/// What `GET /api/usage` asks for.
struct UsageQuery: Sendable {
    enum Grouping: String, CaseIterable, Sendable {
        case day, week, month, model, workspace, task
    }

    private(set) var grouping = Grouping.day
    /// Both nil for everything. `end` itself is not in it.
    private(set) var start: Timestamp?
    private(set) var end: Timestamp?
    /// How many groups are shown; nil for all.
    private(set) var limit: Int?

    static let mostGroups = 1000

    init(_ uri: URI) throws(Problem) {
        var problems: [Problem.Item] = []
        func moment(_ key: Substring, _ text: Substring) -> Timestamp? {
            if let day = LocalCalendar.midnight(of: text) { return day }
            if let moment = Timestamp(iso8601: String(text)) { return moment }
            problems.append(
                Problem.Item(
                    message: "\"\(text.prefix(80))\" should be a day, 2026-11-26, or a moment, 2026-11-26T09:30:00Z",
                    parameter: String(key)))
            return nil
        }
        for (key, value) in uri.queryParameters {
            switch key {
            case "from": start = moment(key, value)
            case "to": end = moment(key, value)
            case "limit":
                limit = Int(value).flatMap { (1...Self.mostGroups).contains($0) ? $0 : nil }
                if limit == nil {
                    let fault = "\"\(value.prefix(80))\" should be a number from 1 to \(Self.mostGroups)"
                    problems.append(Problem.Item(message: fault, parameter: "limit"))
                }
            case "by":
                if let known = Grouping(rawValue: String(value)) {
                    grouping = known
                } else {
                    let words = Grouping.allCases.map(\.rawValue).joined(separator: ", ")
                    problems.append(
                        Problem.Item(message: "\"\(value.prefix(80))\" should be one of \(words)", parameter: "by"))
                }
            default: break
            }
        }
        if let first = problems.first {
            throw Problem(.invalidQuery, "\(first.parameter ?? ""): \(first.message)", items: problems)
        }
    }

    private func covers(_ time: Timestamp) -> Bool {
        if let start, time < start { return false }
        if let end, time >= end { return false }
        return true
    }

    /// The answer. Blocks.
    func answer(_ ledger: UsageLedger, _ spool: SpoolDirectory) throws(SpoolError) -> JSONValue {
        var all = UsageTotals()
        var groups: [String: UsageTotals] = [:]
        var starts: [String: Timestamp] = [:]
        let unit = LocalCalendar.Unit(rawValue: grouping.rawValue)
        // Tasks come about in the order in which they were made, and so many of one day one after the other.
        var last: (start: Timestamp, end: Timestamp, key: String)?
        func key(_ unit: LocalCalendar.Unit, _ time: Timestamp) -> String {
            if let last, last.start <= time, time < last.end { return last.key }
            let start = LocalCalendar.start(of: unit, time)
            let key = LocalCalendar.day(start)
            starts[key] = start
            last = (start, LocalCalendar.end(of: unit, startingAt: start), key)
            return key
        }
        func count(_ task: TaskID, _ state: TaskState, _ time: Timestamp) {
            guard let unit, covers(time) else { return }
            groups[key(unit, time), default: UsageTotals()].ended[state, default: 0] += 1
        }
        _ = try ledger.each(ended: count) { task, _, entry in
            guard covers(entry.time) else { return }
            all.add(entry, of: task)
            let key =
                unit.map { key($0, entry.time) }
                ?? (grouping == .model
                    ? entry.model ?? "Unknown" : grouping == .task ? task.rawValue : entry.workspace)
            groups[key, default: UsageTotals()].add(entry, of: task)
        }
        let ordered =
            unit == nil
            ? groups.map { ($0.key, $0.value) }.sorted(by: UsageTotals.precedes)
            : groups.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
        let rows = ordered.prefix(limit ?? .max).map { key, totals -> JSONValue in
            var row: JSONObject = ["key": .string(key)]
            if grouping == .task, let id = TaskID(key) {
                // It may be gone by now; then its id is its title.
                row["taskId"] = .string(key)
                row["title"] = TaskView.line((try? spool.snapshot(id))?.name ?? key)
            }
            if let unit, let start = starts[key] {
                row["from"] = .string(start.iso8601)
                row["to"] = .string(LocalCalendar.end(of: unit, startingAt: start).iso8601)
                row["done"] = .int(totals.ended[.done] ?? 0)
                row["failed"] = .int(totals.ended[.failed] ?? 0)
            }
            for (name, value) in totals.json { row[name] = value }
            return .object(row)
        }
        return [
            "by": .string(grouping.rawValue), "from": JSONValue(start?.iso8601), "to": JSONValue(end?.iso8601),
            "timezone": .string(LocalCalendar.zone(at: .now())), "total": .object(all.json), "groups": .array(rows),
        ]
    }
}
