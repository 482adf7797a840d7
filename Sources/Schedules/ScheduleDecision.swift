/// What a schedule calls for at one moment. Moments are milliseconds since 1970.
package enum ScheduleDecision: Sendable, Hashable {
    /// Nothing is due until then; nil if it never is again.
    case wait(until: Int?)
    /// A task is due for that moment. Those before it that were not looked at are passed.
    case run(Int)
    /// What was due until then was missed, and is to be left so.
    case pass(Int)

    /// What is to be done with a moment at which nobody was there.
    package enum Missed: String, Sendable, Hashable, CaseIterable {
        case skip
        /// One task for all that were missed.
        case runOnce = "run_once"
    }

    /// Nobody misses a moment by being this late: a machine was busy, a daemon was restarted.
    package static let grace = 60_000

    /// - Parameters:
    ///   - handled: Up to this moment everything was done or passed.
    ///   - within: What was missed by more is not made up for.
    ///   - limit: Nothing is due after this moment; nil for no limit.
    package init(
        _ rule: ScheduleRule, handled: Int, now: Int, missed: Missed, within: Int, limit: Int? = nil
    ) {
        let end = min(now, limit ?? now)
        guard let due = rule.last(after: handled, until: end) else {
            let next = rule.next(after: max(handled, now))
            self = .wait(until: next.flatMap { time in limit.map { time <= $0 } ?? true ? time : nil })
            return
        }
        let late = now - due
        let isWanted = late <= Self.grace || missed == .runOnce && late <= within
        self = isWanted ? .run(due) : .pass(due)
    }
}
