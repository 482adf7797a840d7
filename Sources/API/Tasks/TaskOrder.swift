import Spool

/// The tasks of a query one after the other, in its order, by name: found with as few looks as it takes.
struct TaskOrder: Sendable {
    struct Entry: Sendable {
        let place: TaskCursor
        let state: TaskState
    }

    private let query: TaskQuery
    private var sources: [Source] = []

    /// Notes which tasks there are. Blocks.
    init(_ index: TaskIndex, _ spool: SpoolDirectory, _ query: TaskQuery) throws(SpoolError) {
        self.query = query
        var others: [TaskID: TaskState] = [:]
        // In the order in which tasks move on, and once more where they come back to: so that none is missed that
        // moves while we look.
        let directories = query.filter.directories
        for state in [.new, .running, .done, .failed, .new] as [TaskState] where directories.contains(state) {
            let names = try index.names(in: state)
            // Names of ours say when they were made; what else is asked for must be looked up.
            let looked = query.order.isByUpdate ? 0 : names.madeCount
            if looked > 0 { sources.append(Source(made: names, state)) }
            for position in looked..<names.count { others[names[position]] = state }
        }
        var moments: [Source.Moment] = []
        for (id, state) in others {
            guard let time = try Self.moment(id, state, spool, query.order) else { continue }
            moments.append(Source.Moment(time: time, id: id, state: state))
        }
        if !moments.isEmpty { sources.append(Source(moments)) }
        for position in sources.indices { sources[position].begin(query) }
    }

    private static func moment(
        _ id: TaskID, _ state: TaskState, _ spool: SpoolDirectory, _ order: TaskQuery.Order
    ) throws(SpoolError) -> Timestamp? {
        if !order.isByUpdate, let created = ((try? spool.readSpec(id, in: state)) ?? nil)?.created { return created }
        return try spool.changeTime(of: id, in: state)
    }

    var isAtEnd: Bool { sources.allSatisfy { $0.head == nil } }

    /// The next task that may fit; nil at the end.
    mutating func next() -> Entry? {
        while let best = takeBest() {
            if query.filter.mayAccept(best.place.id) { return best }
        }
        return nil
    }

    private mutating func takeBest() -> Entry? {
        var best: Entry?
        for source in sources {
            guard let head = source.head else { continue }
            guard let other = best else {
                best = head
                continue
            }
            // Of two sightings of one task the later one counts.
            if other.place == head.place || (other.place < head.place) == query.order.isDescending { best = head }
        }
        guard let best else { return nil }
        for position in sources.indices where sources[position].head?.place == best.place {
            sources[position].advance(query)
        }
        return best
    }
}

extension TaskOrder {
    /// Tasks in the order of a query, oldest or newest first.
    fileprivate struct Source: Sendable {
        struct Moment: Sendable {
            var time: Timestamp
            var id: TaskID
            var state: TaskState
        }

        private enum Tasks: Sendable {
            case made(TaskNames, TaskState)
            /// Oldest first.
            case looked([Moment])
        }

        private let tasks: Tasks
        /// Which of them are still to come.
        private var range: Range<Int>
        private(set) var head: Entry?

        init(made names: TaskNames, _ state: TaskState) {
            tasks = .made(names, state)
            range = 0..<names.madeCount
        }

        init(_ moments: [Moment]) {
            tasks = .looked(moments.sorted { $0.time == $1.time ? $0.id < $1.id : $0.time < $1.time })
            range = 0..<moments.count
        }

        private func entry(_ position: Int) -> Entry {
            switch tasks {
            case .made(let names, let state):
                let id = names[position]
                return Entry(place: TaskCursor(made: id), state: state)
            case .looked(let moments):
                let moment = moments[position]
                return Entry(place: TaskCursor(moment: moment.time.compact, id: moment.id), state: moment.state)
            }
        }

        /// Leaves out what comes before the cursor.
        mutating func begin(_ query: TaskQuery) {
            if let cursor = query.cursor {
                if query.order.isDescending {
                    range = 0..<count { $0 < cursor }
                } else {
                    range = count { $0 <= cursor }..<range.upperBound
                }
            }
            advance(query)
        }

        /// How many there are at the beginning for which that is so.
        private func count(_ isSo: (TaskCursor) -> Bool) -> Int {
            var (low, high) = (range.lowerBound, range.upperBound)
            while low < high {
                let middle = (low + high) / 2
                if isSo(entry(middle).place) { low = middle + 1 } else { high = middle }
            }
            return low
        }

        mutating func advance(_ query: TaskQuery) {
            if range.isEmpty {
                head = nil
            } else if query.order.isDescending {
                range = range.lowerBound..<range.upperBound - 1
                head = entry(range.upperBound)
            } else {
                head = entry(range.lowerBound)
                range = range.lowerBound + 1..<range.upperBound
            }
        }
    }
}
