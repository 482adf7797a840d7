import Blocking
import JSON
import Spool

/// The tasks that a query shows, read piece by piece: the list may be longer than memory should be.
struct TaskListing: Sendable {
    private let spool: SpoolDirectory
    private let query: TaskQuery
    private var order: TaskOrder
    private var remaining: Int?
    private var last: TaskCursor?
    /// What may still be read for this page; a whole list knows no bound.
    private var budget: Budget?
    private(set) var isAtEnd: Bool
    /// Where the next page begins; nil until the last piece was read, and if there is no next page.
    private(set) var nextCursor: TaskCursor?

    /// How much is read for one page: the filters may fit few tasks of many.
    private struct Budget {
        var looks: Int
        let end = ContinuousClock.now + .milliseconds(250)

        var isSpent: Bool { looks <= 0 || ContinuousClock.now > end }
    }

    /// Enough for one piece of an answer, in bytes.
    private static let pieceBytes = 64 * 1024

    /// Notes which tasks there are. Blocks.
    ///
    /// - Parameter looks: How many tasks are read for one page at most.
    init(
        _ index: TaskIndex, _ spool: SpoolDirectory, _ query: TaskQuery, looks: Int = 2000
    ) throws(SpoolError) {
        self.spool = spool
        self.query = query
        order = try TaskOrder(index, spool, query)
        remaining = query.limit
        budget = query.limit == nil ? nil : Budget(looks: looks)
        isAtEnd = order.isAtEnd
    }

    /// The next tasks as JSON texts. Can be empty before the end. Blocks.
    mutating func next() throws(SpoolError) -> [String] {
        var texts: [String] = []
        var bytes = 0
        while !isAtEnd, bytes < Self.pieceBytes {
            guard let entry = order.next() else {
                isAtEnd = true
                break
            }
            let found = try spool.document(entry.place.id, seenIn: entry.state, if: query.filter.accepts)
            if let found {
                if remaining == 0 {
                    // Only now it is certain that another page is not empty.
                    nextCursor = last
                    isAtEnd = true
                    break
                }
                let text = JSONValue.object(found).compact
                bytes += text.utf8.count + 1
                texts.append(text)
                if let count = remaining { remaining = count - 1 }
            }
            // The next page does not look again at what does not fit either.
            last = entry.place
            budget?.looks -= 1
            if budget?.isSpent == true {
                nextCursor = order.isAtEnd ? nil : last
                isAtEnd = true
            }
        }
        return texts
    }

    /// The same off the threads of the language's concurrency, with the listing as it is afterwards.
    func advanced() async throws(SpoolError) -> (texts: [String], rest: TaskListing) {
        try await BlockingPool.run { () throws(SpoolError) in
            var rest = self
            let texts = try rest.next()
            return (texts, rest)
        }
    }
}
