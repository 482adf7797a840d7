import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// One request and its answer on a connection.
struct Exchange: Sendable {
    let responder: RouterResponder<APIRequestContext>
    let connections: OpenConnections
    let logger: Logger
    let maxBodyBytes: Int

    /// The connection can't go on. Ends it, without words: either the answer was given, or nobody is there to read it.
    struct Broken: Error {}

    func answer(
        _ request: Request, writer: consuming ResponseWriter, channel: any Channel
    ) async throws {
        connections.insert(channel)
        var logger = logger
        let record = RequestRecord(request)
        logger[metadataKey: "request"] = "\(record.id)"
        let context = APIRequestContext(source: RequestSource(channel: channel, logger: logger, record: record))
        if request.isBodyAwaited, request.declaredLength ?? 0 <= maxBodyBytes {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        var response = try await respond(to: request, context: context)
        response.headers[.date] = HTTPDate.now()
        if let name = RequestRecord.header { response.headers[name] = record.id }
        do {
            try await writer.write(response: response.head, body: response.body)
        } catch {
            // Not the cause: the server answers some causes with a response, and one is under way already.
            throw Broken()
        }
        try await finishBody(of: request, context: context)
    }

    /// HEAD is GET without the body.
    private func respond(to request: Request, context: APIRequestContext) async throws -> Response {
        do {
            guard request.method == .head else { return try await responder.respond(to: request, context: context) }
            var head = request.head
            head.method = .get
            let response = try await responder.respond(
                to: Request(head: head, body: request.body), context: context
            )
            return response.createHeadResponse()
        } catch let error as UnreadableBody {
            throw error.underlying
        }
    }

    /// A refused body is read to its end, so that the sender gets to see the refusal; but only so much of it.
    private func finishBody(of request: Request, context: APIRequestContext) async throws {
        switch context.body.state {
        case .read: return
        case .abandoned: throw Broken()
        case .untouched where !request.hasBody: return
        case .untouched:
            var count = 0
            for try await piece in request.body {
                count += piece.readableBytes
                if count > 2 * maxBodyBytes { throw Broken() }
            }
        }
    }
}
