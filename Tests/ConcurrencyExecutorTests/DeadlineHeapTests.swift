import Testing

@testable import ConcurrencyExecutor

@Suite struct DeadlineHeapTests {
    @Test func popFirst_givesTheEarliest_andEqualOnesInTheOrderTheyCame() {
        var heap = DeadlineHeap<Int>()
        let deadlines = (0..<1000).map { Int64($0 * 7919 % 101) }
        for (number, deadline) in deadlines.enumerated() { heap.insert(number, at: deadline) }
        var taken: [Int] = []
        while let number = heap.popFirst(dueAt: 1000) { taken.append(number) }
        #expect(taken == deadlines.indices.sorted { (deadlines[$0], $0) < (deadlines[$1], $1) })
    }

    @Test func popFirst_givesNothing_beforeTheDeadline() {
        var heap = DeadlineHeap<Int>()
        heap.insert(1, at: 50)
        heap.insert(2, at: 40)
        #expect(heap.first == 40)
        #expect(heap.popFirst(dueAt: 39) == nil)
        #expect(heap.popFirst(dueAt: 40) == 2)
        #expect(heap.popFirst(dueAt: 49) == nil)
        #expect(heap.first == 50)
    }
}
