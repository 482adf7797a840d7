/// Elements in the order they came, in a ring that grows as needed and lets go of its memory after a burst.
struct RingQueue<Element> {
    private var slots: [Element?] = Array(repeating: nil, count: 1024)
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) {
        if count == slots.count { resize(to: slots.count * 2) }
        // The length is a power of two.
        slots[(head + count) & (slots.count - 1)] = element
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = slots[head]
        slots[head] = nil
        head = (head + 1) & (slots.count - 1)
        count -= 1
        if count == 0, slots.count > 1024 { self = RingQueue() }
        return element
    }

    private mutating func resize(to capacity: Int) {
        var larger: [Element?] = []
        larger.reserveCapacity(capacity)
        larger += slots[head...]
        larger += slots[..<head]
        larger += repeatElement(nil, count: capacity - slots.count)
        (slots, head) = (larger, 0)
    }
}
