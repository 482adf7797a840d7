import Blocking
import HTTPTypes
import Hummingbird
import JSON
import Spool
import SystemPackage

/// `/livez` and `/readyz`, for whoever keeps the daemon running.
struct HealthRoutes: Sendable {
    let spool: SpoolDirectory
    let index: TaskIndex
    let observer: TaskObserver
    let readiness: @Sendable () async -> Readiness

    func add(to table: inout RouteTable) {
        table.on(.get, "/livez", .livez) { _, _ in Response(json: ["status": "ok"]) }
        table.on(.get, "/readyz", .readyz, ready)
        table.on(.get, "/api/state", .state, state)
    }

    /// All at a glance: how many tasks there are of each kind, and whether they can be worked on.
    @Sendable private func state(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let (counts, isClosed, isPaused) = try await BlockingPool.run { () throws(SpoolError) in
            var counts: JSONObject = [:]
            for state in TaskState.allCases { counts[state.rawValue] = .int(try index.names(in: state).count) }
            return (counts, spool.isClosed, spool.isPaused)
        }
        let readiness = await readiness()
        var object = readiness.details.object ?? [:]
        object["ok"] = true
        object["tasks"] = .object(counts)
        object["closed"] = .bool(isClosed)
        object["paused"] = .bool(isPaused)
        object["store_version"] = .int(observer.version)
        return Response(json: .object(object))
    }

    /// 503 only when nothing can be accepted or shown. An agent's server that is down makes tasks wait, no more.
    @Sendable private func ready(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let flags: (isClosed: Bool, isPaused: Bool)
        do {
            flags = try await BlockingPool.run { () throws(SpoolError) in
                // Opened anew: what is there now counts, not what was there at start.
                let now = try SpoolDirectory(opening: spool.root)
                for state in TaskState.allCases { _ = try now.names(in: state) }
                return (now.isClosed, now.isPaused)
            }
        } catch {
            var problem = Problem(wholeSpool: error)
            problem.kind = .spoolUnavailable
            throw problem
        }
        let readiness = await readiness()
        let isReady = readiness.isReady && !flags.isClosed && !flags.isPaused
        return Response(
            json: [
                "status": isReady ? "ok" : "degraded",
                "spool": [
                    "path": .string(spool.root.string), "closed": .bool(flags.isClosed),
                    "paused": .bool(flags.isPaused),
                ],
                "details": readiness.details,
                "store_version": .int(observer.version),
            ]
        )
    }
}
