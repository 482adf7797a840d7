/// Jobs by the time they are due: a binary heap. Jobs due at the same time come in the order they were added.
struct DeadlineHeap {
    private struct Entry {
        let deadline: Int64
        let number: UInt64
        let job: UnownedJob

        static func < (one: Entry, other: Entry) -> Bool {
            (one.deadline, one.number) < (other.deadline, other.number)
        }
    }

    private var entries: [Entry] = []
    private var added: UInt64 = 0

    /// The time of the job due first, in nanoseconds of the timer's clock.
    var first: Int64? { entries.first?.deadline }

    mutating func insert(_ job: UnownedJob, at deadline: Int64) {
        added &+= 1
        entries.append(Entry(deadline: deadline, number: added, job: job))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child] < entries[parent] else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first job out, provided that it is due at `now`.
    mutating func popFirst(dueAt now: Int64) -> UnownedJob? {
        guard let top = entries.first, top.deadline <= now else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        if entries.isEmpty { entries = [] }
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && entries[child] < entries[least]
            {
                least = child
            }
            guard least != parent else { return top.job }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
