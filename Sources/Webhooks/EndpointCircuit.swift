import Spool

/// Decides how much of a queue an endpoint may be tried with. Decides only; no I/O, no clock.
///
/// | state | tries at once | becomes |
/// |---|---|---|
/// | untested: after a start | 1 | closed by an answer, open by ``threshold`` failures in a row |
/// | closed: it answers | ``EndpointCircuit/concurrency`` | open by ``threshold`` failures in a row |
/// | open: it has been down | 1, and none before ``notBefore`` | closed by an answer; stays open, with a longer pause, by a failure |
///
/// A failure is one of the endpoint as a whole: no answer, 5xx, 429, 408. Any other answer, of whatever status, shows
/// that somebody is there. While the circuit is open each probe is a delivery's ordinary attempt, with the delivery that
/// is due first; so a queue of a hundred thousand costs an endpoint that is down one request per pause, and no delivery
/// uses up its attempts with the others' failures.
struct EndpointCircuit {
    /// Deliveries under way at once to an endpoint that answers.
    static let concurrency = 10
    /// Failures in a row until an endpoint counts as down.
    static let threshold = 5
    /// The longest pause between two probes, in seconds: how late the end of a long outage is noticed at most.
    static let longestPause = 600.0
    /// The longest time that an endpoint may ask us to wait, in seconds.
    static let longestRetryAfter = 86_400.0

    enum State: Equatable {
        case untested
        case closed
        case open(probes: Int)
    }

    private(set) var state = State.untested
    private(set) var failures = 0
    /// When the next one may be sent, for a pause that the circuit or the endpoint asked for.
    private(set) var notBefore: Timestamp?
    /// When the endpoint last came back: waits of failures before that are over.
    private(set) var recovered: Timestamp?
    private let backoff: DeliveryBackoff

    init(backoff: DeliveryBackoff) { self.backoff = backoff }

    /// How many may be under way at this moment.
    func limit(at now: Timestamp) -> Int {
        if let notBefore, now < notBefore { return 0 }
        return state == .closed ? Self.concurrency : 1
    }

    /// Somebody answered.
    ///
    /// - Returns: Whether the endpoint was thought to be down until now, so that what waits for it need not wait. A
    ///   failure here and there is no outage: one delivery that the endpoint can't stand must not be tried again for
    ///   every other one that goes well.
    mutating func noteAnswer(at now: Timestamp) -> Bool {
        let wasDown = state != .closed
        failures = 0
        state = .closed
        notBefore = nil
        if wasDown { recovered = now }
        return wasDown
    }

    /// The endpoint could not be reached, or said that it can't.
    ///
    /// - Parameters:
    ///   - retryAfter: Seconds that the endpoint asked for.
    ///   - chance: From 0 to 1, for the jitter.
    mutating func noteFailure(at now: Timestamp, retryAfter: Double?, chance: Double) {
        failures += 1
        if case .open(let probes) = state {
            state = .open(probes: probes + 1)
        } else if failures >= Self.threshold {
            state = .open(probes: 1)
        }
        var pause = retryAfter.map { min($0, Self.longestRetryAfter) }
        if case .open(let probes) = state {
            let own = min(backoff.delay(after: probes, chance: chance), Self.longestPause)
            pause = max(pause ?? 0, own)
        }
        guard let pause else { return }
        let until = now.adding(seconds: pause)
        notBefore = max(notBefore ?? until, until)
    }

    /// Somebody wants it tried now: by putting a delivery back, or by enabling the endpoint again.
    mutating func endPause() { notBefore = nil }
}
