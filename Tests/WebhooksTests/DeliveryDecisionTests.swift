import Spool
import Testing

@testable import Curl
@testable import Webhooks

@Suite struct DeliveryDecisionTests {
    let now = Timestamp(milliseconds: 1_795_000_000_000)

    private func decide(
        _ status: Int, attempt: Int = 1, maxRetries: Int = 3, retryAfter: String? = nil, body: String = ""
    ) -> DeliveryDecision {
        var response = CurlResponse(status: status, body: Array(body.utf8))
        if let retryAfter { response.headers.append(name: "Retry-After", value: retryAfter) }
        return DeliveryDecision(
            .success(response), attempt: attempt, maxRetries: maxRetries, backoff: DeliveryBackoff(), chance: 0,
            now: now)
    }

    @Test(arguments: [200, 201, 204, 299]) func only2xx_isDelivered(status: Int) {
        let decision = decide(status, body: "thanks")
        #expect(decision.outcome == .delivered && decision.health == .up && decision.delay == nil)
        #expect(decision.answer == "thanks" && decision.error == nil)
    }

    @Test(arguments: [301, 302, 307, 308, 400, 401, 404, 422])
    func otherAnswers_areTriedAgain_andTheEndpointIsThere(status: Int) {
        let decision = decide(status)
        #expect(decision.outcome == .retry && decision.health == .up && decision.delay == 5)
        #expect(decision.error?.contains(String(status)) == true)
    }

    @Test(arguments: [408, 429, 500, 502, 503, 599]) func thoseOfTheServer_meanThatItIsDown(status: Int) {
        let decision = decide(status)
        #expect(decision.outcome == .retry && decision.health == .down(retryAfter: nil) && decision.delay == 5)
    }

    @Test func noAnswer_meansThatItIsDown() {
        let decision = DeliveryDecision(
            .failure(CurlError(.timeout, "too late")), attempt: 2, maxRetries: 3, backoff: DeliveryBackoff(), chance: 1,
            now: now)
        #expect(decision.outcome == .retry && decision.health == .down(retryAfter: nil))
        #expect(decision.delay == 375 && decision.error == "too late" && decision.status == nil)
    }

    @Test func gone_disables_andKeepsTheDelivery() {
        let decision = decide(410)
        #expect(decision.isGone && decision.outcome == .retry)
        #expect(!decide(404).isGone)
    }

    @Test(arguments: [(0, 1, true), (1, 1, false), (1, 2, true), (9, 9, false), (9, 10, true)])
    func retries_areAsManyAsConfigured(maxRetries: Int, attempt: Int, isLast: Bool) {
        #expect((decide(500, attempt: attempt, maxRetries: maxRetries).outcome == .failed) == isLast)
    }

    @Test func retryAfter_isObeyed_withinABound() {
        #expect(decide(429, retryAfter: "120").health == .down(retryAfter: 120))
        #expect(decide(429, retryAfter: "120").delay == 120)
        #expect(decide(429, retryAfter: "1").delay == 5)
        #expect(decide(503, retryAfter: "9999999999").delay == 86_400)
        #expect(decide(503, retryAfter: "soon").delay == 5)
    }

    @Test func retryAfter_readsDates() {
        let base = Timestamp(iso8601: "1994-11-06T08:49:00Z") ?? now
        #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:49:37 GMT", now: base) == 37)
        #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:48:00 GMT", now: base) == 0)
        for text in [
            "", "-1", "1.5", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "x y z a b GMT",
        ] {
            #expect(RetryAfter.seconds(text, now: base) == nil, "\(text)")
        }
    }

    @Test func answers_areKept_upToABound() {
        let decision = decide(500, body: String(repeating: "x", count: 5000))
        #expect(decision.answer?.utf8.count == DeliveryAttempt.keptAnswer)
        #expect(decide(500).answer == nil)
    }

    @Test func backoff_isThatOfTheTable() {
        let backoff = DeliveryBackoff()
        let waits = (1...11).map { backoff.delay(after: $0, chance: 0) }
        #expect(waits == [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, 86_400, 86_400])
        #expect(backoff.delay(after: 1, chance: 1) == 6.25)
        #expect(DeliveryBackoff(schedule: []).schedule == DeliveryBackoff.standardSchedule)
        #expect(DeliveryBackoff(schedule: [1]).delay(after: 7, chance: 0) == 1)
        #expect(WebhookEndpoint.standardRetries == DeliveryBackoff.standardSchedule.count)
    }
}
