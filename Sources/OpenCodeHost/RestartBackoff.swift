/// How long to wait before a server is started again.
///
/// After the first end `first`, then twice as long each time, at most `limit`: with the defaults 1, 2, 4, 8, 16, 32,
/// 60, 60 … seconds. A server that lived for `settled` ends the series.
package struct RestartBackoff: Sendable, Hashable {
    package var first: Duration
    package var limit: Duration
    package var settled: Duration

    package init(
        first: Duration = .seconds(1), limit: Duration = .seconds(60), settled: Duration = .seconds(60)
    ) {
        self.first = first
        self.limit = limit
        self.settled = settled
    }

    /// The wait after this many ends in a row.
    package func delay(afterEnds ends: Int) -> Duration {
        var delay = first
        for _ in 1..<max(ends, 1) where delay < limit { delay *= 2 }
        return min(delay, limit)
    }
}

/// The ends so far, and until when to wait.
struct RestartHistory {
    let backoff: RestartBackoff
    private(set) var ends = 0
    private(set) var until: ContinuousClock.Instant?
    private(set) var reason = ""

    init(_ backoff: RestartBackoff) { self.backoff = backoff }

    /// A server, or an attempt to start one, ended after having lived that long.
    mutating func ended(afterLiving lived: Duration, at now: ContinuousClock.Instant, reason: String) {
        ends = lived >= backoff.settled ? 1 : min(ends, 1000) + 1
        until = now + backoff.delay(afterEnds: ends)
        self.reason = reason
    }

    /// Throws while it is too early to start again.
    func check(at now: ContinuousClock.Instant) throws(ServerHostError) {
        guard let until, now < until else { return }
        throw .backingOff(until: until, reason: reason)
    }

    /// A person ended it: the next start owes nothing to the past.
    mutating func forget() { self = RestartHistory(backoff) }
}
