import JSON
import Spool

/// The tasks of `/api/state`: the newest, and all that run, each without what a list has no room for.
struct StateTasks {
    /// As many as OpenLoom shows.
    static let most = 50
    /// What is longer is cut off, and ends in `…`.
    private static let longestText = 2000

    /// How many tasks there are in each directory.
    private(set) var counts: JSONObject = [:]
    private(set) var tasks: [JSONValue] = []
    // Of all tasks, as `metrics` counts them.
    private(set) var running = 0
    private(set) var waiting = 0
    private(set) var failed = 0
    private(set) var completedToday = 0

    /// Blocks.
    init(_ spool: SpoolDirectory, _ index: TaskIndex, now: Timestamp) throws(SpoolError) {
        var places: [(place: TaskCursor, state: TaskState)] = []
        let today = LocalCalendar.start(of: .day, now)
        for state in TaskState.allCases {
            let ids = try index.names(in: state)
            counts[state.rawValue] = .int(ids.count)
            switch state {
            case .new, .running: running += ids.count
            case .failed: failed = ids.count
            case .done: completedToday = try Self.count(ids, endedSince: today, spool)
            }
            // A running task waits if one of its asks is open; there are few of them.
            if state == .running {
                waiting = (0..<ids.count).count { place in
                    !((try? spool.openAsks(spool.paths.task(ids[place], in: .running))) ?? []).isEmpty
                }
                running -= waiting
            }
            for id in ids.newest(Self.most) {
                places.append((TaskCursor(moment: Self.moment(id, state, spool), id: id), state))
            }
        }
        places.sort { $0.place > $1.place }
        let shown = places.enumerated().filter { $0.offset < Self.most || $0.element.state == .running }
        for (_, place) in shown {
            guard let task = try spool.snapshot(place.place.id, seenIn: place.state) else { continue }
            tasks.append(.object(Self.short(spool.document(task))))
        }
    }

    private static func moment(_ id: TaskID, _ state: TaskState, _ spool: SpoolDirectory) -> String {
        if let moment = TaskCursor.moment(in: id) { return moment }
        return ((try? spool.readSpec(id, in: state))?.created ?? Timestamp(milliseconds: 0)).compact
    }

    /// Tasks that ended since then, of the newest two thousand: it is asked for every few seconds.
    private static func count(_ ids: TaskNames, endedSince start: Timestamp, _ spool: SpoolDirectory) throws(SpoolError)
        -> Int
    {
        let done = try spool.openDirectory(of: .done)
        return ids.newest(2000).count { id in
            guard let ended = try? spool.endTime(of: id, in: .done, from: done) else { return false }
            return ended >= start
        }
    }

    /// OpenLoom's task, with our state words; the rest is in `GET /api/tasks/{id}`.
    private static func short(_ task: JSONObject) -> JSONObject {
        var short = task
        short["result"] = nil
        short["spec"] = [
            "name": task["name"] ?? "", "workspace": task["workspace"] ?? "", "goal": cut(task["goal"]),
        ]
        for name in ["goal", "last_summary", "error", "reason"] { short[name] = cut(task[name]) }
        return short
    }

    private static func cut(_ value: JSONValue?) -> JSONValue {
        guard let text = value?.string, text.count > longestText else { return value ?? .null }
        return .string(text.prefix(longestText) + "…")
    }
}
