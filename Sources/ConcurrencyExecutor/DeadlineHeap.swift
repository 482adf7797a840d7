/// Elements by the time they are due: a binary heap. Those due at the same time come in the order they were added.
struct DeadlineHeap<Element> {
    private struct Entry {
        let deadline: Int64
        let number: UInt64
        let element: Element

        static func < (one: Entry, other: Entry) -> Bool {
            (one.deadline, one.number) < (other.deadline, other.number)
        }
    }

    private var entries: [Entry] = []
    private var added: UInt64 = 0

    /// The time of the element due first, in nanoseconds of the timer's clock.
    var first: Int64? { entries.first?.deadline }

    mutating func insert(_ element: Element, at deadline: Int64) {
        added &+= 1
        entries.append(Entry(deadline: deadline, number: added, element: element))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child] < entries[parent] else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first element out, provided that it is due at `now`.
    mutating func popFirst(dueAt now: Int64) -> Element? {
        guard let top = entries.first, top.deadline <= now else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        if entries.isEmpty, entries.capacity > 1024 { entries = [] }
        var parent = 0
        while let child = firstChild(of: parent), entries[child] < entries[parent] {
            entries.swapAt(parent, child)
            parent = child
        }
        return top.element
    }

    /// The index of that child which is due before the other, if there is any.
    private func firstChild(of parent: Int) -> Int? {
        let (left, right) = (2 * parent + 1, 2 * parent + 2)
        guard left < entries.count else { return nil }
        return right < entries.count && entries[right] < entries[left] ? right : left
    }
}
