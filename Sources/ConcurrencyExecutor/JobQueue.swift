/// Jobs in the order they came, in a ring that grows as needed and lets go of its memory after a burst.
struct JobQueue {
    private static let kept = 1024

    private var slots: [UnownedJob?] = Array(repeating: nil, count: kept)
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ job: UnownedJob) {
        if count == slots.count { resize(to: slots.count * 2) }
        // The length is a power of two.
        slots[(head + count) & (slots.count - 1)] = job
        count += 1
    }

    mutating func popFirst() -> UnownedJob? {
        guard count > 0 else { return nil }
        let job = slots[head]
        head = (head + 1) & (slots.count - 1)
        count -= 1
        if count == 0, slots.count > Self.kept { self = JobQueue() }
        return job
    }

    private mutating func resize(to capacity: Int) {
        var larger: [UnownedJob?] = []
        larger.reserveCapacity(capacity)
        larger += slots[head...]
        larger += slots[..<head]
        larger += repeatElement(nil, count: capacity - slots.count)
        (slots, head) = (larger, 0)
    }
}
