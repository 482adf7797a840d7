import Testing

@testable import RemoteInbox

@Suite struct PollPauseTests {
    @Test func pause_growsWithFailures_andIsNeverTheSame() {
        var pause = PollPause(interval: .seconds(10))
        #expect(pause.next(random: 0) == .seconds(9) && pause.next(random: 1) == .seconds(11))
        pause.failed()
        pause.failed()
        #expect(pause.next(random: 0.5) == .seconds(40))
        for _ in 0..<100 { pause.failed() }
        #expect(pause.next(random: 0.5) == .seconds(600))
        pause.succeeded()
        #expect(pause.next(random: 0.5) == .seconds(10))
        var rare = PollPause(interval: .seconds(3600))
        rare.failed()
        #expect(rare.next(random: 0.5) == .seconds(3600))
    }
}
