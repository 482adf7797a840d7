/// When a schedule is due. Moments are milliseconds since 1970.
package enum ScheduleRule: Sendable, Hashable {
    case cron(CronExpression, in: TimeZoneRules)
    /// At every multiple of so many milliseconds since 1970: `15m` is at :00, :15, :30 and :45 wherever clocks keep whole
    /// quarters of an hour, whenever the schedule was made.
    case every(Int)

    /// The first moment after `moment` at which it is due; nil if it never is again.
    package func next(after moment: Int) -> Int? {
        switch self {
        case .every(let length): return (moment.floorDivided(by: length) + 1) * length
        case .cron(let expression, let zone):
            return expression.next(after: moment.floorDivided(by: 1000), in: zone).map { $0 * 1000 }
        }
    }

    /// The last moment in (`start`, `end`] at which it was due; nil if it was not.
    package func last(after start: Int, until end: Int) -> Int? {
        guard start < end else { return nil }
        if case .every(let length) = self {
            let last = end.floorDivided(by: length) * length
            return last > start ? last : nil
        }
        // Looks back ever further, so that few moments are passed on the way to the last one.
        for window in [60_000, 3_600_000, 86_400_000, 32 * 86_400_000, 366 * 86_400_000, Int.max] {
            let from = end - start > window ? end - window : start
            var last: Int?
            var time = from
            while let next = next(after: time), next <= end {
                last = next
                time = next
            }
            if last != nil || from == start { return last }
        }
        return nil
    }
}
