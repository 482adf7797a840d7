import Dispatcher
import Testing

@Suite struct RetryBackoffTests {
    @Test func delay_growsToItsBound() {
        let delays = (1...6).map { RetryBackoff.delay(afterAttempt: $0, first: .seconds(10), jitter: 0) }
        #expect(delays == [.seconds(10), .seconds(40), .seconds(160), .seconds(640), .seconds(900), .seconds(900)])
    }

    @Test func delay_beginsWhereItIsTold_andIsNeverShorterThanThat() {
        let short = (1...3).map { RetryBackoff.delay(afterAttempt: $0, first: .milliseconds(10), jitter: 0) }
        #expect(short == [.milliseconds(10), .milliseconds(40), .milliseconds(160)])
        let long = (1...3).map { RetryBackoff.delay(afterAttempt: $0, first: .seconds(3600), jitter: 0) }
        #expect(long == [.seconds(3600), .seconds(3600), .seconds(3600)])
    }

    @Test func jitter_addsAtMostAQuarter() {
        #expect(RetryBackoff.delay(afterAttempt: 1, first: .seconds(10), jitter: 1) == .seconds(12.5))
        #expect(RetryBackoff.delay(afterAttempt: 1, first: .seconds(10), jitter: 99) == .seconds(12.5))
    }

    @Test(arguments: [Int.min, -1, 0, 1000, Int.max])
    func strangeAttempt_isNoTrap(attempt: Int) {
        #expect(RetryBackoff.delay(afterAttempt: attempt, first: .seconds(10), jitter: 0) <= .seconds(900))
    }
}
