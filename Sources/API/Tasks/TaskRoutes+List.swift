import Blocking
import Hummingbird
import JSON
import NIOCore
import Spool

extension TaskRoutes {
    /// All tasks that fit, however many.
    @Sendable func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let query = try TaskQuery(request.uri)
        let version = observer.version
        if let tag = try await known(to: request, query) { return tag.notModified }
        let first: (texts: [String], rest: TaskListing)
        do {
            first = try await BlockingPool.run { () throws(SpoolError) in
                var listing = try TaskListing(index, spool, query)
                var texts = try listing.next()
                // A page is made before its head, which has its tag, unless it is a very large one.
                for _ in 0..<64 where query.limit != nil && !listing.isAtEnd { texts += try listing.next() }
                return (texts, listing)
            }
        } catch {
            throw Problem(wholeSpool: error)
        }
        let head = "{\"tasks\":["
        if first.rest.isAtEnd {
            let text = head + first.texts.joined(separator: ",") + Self.tail(first.rest, version)
            let headers = first.rest.tag?.headers(.json) ?? .json
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        let body = ResponseBody { writer in
            var (texts, rest) = first
            var prefix = head
            while !texts.isEmpty || !rest.isAtEnd {
                if !texts.isEmpty {
                    try await writer.write(ByteBuffer(string: prefix + texts.joined(separator: ",")))
                    prefix = ","
                }
                (texts, rest) = try await rest.advanced()
            }
            try await writer.write(ByteBuffer(string: Self.tail(rest, version)))
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: .json, body: body)
    }

    private func known(to request: Request, _ query: TaskQuery) async throws -> EntityTag? {
        do {
            return try await BlockingPool.run { () throws(SpoolError) in
                try TaskSight.known(to: request, index, spool, query)
            }
        } catch {
            throw Problem(wholeSpool: error)
        }
    }

    private static func tail(_ listing: TaskListing, _ version: Int) -> String {
        let cursor = JSONValue(listing.nextCursor?.text)
        return "],\"store_version\":\(version),\"next_cursor\":\(cursor.compact)}\n"
    }
}
