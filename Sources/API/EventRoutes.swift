import Blocking
import HTTPTypes
import Hummingbird
import NIOCore
import Spool

/// `/api/events` and `/api/tasks/{id}/events`: what happens, as it happens (server-sent events).
struct EventRoutes: Sendable {
    let shelf: TaskShelf
    let index: TaskIndex
    let observer: TaskObserver
    let frames: EventFrames
    let briefFrames: EventFrames
    let status: LiveStatus
    let configuration: APIConfiguration

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/events", .events, isBrief: true) { request, context in
            try stream(of: nil, request, context)
        }
        table.on(.get, "/api/tasks/{id}/events", .taskEvents, isBrief: true) { request, context in
            let id = try context.taskID
            _ = try await BlockingPool.run { () throws(SpoolError) in try shelf.spool.locate(id) }
            return try stream(of: id, request, context)
        }
    }

    private func stream(of id: TaskID?, _ request: Request, _ context: APIRequestContext) throws(Problem) -> Response {
        let start = try EventStart(request)
        let isBrief = try TaskView(request.uri) == .brief
        var headers = HTTPFields()
        headers[.contentType] = "text/event-stream"
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        let stream = EventStream(
            shelf: shelf, index: index, observer: observer, frames: isBrief ? briefFrames : frames, start: start,
            only: id,
            heartbeat: configuration.heartbeat, slowReaderLimit: configuration.slowReaderLimit,
            channel: context.channel, logger: context.logger, status: isBrief ? status : nil
        )
        let body = ResponseBody { writer in
            context.body.state = .read
            try await stream.run(&writer, request.body)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}
