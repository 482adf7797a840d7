import Blocking
import HTTPTypes
import Hummingbird
import JSON
import Spool
import SystemPackage

/// `/livez` and `/readyz`, for whoever keeps the daemon running.
struct HealthRoutes: Sendable {
    let spool: SpoolDirectory
    let observer: TaskObserver
    let readiness: @Sendable () async -> Readiness

    func add(to table: inout RouteTable) {
        table.on(.get, "/livez", .livez) { _, _ in Response(json: ["status": "ok"]) }
        table.on(.get, "/readyz", .readyz, ready)
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
