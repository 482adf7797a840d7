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
        let found: Found
        do {
            found = try await BlockingPool.run { () throws(SpoolError) in try find(query, request) }
        } catch {
            throw Problem(wholeSpool: error)
        }
        switch found {
        case .known(let tag): return tag.notModified
        case .tasks(var text, let listing) where listing.isAtEnd:
            text.writeString(Self.tail(listing.nextCursor, version))
            let headers = listing.tag?.headers(.json) ?? .json
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: text))
        case .tasks(let text, let listing):
            let pieces = TaskPieces(listing)
            let body = ResponseBody { writer in
                try await writer.write(text)
                while let piece = try await pieces.next() {
                    if piece.readableBytes > 0 { try await writer.write(piece) }
                }
                try await writer.write(ByteBuffer(string: Self.tail(pieces.nextCursor, version)))
                try await writer.finish(nil)
            }
            return Response(status: .ok, headers: .json, body: body)
        }
    }

    private enum Found: Sendable {
        /// What the client has.
        case known(EntityTag)
        /// The beginning of the answer, and what it goes on with.
        case tasks(ByteBuffer, TaskListing)
    }

    /// Blocks.
    private func find(_ query: TaskQuery, _ request: Request) throws(SpoolError) -> Found {
        if let tag = try TaskSight.known(to: request, index, shelf, query) { return .known(tag) }
        var listing = try TaskListing(index, shelf, query)
        // What a page of tasks usually takes, so that it is seldom copied to where there is more room.
        var text = ByteBuffer()
        text.reserveCapacity(min(query.limit ?? 16, 64) * 3072)
        text.writeString("{\"tasks\":[")
        try listing.next(to: &text)
        // A page is made before its head, which has its tag, unless it is a very large one.
        for _ in 0..<64 where query.limit != nil && !listing.isAtEnd { try listing.next(to: &text) }
        return .tasks(text, listing)
    }

    private static func tail(_ cursor: TaskCursor?, _ version: Int) -> String {
        let cursor = JSONValue(cursor?.text)
        return "],\"store_version\":\(version),\"next_cursor\":\(cursor.compact)}\n"
    }
}
