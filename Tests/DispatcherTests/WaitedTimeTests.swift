import Dispatcher
import JSON
import Spool
import Testing

/// How long a task has waited for people, as its log tells.
@Suite struct WaitedTimeTests {
    private let start = Timestamp(milliseconds: 1_800_000_000_000)

    private func line(_ event: String, _ ask: String?, after seconds: Double) -> JSONValue {
        var object: JSONObject = ["event": .string(event), "time": .string(start.adding(seconds: seconds).iso8601)]
        object["ask"] = ask.map { .string($0) }
        return .object(object)
    }

    @Test func asksThatOverlap_areOneWait() {
        let waited = WaitedTime(
            log: [
                line("ask", "per_1", after: 10), line("ask", "per_2", after: 12), line("answered", "per_1", after: 20),
                line("ask closed", "per_1", after: 20), line("answered", "per_2", after: 25),
            ], after: start)
        #expect(waited.over == 15_000)
        #expect(waited.since == nil)
    }

    @Test func openAsk_waitsSinceItWasAsked() {
        let waited = WaitedTime(
            log: [
                line("ask", "per_1", after: 1), line("answered", "per_1", after: 3), line("ask", "que_1", after: 7),
            ], after: start)
        #expect(waited.over == 2000)
        #expect(waited.since == start.adding(seconds: 7))
    }

    @Test func earlierAttempts_andWhatPolicyAnswered_doNotCount() {
        let waited = WaitedTime(
            log: [
                line("ask", "per_0", after: -50), line("answered", "per_9", after: 1), line("claimed", nil, after: 2),
                "no object",
            ], after: start)
        #expect(waited == WaitedTime())
    }
}
