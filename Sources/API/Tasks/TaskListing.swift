import Blocking
import JSON
import Spool

/// The tasks that fit a filter, newest first, read piece by piece: the list may be longer than memory should be.
struct TaskListing: Sendable {
    private let spool: SpoolDirectory
    private let filter: TaskFilter
    private var entries: ArraySlice<Entry>
    private var remaining: Int?
    private var last: TaskCursor?
    /// Where the next page begins; nil until the last piece was read, and if there is no next page.
    private(set) var nextCursor: TaskCursor?

    private struct Entry: Sendable {
        let place: TaskCursor
        let state: TaskState
    }

    /// Enough for one piece of an answer, in bytes.
    private static let pieceBytes = 64 * 1024

    /// Notes which tasks there are. Blocks.
    init(_ spool: SpoolDirectory, _ filter: TaskFilter) throws(SpoolError) {
        self.spool = spool
        self.filter = filter
        remaining = filter.limit
        var seen: [TaskID: TaskState] = [:]
        // In the order in which tasks move on, and once more where they come back to: so that none is missed that
        // moves while we look.
        for state in [.new, .running, .done, .failed, .new] as [TaskState] where filter.directories.contains(state) {
            for name in try spool.names(in: state) {
                guard let id = TaskID(name) else { continue }
                seen[id] = state
            }
        }
        var all: [Entry] = []
        all.reserveCapacity(seen.count)
        for (id, state) in seen {
            let place = TaskCursor(moment: Self.moment(id, state, spool), id: id)
            if let cursor = filter.cursor, place >= cursor { continue }
            all.append(Entry(place: place, state: state))
        }
        all.sort { $0.place > $1.place }
        entries = all[...]
    }

    /// For names of ours the name says it; for others it must be looked up.
    private static func moment(_ id: TaskID, _ state: TaskState, _ spool: SpoolDirectory) -> String {
        if let moment = TaskCursor.moment(in: id) { return moment }
        if let created = ((try? spool.readSpec(id, in: state)) ?? nil)?.created { return created.compact }
        return ((try? spool.snapshot(id))?.changed ?? Timestamp(milliseconds: 0)).compact
    }

    var isAtEnd: Bool { entries.isEmpty }

    /// The next tasks as JSON texts. Empty at the end. Blocks.
    mutating func next() throws(SpoolError) -> [String] {
        var texts: [String] = []
        var bytes = 0
        while let entry = entries.first, bytes < Self.pieceBytes {
            let found = try spool.document(entry.place.id, seenIn: entry.state, if: filter.accepts)
            if found != nil, remaining == 0 {
                // Only now it is certain that another page is not empty.
                nextCursor = last
                entries = []
                break
            }
            entries.removeFirst()
            guard let found else { continue }
            let text = JSONValue.object(found).compact
            bytes += text.utf8.count + 1
            texts.append(text)
            last = entry.place
            if let count = remaining { remaining = count - 1 }
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
