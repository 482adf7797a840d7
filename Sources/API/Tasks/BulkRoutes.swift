import Blocking
import Hummingbird
import JSON
import Spool

/// `POST /api/tasks/bulk`: one action on the tasks that fit a filter, or what it would do.
///
/// Tasks are taken one after the other, each as it is at that moment; what one refuses is told, and the rest goes on.
struct BulkRoutes: Sendable {
    let shelf: TaskShelf
    let index: TaskIndex
    let observer: TaskObserver

    private var spool: SpoolDirectory { shelf.spool }

    private static let longestBody = 64 << 10

    func add(to table: inout RouteTable) {
        table.on(.post, "/api/tasks/bulk", .bulk, run)
    }

    @Sendable private func run(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let body = try await request.collectBody(limit: Self.longestBody, context: context)
        let bulk = try BulkRequest(try JSONValue.body(body))
        let version = observer.version
        var tasks: [JSONValue] = []
        if let ids = bulk.ids {
            for id in ids { tasks.append(await BlockingPool.run { act(bulk, on: id) }) }
            return answer(bulk, tasks, nil, version)
        }
        var listing = try await BlockingPool.run { () throws(SpoolError) in
            try TaskListing(index, shelf, bulk.query, looks: 10_000, time: .seconds(10))
        }
        while !listing.isAtEnd {
            // Pieces of some tasks each, so that no thread is taken for all of them.
            let (done, rest) = try await BlockingPool.run { [listing] () throws(SpoolError) in
                var rest = listing
                return (try rest.nextTasks().map { act(bulk, on: $0) }, rest)
            }
            tasks += done
            listing = rest
        }
        return answer(bulk, tasks, listing.nextCursor?.text, version)
    }

    private func answer(_ bulk: BulkRequest, _ tasks: [JSONValue], _ cursor: String?, _ version: Int) -> Response {
        Response(
            json: [
                "ok": true, "action": .string(bulk.action.name), "dry_run": .bool(bulk.isDryRun),
                "tasks": .array(tasks), "next_cursor": JSONValue(cursor), "store_version": .int(version),
            ])
    }

    /// The same for a task that was named; one that is not there refuses, too. Blocks.
    private func act(_ bulk: BulkRequest, on id: TaskID) -> JSONValue {
        do throws(SpoolError) {
            return act(bulk, on: try spool.snapshot(id))
        } catch {
            let problem = Problem(error)
            return [
                "taskId": .string(id.rawValue), "outcome": "refused", "problem": .string(problem.kind.rawValue),
                "detail": .string(problem.detail),
            ]
        }
    }

    /// Blocks.
    private func act(_ bulk: BulkRequest, on task: TaskSnapshot) -> JSONValue {
        var object: JSONObject = [
            "taskId": .string(task.id.rawValue), "name": .string(task.name), "state": .string(task.state.rawValue),
        ]
        do throws(SpoolError) {
            if bulk.isDryRun {
                _ = try spool.locate(task.id, in: bulk.action.states, operation: bulk.action.name)
            } else {
                try bulk.action.perform(on: task.id, in: spool)
            }
            object["outcome"] = bulk.isDryRun ? "would-be-done" : "done"
        } catch {
            let problem = Problem(error)
            object["outcome"] = "refused"
            object["problem"] = .string(problem.kind.rawValue)
            object["detail"] = .string(problem.detail)
        }
        return .object(object)
    }
}
