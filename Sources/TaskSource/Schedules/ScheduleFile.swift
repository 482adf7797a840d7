package import Schedules
package import Spool

/// A schedule as its file says it.
package struct ScheduleFile: Sendable {
    /// What is done when a task is due and the one before it has not ended.
    package enum Overlap: String, Sendable, Hashable, CaseIterable {
        case skip
        /// It waits for the one before it.
        case queue
        case cancelPrevious = "cancel_previous"
    }

    package var rule: ScheduleRule
    /// `0 6 * * mon` or `every 15m`.
    package var ruleText: String
    /// What the zone of a cron expression is called; nil for an interval, which needs none.
    package var zoneName: String?
    /// For what names and goals say of the time.
    package var zone: TimeZoneRules
    package var overlap = Overlap.skip
    package var missed = ScheduleDecision.Missed.runOnce
    /// In milliseconds.
    package var missedWithin = ScheduleFile.defaultMissedWithin
    package var isEnabled = true
    package var until: Timestamp?
    /// What each task is made of.
    let task: [TaskField]

    /// A day: who was away for longer does not expect yesterday's work to begin in the morning.
    package static let defaultMissedWithin = 86_400_000

    /// The rule with its zone: another text is another rule.
    package var identity: String { [ruleText, zoneName].compactMap { $0 }.joined(separator: " ") }

    package func decision(handled: Timestamp, now: Timestamp) -> ScheduleDecision {
        ScheduleDecision(
            rule, handled: handled.milliseconds, now: now.milliseconds, missed: missed, within: missedWithin,
            limit: until?.milliseconds)
    }

    /// The next moments after `moment` at which it is due, in order; fewer where it ends.
    package func next(_ count: Int, after moment: Timestamp) -> [Timestamp] {
        var moments: [Timestamp] = []
        var last = moment
        while moments.count < count, let next = rule.next(after: last.milliseconds) {
            last = Timestamp(milliseconds: next)
            if let until, last > until { break }
            moments.append(last)
        }
        return moments
    }
}
