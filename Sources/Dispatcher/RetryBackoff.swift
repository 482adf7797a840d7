/// How long a task waits before its next attempt.
package enum RetryBackoff {
    /// Nothing grows beyond this: who waits longer than a quarter of an hour is not waiting for a hiccup.
    private static let longest = Duration.seconds(900)

    /// `first · 4^(attempt-1)`, at most 15 minutes or `first`, and up to a quarter more so that tasks that failed
    /// together do not come back together: with 10 s that is 10 s, 40 s, 160 s, 640 s, 900 s.
    ///
    /// - Parameters:
    ///   - attempt: The attempt that failed, from 1.
    ///   - first: The wait after the first attempt.
    ///   - jitter: From 0 to 1.
    package static func delay(afterAttempt attempt: Int, first: Duration, jitter: Double) -> Duration {
        var delay = first
        for _ in 1..<max(1, min(attempt, 10)) { delay = min(delay * 4, max(longest, first)) }
        return delay * (1 + 0.25 * max(0, min(1, jitter)))
    }
}
