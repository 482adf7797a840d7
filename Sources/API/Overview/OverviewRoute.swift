import Blocking
import Hummingbird
import JSON
import Spool
import SystemPackage

/// `GET /api/overview`: what the dashboard shows first, in one answer that costs the same however much has been done.
struct OverviewRoute: Sendable {
    let spool: SpoolDirectory
    let index: TaskIndex
    let observer: TaskObserver
    let status: LiveStatus

    /// So many of those that run, and of those that ended last.
    private static let most = 60
    /// How many events are looked at for those that ended last.
    private static let lookBack = 600

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/overview", .overview) { [self] _, context in
            let version = observer.version
            var object = await status.members()
            let seen = try await BlockingPool.run { () throws(SpoolError) in try look(version) }
            for (name, value) in seen { object[name] = value }
            object["spool"] = .string(spool.root.string)
            object["scopes"] = JSONValue(AccessScope.allCases.filter(context.caller.scopes.contains).map(\.rawValue))
            object["store_version"] = .int(version)
            object["now"] = .double(Timestamp.now().seconds)
            return Response(json: .object(object))
        }
    }

    private func look(_ version: Int) throws(SpoolError) -> JSONObject {
        var states: JSONObject = [:]
        for state in TaskState.allCases {
            let names = try index.names(in: state)
            let oldest = names.madeCount > 0 ? names[0].created : nil
            states[state.rawValue] = [
                "count": .int(names.count), "oldest_at": oldest.map { .double($0.seconds) } ?? .null,
            ]
        }
        return [
            "states": .object(states), "running": .array(try tasks(index.names(in: .running).newest(Self.most))),
            "ended": .array(try tasks(ended(version))),
        ]
    }

    private func tasks(_ ids: [TaskID]) throws(SpoolError) -> [JSONValue] {
        var tasks: [JSONValue] = []
        for id in ids {
            if let task = try? spool.document(id, .brief) { tasks.append(.object(task)) }
        }
        return tasks
    }

    /// Those that ended last, the last one first: as the journal tells, and else the newest.
    private func ended(_ version: Int) throws(SpoolError) -> [TaskID] {
        let files = observer.journalFiles
        let range = max(1, version - Self.lookBack + 1)...max(1, version)
        let events = version > 0 ? (try? files.events(range)) ?? nil : nil
        var found: [TaskID] = []
        for event in (events ?? []).reversed() where event.kind == .completed || event.kind == .failed {
            if found.count < Self.most, !found.contains(event.id), try spool.isEnded(event.id) {
                found.append(event.id)
            }
        }
        if found.count >= Self.most { return found }
        var others: [(TaskID, Timestamp)] = []
        for state in [TaskState.done, .failed] {
            let directory = try spool.openDirectory(of: state)
            for id in try index.names(in: state).newest(Self.most) where !found.contains(id) {
                if let time = try spool.endTime(of: id, in: state, from: directory) { others.append((id, time)) }
            }
        }
        return found + others.sorted { $0.1 > $1.1 }.prefix(Self.most - found.count).map(\.0)
    }
}

extension SpoolDirectory {
    fileprivate func isEnded(_ id: TaskID) throws(SpoolError) -> Bool {
        do {
            return try locate(id).1.isEnded
        } catch  where error.code == .taskNotFound {
            return false
        }
    }
}
