import Spool
import Testing

@testable import Webhooks

@Suite struct DeliveryWindowTests {
    let now = Timestamp(milliseconds: 1_795_000_000_000)

    private func name(_ number: Int, _ task: String) throws -> DeliveryName {
        DeliveryName(
            TaskEvent(
                number: number, kind: .updated, id: try #require(TaskID(task)), name: task, status: "running"))
    }

    private func expectTake(
        _ name: DeliveryName?, from window: inout DeliveryWindow, at place: SourceLocation = #_sourceLocation
    ) {
        let taken = window.take()
        #expect(taken == name, sourceLocation: place)
    }

    @Test func tasksGoOnAtOnce_butEachInOrder() throws {
        var window = DeliveryWindow(capacity: 4096)
        let all = try [name(1, "a"), name(2, "a"), name(3, "b"), name(4, "a"), name(5, "b")]
        for name in all.reversed() { window.insert(name) }
        #expect(window.count == 5)
        expectTake(all[0], from: &window)
        expectTake(all[2], from: &window)
        expectTake(nil, from: &window)
        window.remove(all[0])
        expectTake(all[1], from: &window)
        window.postpone(all[1], until: now)
        expectTake(nil, from: &window)
        window.remove(all[2])
        expectTake(all[4], from: &window)
        window.wake(at: now)
        expectTake(all[1], from: &window)
        window.remove(all[1])
        window.remove(all[4])
        expectTake(all[3], from: &window)
        window.remove(all[3])
        #expect(window.count == 0 && window.inFlight == 0 && !window.hasReady)
    }

    @Test func waitingDelivery_isDueAtItsTime_orWhenTheEndpointIsBack() throws {
        var window = DeliveryWindow(capacity: 4096)
        let (first, second) = try (name(1, "a"), name(2, "b"))
        for name in [first, second] { window.insert(name) }
        _ = window.take()
        _ = window.take()
        window.postpone(first, until: now.adding(seconds: 5))
        window.postpone(second, until: now.adding(seconds: 3))
        #expect(window.nextDue == now.adding(seconds: 3))
        window.wake(at: now.adding(seconds: 4))
        expectTake(second, from: &window)
        expectTake(nil, from: &window)
        #expect(window.nextDue == now.adding(seconds: 5))
        window.wakeAll()
        expectTake(first, from: &window)
        #expect(window.nextDue == nil)
    }

    @Test func sameName_isHeldOnce() throws {
        var window = DeliveryWindow(capacity: 4096)
        let name = try name(1, "a")
        window.insert(name)
        window.insert(name)
        #expect(window.count == 1)
        expectTake(name, from: &window)
        window.insert(name)
        expectTake(nil, from: &window)
        window.remove(name)
        window.remove(name)
        #expect(window.count == 0)
        window.postpone(name, until: now)
        #expect(window.nextDue == nil)
    }

    @Test func earlierDelivery_thatIsPutBack_goesFirst() throws {
        var window = DeliveryWindow(capacity: 4096)
        let (early, late) = try (name(1, "a"), name(2, "a"))
        window.insert(late)
        window.insert(early)
        expectTake(early, from: &window)
        window.remove(early)
        expectTake(late, from: &window)
        window.insert(early)
        expectTake(nil, from: &window)
        window.remove(late)
        expectTake(early, from: &window)
    }

    @Test func window_isBounded_andSaysWhenToLookAgain() throws {
        var window = DeliveryWindow(capacity: 8)
        let scan = SpoolDirectory.DeliveryScan(names: try (1...8).map { try name($0, "t\($0)") }, isAll: false)
        window.fill(scan)
        #expect(window.count == 8 && window.horizon == 8 && !window.isLow)
        window.insert(try name(9, "x"))
        #expect(window.count == 8)
        for _ in 0..<6 {
            let name = window.take()
            window.remove(try #require(name))
        }
        #expect(window.isLow)
        window.fill(SpoolDirectory.DeliveryScan(names: try (7...9).map { try name($0, "t\($0)") }, isAll: true))
        #expect(window.count == 3 && window.horizon == nil)
        for number in 10...30 { window.insert(try name(number, "t\(number)")) }
        #expect(window.count == 8)
        #expect(window.horizon == 14)
        var numbers: [Int] = []
        while let name = window.take() { numbers.append(name.number) }
        #expect(numbers == Array(7...14))
    }

    /// Against a model: whatever happens, each task's numbers come in order, and none is lost.
    @Test func randomWork_keepsTheOrder_andLosesNothing() throws {
        var generator = SystemRandomNumberGenerator()
        var window = DeliveryWindow(capacity: 4096)
        var delivered: [TaskID: [Int]] = [:]
        var (taken, next): ([DeliveryName], Int) = ([], 0)
        while next < 3000 || window.count > 0 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0 where next < 3000:
                next += 1
                window.insert(try name(next, "t\(Int.random(in: 0..<20, using: &generator))"))
            case 1: if let name = window.take() { taken.append(name) }
            case 2 where !taken.isEmpty:
                let name = taken.remove(at: Int.random(in: 0..<taken.count, using: &generator))
                if Bool.random(using: &generator) {
                    window.postpone(name, until: now)
                } else {
                    window.remove(name)
                    delivered[name.task, default: []].append(name.number)
                }
            default: window.wake(at: now)
            }
        }
        #expect(delivered.values.allSatisfy { $0 == $0.sorted() })
        #expect(delivered.values.joined().sorted() == Array(1...3000))
    }
}
