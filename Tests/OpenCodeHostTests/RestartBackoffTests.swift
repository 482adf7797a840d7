import Testing

@testable import OpenCodeHost

@Suite struct RestartBackoffTests {
    @Test(arguments: [(0, 1), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (1_000_000, 60)])
    func delay_doubles_upToTheLimit(ends: Int, seconds: Int) {
        #expect(RestartBackoff().delay(afterEnds: ends) == .seconds(seconds))
    }

    @Test func history_beginsAnew_afterALongLife() throws {
        let now = ContinuousClock.now
        var history = RestartHistory(RestartBackoff())
        for _ in 0..<5 { history.ended(afterLiving: .seconds(59), at: now, reason: "crash") }
        #expect(history.until == now + .seconds(16))
        history.ended(afterLiving: .seconds(60), at: now, reason: "crash")
        #expect(history.until == now + .seconds(1))
    }

    @Test func history_allowsAStart_atTheInstantAndNotBefore() throws {
        let now = ContinuousClock.now
        var history = RestartHistory(RestartBackoff())
        try history.check(at: now)
        history.ended(afterLiving: .zero, at: now, reason: "crash")
        #expect(throws: ServerHostError.backingOff(until: now + .seconds(1), reason: "crash")) {
            try history.check(at: now + .milliseconds(999))
        }
        try history.check(at: now + .seconds(1))
    }
}
