import Blocking
import NIOCore
import Spool
import Synchronization

/// The tasks that a query shows, read piece by piece: the list may be longer than memory should be.
struct TaskListing: Sendable {
    private let shelf: TaskShelf
    private let query: TaskQuery
    private let dependencies: DependencyFinder
    private var order: TaskOrder
    private var remaining: Int?
    private var last: TaskCursor?
    /// What may still be read for this page without fitting it; a whole list knows no bound.
    private var budget: Budget?
    private(set) var isAtEnd: Bool
    private var hasBegun = false
    /// How many tasks had to be made anew.
    private var written = 0
    private var shared: SharedLook
    /// What is seen of the tasks of this page without reading them; not kept for a whole list.
    private var sight = TaskSight()
    /// Where the next page begins; nil until the last piece was read, and if there is no next page.
    private(set) var nextCursor: TaskCursor?

    /// How much is read in vain for one page: the filters may fit few tasks of many.
    private struct Budget {
        var looks: Int
        let end: ContinuousClock.Instant

        var isSpent: Bool { looks <= 0 || ContinuousClock.now > end }
    }

    /// Enough for one piece of an answer, in bytes.
    private static let pieceBytes = 64 * 1024
    private static let pieceTasks = 16
    /// Of a whole list; about half of what the shelf holds.
    private static let mostKept = 512

    /// Notes which tasks there are. Blocks.
    ///
    /// - Parameters:
    ///   - looks: How many tasks are read for one page at most that do not fit.
    ///   - time: How long is looked for more that do.
    init(
        _ index: TaskIndex, _ shelf: TaskShelf, _ query: TaskQuery, looks: Int = 2000,
        time: Duration = .milliseconds(250)
    ) throws(SpoolError) {
        self.shelf = shelf
        self.query = query
        shared = SharedLook(shelf.spool)
        dependencies = DependencyFinder(shelf.spool, index)
        order = try TaskOrder(index, shelf.spool, query)
        remaining = query.limit
        budget = query.limit == nil ? nil : Budget(looks: looks, end: .now + time)
        isAtEnd = order.isAtEnd
    }

    /// The next task that fits; nil at the end, and where the page ends. Blocks.
    private mutating func nextTask(_ known: KnownTasks) throws(SpoolError) -> SeenTask? {
        while !isAtEnd {
            guard let entry = order.next() else {
                isAtEnd = true
                break
            }
            let seen = try shelf.task(entry.place.id, seenIn: entry.state, known, &shared)
            if budget != nil { sight.take(seen?.sighting) }
            let found = seen.flatMap { query.filter.accepts($0.task) ? $0 : nil }
            if found != nil, remaining == 0 {
                // Only now it is certain that another page is not empty.
                nextCursor = last
                isAtEnd = true
                break
            }
            // The next page does not look again at what does not fit either.
            last = entry.place
            guard let found else {
                budget?.looks -= 1
                if budget?.isSpent == true {
                    nextCursor = order.isAtEnd ? nil : last
                    isAtEnd = true
                }
                continue
            }
            if let count = remaining { remaining = count - 1 }
            return found
        }
        return nil
    }

    /// Writes the next tasks in JSON, with commas between them and those before. Can be none before the end. Blocks.
    mutating func next(to out: inout ByteBuffer) throws(SpoolError) {
        let end = out.writerIndex + Self.pieceBytes
        // What is kept was made to be shown whole.
        let known = query.view == .full ? shelf.known() : .none
        var made: [SeenTask] = []
        while out.writerIndex < end, let task = try nextTask(known) {
            if hasBegun { out.writeInteger(UInt8(ascii: ",")) }
            hasBegun = true
            out.writeBytes(shelf.text(of: task, &made, dependencies, as: query.view))
        }
        // Who reads a whole long list does not come back for it soon.
        if query.limit != nil || written < Self.mostKept { shelf.keep(made) }
        written += made.count
    }

    /// The next tasks, some of them. Can be empty before the end. Blocks.
    mutating func nextTasks() throws(SpoolError) -> [TaskSnapshot] {
        var tasks: [TaskSnapshot] = []
        let known = shelf.known()
        while tasks.count < Self.pieceTasks, let seen = try nextTask(known) { tasks.append(seen.task) }
        return tasks
    }

    /// What a page that was read to its end is known by; nil for a whole list.
    var tag: EntityTag? { query.limit == nil ? nil : sight.tag(isComplete: order.isAtEnd) }
}

/// A listing that is read piece by piece by one reader, off the threads of the language's concurrency.
///
/// An object, as who waits for a reader for hours should not hold copies of the whole state meanwhile.
final class TaskPieces: Sendable {
    private let listing: Mutex<TaskListing>

    init(_ listing: TaskListing) { self.listing = Mutex(listing) }

    /// The next piece, which can be empty; nil at the end.
    func next() async throws(SpoolError) -> ByteBuffer? {
        try await BlockingPool.run { () throws(SpoolError) in
            try self.listing.withLock { (listing) throws(SpoolError) in
                if listing.isAtEnd { return nil }
                var piece = ByteBuffer()
                try listing.next(to: &piece)
                return piece
            }
        }
    }

    /// Where the next page begins, once this one is at its end.
    var nextCursor: TaskCursor? { listing.withLock { $0.nextCursor } }
}
