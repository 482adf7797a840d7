import Blocking
import Hummingbird
import JSON
import Spool

extension TaskRoutes {
    /// Deletes all tasks that have ended, whether well or not, but for those that are archived: as OpenLoom does, with
    /// all of them.
    @Sendable func clearCompleted(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let spool = spool
        let ended = try await BlockingPool.run { () throws(SpoolError) in
            (try spool.list(.done) + spool.list(.failed)).sorted { $0 > $1 }
        }
        var removed: [JSONValue] = []
        for id in ended {
            let isRemoved = try await BlockingPool.run { () throws(SpoolError) in try spool.removeEnded(id) }
            if isRemoved { removed.append(.string(id.rawValue)) }
        }
        return Response(
            json: [
                "ok": true, "deleted": .int(removed.count), "taskIds": .array(removed),
                "store_version": .int(observer.version),
            ])
    }
}
