import Blocking
import HTTPTypes
import Hummingbird
import JSON
import Spool

extension TaskRoutes {
    /// The task as it is now or, with `wait`, as soon as it has ended.
    @Sendable func show(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let id = try context.taskID
        let view = try TaskView(request.uri)
        var hasWaited = false
        if let limit = try TaskWait.limit(request.uri) {
            hasWaited = try await TaskWait(spool: spool, observer: observer, id: id).run(limit, request, context)
        }
        let version = observer.version
        // First the tag, then what it is for: what changes in between makes the tag one that fits nothing.
        let tag = EntityTag(try await BlockingPool.run { () throws(SpoolError) in try spool.fingerprint(id) }.text)
        var response: Response
        if tag.isKnown(to: request) {
            response = tag.notModified
        } else {
            let task = try await BlockingPool.run { () throws(SpoolError) in try spool.document(id, view) }
            response = Response(json: ["task": .object(task), "store_version": .int(version)])
            response.headers = tag.headers(response.headers)
        }
        // Who waits reads the connection to its end.
        if hasWaited { response.headers[.connection] = "close" }
        return response
    }

    /// Refuses what was asked of a task that is not as the caller thinks, by `If-Match`.
    ///
    /// Looked at right before the deed: somebody who moves the task between the two is not noticed.
    func checkPrecondition(_ request: Request, _ id: TaskID) async throws {
        guard let condition = EntityTag.condition(.ifMatch, of: request) else { return }
        let tag = EntityTag(try await BlockingPool.run { () throws(SpoolError) in try spool.fingerprint(id) }.text)
        if case .tags(let tags) = condition, !tags.contains(tag) {
            throw Problem(
                .preconditionFailed, "The task has changed since; GET /api/tasks/\(id) shows what it is now.")
        }
    }
}
