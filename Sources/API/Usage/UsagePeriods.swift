import JSON
import Spool
import Usage

/// `usage` of `/api/state`: what was used today, this week, this month and ever, in OpenLoom's form.
///
/// OpenLoom counts what sessions of the server show; here it is what the tasks' directories say, so that nothing goes
/// missing with a session.
struct UsagePeriods {
    private static let topCount = 12

    private struct Session {
        var entry: UsageEntry
        var task: TaskID
        var state: TaskState
        var totals = UsageTotals()
    }

    private struct Period {
        var start: Timestamp
        var all = UsageTotals()
        var models: [String: UsageTotals] = [:]
        var sessions: [String: Session] = [:]

        mutating func add(_ entry: UsageEntry, _ task: TaskID, _ state: TaskState) {
            guard entry.time >= start else { return }
            all.add(entry, of: task)
            models[entry.model ?? "Unknown", default: UsageTotals()].add(entry, of: task)
            let name = entry.session ?? task.rawValue
            var session = sessions[name] ?? Session(entry: entry, task: task, state: state)
            session.totals.add(entry, of: task)
            if entry.time >= session.entry.time { (session.entry, session.task, session.state) = (entry, task, state) }
            sessions[name] = session
        }
    }

    let json: JSONValue

    /// Blocks until `deadline` at the latest, but for what lists the directories.
    init(_ ledger: UsageLedger, spool: SpoolDirectory, now: Timestamp, before deadline: ContinuousClock.Instant)
        throws(SpoolError)
    {
        var periods = [
            ("today", Period(start: LocalCalendar.start(of: .day, now))),
            ("week", Period(start: LocalCalendar.start(of: .week, now))),
            ("month", Period(start: LocalCalendar.start(of: .month, now))),
            ("total", Period(start: Timestamp(milliseconds: .min))),
        ]
        let isComplete = try ledger.each(before: deadline) { task, state, entry in
            for index in periods.indices { periods[index].1.add(entry, task, state) }
        }
        var object: JSONObject = [:]
        for (name, period) in periods { object[name] = Self.json(period, spool) }
        json = ["periods": .object(object), "now": .double(now.seconds), "complete": .bool(isComplete)]
    }

    private static func json(_ period: Period, _ spool: SpoolDirectory) -> JSONValue {
        let all = period.all
        let read = Double(all.tokens.cacheRead)
        let input = read + Double(all.tokens.input)
        let models = period.models.map { ($0.key, $0.value) }.sorted(by: UsageTotals.precedes)
        let sessions = period.sessions.sorted { left, right in
            let (one, other) = (left.value.totals, right.value.totals)
            return (one.total, one.cost) == (other.total, other.cost)
                ? left.key < right.key : (one.total, one.cost) > (other.total, other.cost)
        }.prefix(topCount)
        return [
            "totalCost": .double(UsageTotals.rounded(all.cost)),
            "totalTokens": UsageTotals.json(all.tokens), "tokenTotal": .int(all.total),
            "sessionCount": .int(all.sessions.count), "sessionsWithUsage": .int(all.sessions.count),
            "cacheEfficiency": .double(input > 0 ? (read / input * 10_000).rounded() / 10_000 : 0),
            "byModel": .array(models.map { .object(named($0.0).merging($0.1.json)) }),
            "topSessions": .array(sessions.map { .object(top($0.key, $0.value, spool)) }),
        ]
    }

    private static func top(_ name: String, _ session: Session, _ spool: SpoolDirectory) -> JSONObject {
        // The task may have moved on; then its id is its title.
        let spec = try? spool.readSpec(session.task, in: session.state)
        var object: JSONObject = [
            "id": .string(name), "title": .string(spec?.name ?? session.task.rawValue),
            "directory": .string(session.entry.workspace), "taskId": .string(session.task.rawValue),
            "updatedAt": .double(session.entry.time.seconds),
        ]
        for (name, value) in named(session.entry.model ?? "Unknown").merging(session.totals.json) {
            object[name] = value
        }
        return object
    }

    /// `provider/model` in one and in two pieces.
    private static func named(_ model: String) -> JSONObject {
        let parts = model.split(separator: "/", maxSplits: 1)
        return [
            "providerID": .string(parts.count == 2 ? String(parts[0]) : ""),
            "modelID": .string(String(parts.last ?? "")), "model": .string(model),
        ]
    }
}

extension JSONObject {
    fileprivate func merging(_ other: JSONObject) -> JSONObject {
        var copy = self
        for (name, value) in other { copy[name] = value }
        return copy
    }
}
