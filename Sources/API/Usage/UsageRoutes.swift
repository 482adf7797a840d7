import Blocking
import Hummingbird
import Spool

/// `GET /api/usage`: tokens and cost of all tasks, from their directories.
struct UsageRoutes: Sendable {
    let ledger: UsageLedger
    let spool: SpoolDirectory

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/usage", .showUsage) { request, _ in
            let query = try UsageQuery(request.uri)
            let (ledger, spool) = (ledger, spool)
            return Response(
                json: try await BlockingPool.run { () throws(SpoolError) in try query.answer(ledger, spool) })
        }
    }
}
