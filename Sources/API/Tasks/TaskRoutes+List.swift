import Blocking
import Hummingbird
import JSON
import NIOCore
import Spool

extension TaskRoutes {
    /// All tasks that fit, however many.
    @Sendable func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let query = try TaskQuery(request.uri)
        let question = TaskList.Question(query: request.uri.query, tags: request.headers[values: .ifNoneMatch])
        let found = await lists.answer(question) {
            await BlockingPool.run {
                Result { () throws(SpoolError) in try find(query, request) }
            }
        }
        do {
            return Self.response(try found.get())
        } catch {
            throw Problem(wholeSpool: error)
        }
    }

    private static func response(_ list: TaskList) -> Response {
        switch list {
        case .known(let tag): return tag.notModified
        case .whole(let text, let tag):
            return Response(
                status: .ok, headers: tag?.headers(.json) ?? .json, body: ResponseBody(byteBuffer: text))
        case .beginning(let text, let listing, let version):
            let pieces = TaskPieces(listing)
            let body = ResponseBody { writer in
                try await writer.write(text)
                while let piece = try await pieces.next() {
                    if piece.readableBytes > 0 { try await writer.write(piece) }
                }
                try await writer.write(ByteBuffer(string: tail(pieces.nextCursor, version)))
                try await writer.finish(nil)
            }
            return Response(status: .ok, headers: .json, body: body)
        }
    }

    /// Blocks.
    private func find(_ query: TaskQuery, _ request: Request) throws(SpoolError) -> TaskList {
        // Never newer than what is shown.
        let version = observer.version
        if let tag = try TaskSight.known(to: request, index, shelf, query) { return .known(tag) }
        var listing = try TaskListing(index, shelf, query)
        // What a page of tasks usually takes, so that it is seldom copied to where there is more room.
        var text = ByteBuffer()
        text.reserveCapacity(min(query.limit ?? 16, 64) * 3072)
        text.writeString("{\"tasks\":[")
        try listing.next(to: &text)
        // A page is made before its head, which has its tag, unless it is a very large one; and so is a list, if it is
        // no longer than a page.
        for _ in 0..<(query.limit == nil ? 8 : 64) where !listing.isAtEnd { try listing.next(to: &text) }
        if !listing.isAtEnd { return .beginning(text, listing, version: version) }
        text.writeString(Self.tail(listing.nextCursor, version))
        return .whole(text, listing.tag)
    }

    private static func tail(_ cursor: TaskCursor?, _ version: Int) -> String {
        let cursor = JSONValue(cursor?.text)
        return "],\"store_version\":\(version),\"next_cursor\":\(cursor.compact)}\n"
    }
}

/// An answer to who asked for a list of tasks.
enum TaskList: Sendable {
    /// What it depends on, besides the tree.
    struct Question: Hashable, Sendable {
        let query: String?
        let tags: [String]
    }

    /// What the client has.
    case known(EntityTag)
    case whole(ByteBuffer, EntityTag?)
    /// The beginning, and what it goes on with for each who reads it.
    case beginning(ByteBuffer, TaskListing, version: Int)
}
