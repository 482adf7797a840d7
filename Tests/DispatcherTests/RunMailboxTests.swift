import Testing

@testable import Dispatcher

@Suite(.timeLimit(.minutes(3))) struct RunMailboxTests {
    @Test func hintsWhileBusy_mergeIntoOne() async {
        let mailbox = RunMailbox()
        mailbox.post(.tree)
        mailbox.post(.server)
        let wakeup = await mailbox.take(until: .now + .seconds(60))
        #expect(wakeup.tree && wakeup.server && !wakeup.asks)
    }

    @Test func deadline_endsTheWait_withoutAReason() async {
        let wakeup = await RunMailbox().take(until: .now + .milliseconds(5))
        #expect(!wakeup.tree && !wakeup.server && !wakeup.asks)
    }

    @Test func hint_wakesTheWaiting() async {
        let mailbox = RunMailbox()
        async let wakeup = mailbox.take(until: .now + .seconds(60))
        mailbox.post(.asks)
        #expect(await wakeup.asks)
    }

    @Test func cancelledTask_doesNotWait() async {
        let mailbox = RunMailbox()
        let waiting = Task { await mailbox.take(until: .now + .seconds(60)) }
        waiting.cancel()
        #expect(await waiting.value.tree == false)
    }
}
