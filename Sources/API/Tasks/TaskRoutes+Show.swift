import Blocking
import HTTPTypes
import Hummingbird
import NIOCore
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
        let (tag, text) = try await BlockingPool.run { () throws(SpoolError) in try show(id, view, request, version) }
        var response = tag.notModified
        if let text {
            response = Response(
                status: .ok, headers: tag.headers(.json), body: ResponseBody(byteBuffer: text))
        }
        // Who waits reads the connection to its end.
        if hasWaited { response.headers[.connection] = "close" }
        return response
    }

    /// The task's tag, and the answer unless the client has it. Blocks.
    private func show(
        _ id: TaskID, _ view: TaskView, _ request: Request, _ version: Int
    ) throws(SpoolError) -> (EntityTag, ByteBuffer?) {
        let known = view == .full ? shelf.known() : .none
        while true {
            let look = try shelf.look(at: id, known)
            let tag = EntityTag(look.sighting.fingerprint.text)
            if tag.isKnown(to: request) { return (tag, nil) }
            // It has moved on since it was looked at.
            guard let seen = try shelf.read(look) else { continue }
            var made: [SeenTask] = []
            var text = ByteBuffer(string: "{\"task\":")
            text.writeBytes(shelf.text(of: seen, &made, as: view))
            shelf.keep(made)
            text.writeString(",\"store_version\":\(version)}\n")
            return (tag, text)
        }
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
