import Testing

@testable import ConcurrencyExecutor

@Suite struct RingQueueTests {
    @Test func popFirst_keepsTheOrder_whileTheRingTurnsAndGrows() {
        var queue = RingQueue<Int>()
        var (added, taken): (Int, [Int]) = (0, [])
        for round in 0..<3000 {
            for _ in 0...(round % 5) {
                queue.append(added)
                added += 1
            }
            if let element = queue.popFirst() { taken.append(element) }
        }
        #expect(queue.count == added - 3000)
        while let element = queue.popFirst() { taken.append(element) }
        #expect(taken == Array(0..<added))
        #expect(queue.isEmpty)
    }

    @Test func popFirst_givesNothing_whenThereIsNothing() {
        var queue = RingQueue<Int>()
        #expect(queue.popFirst() == nil)
        queue.append(1)
        #expect(queue.popFirst() == 1)
        #expect(queue.popFirst() == nil)
    }
}
