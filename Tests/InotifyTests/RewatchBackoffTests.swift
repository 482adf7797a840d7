import Testing

@testable import Inotify

@Suite struct RewatchBackoffTests {
    @Test func delay_doublesFrom50Milliseconds_upToFiveSeconds() {
        var backoff = RewatchBackoff()
        var delays: [Duration] = []
        for _ in 0..<9 {
            delays.append(backoff.delay)
            backoff.failed()
        }
        #expect(delays == [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000].map { .milliseconds($0) })
    }
}
