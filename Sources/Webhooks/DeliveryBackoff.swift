/// How long a delivery waits before it is tried again: the schedule that Standard Webhooks recommends, with jitter, so
/// that what failed together does not come back together.
///
/// | after attempt | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |
/// |---|---|---|---|---|---|---|---|---|---|
/// | waits | 5 s | 5 min | 30 min | 2 h | 5 h | 10 h | 14 h | 20 h | 24 h |
/// | since the first, at least | 5 s | 5 min | 35 min | 2.6 h | 7.6 h | 17.6 h | 31.6 h | 51.6 h | 75.6 h |
///
/// Each is lengthened by up to a quarter. Further attempts wait as long as the last one.
package struct DeliveryBackoff: Sendable, Hashable {
    /// Seconds after the first, second, … attempt. Never empty.
    package let schedule: [Double]

    /// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Deliverability and
    /// reliability".
    package static let standardSchedule: [Double] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]

    /// How much longer than the schedule a wait may be.
    static let jitter = 0.25

    package init(schedule: [Double] = Self.standardSchedule) {
        self.schedule = schedule.isEmpty ? Self.standardSchedule : schedule
    }

    /// Seconds from the end of an attempt to the next one.
    ///
    /// - Parameters:
    ///   - attempt: From 1.
    ///   - chance: From 0 to 1: where in the range of the jitter.
    package func delay(after attempt: Int, chance: Double) -> Double {
        let index = max(0, min(attempt - 1, schedule.count - 1))
        return schedule[index] * (1 + Self.jitter * max(0, min(1, chance)))
    }
}
