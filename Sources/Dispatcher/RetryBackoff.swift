/// How long a task waits before its next attempt.
package enum RetryBackoff {
    /// `10 s · 4^(attempt-1)`, at most 15 minutes, and up to a quarter more so that tasks that failed together do not
    /// come back together: 10 s, 40 s, 160 s, 640 s, 900 s.
    ///
    /// - Parameters:
    ///   - attempt: The attempt that failed, from 1.
    ///   - jitter: From 0 to 1.
    package static func delay(afterAttempt attempt: Int, jitter: Double) -> Duration {
        var seconds = 10.0
        for _ in 1..<max(1, min(attempt, 10)) { seconds *= 4 }
        return .seconds(min(seconds, 900) * (1 + 0.25 * max(0, min(1, jitter))))
    }
}
