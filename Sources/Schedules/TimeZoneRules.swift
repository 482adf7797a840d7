/// How far a zone's clocks are from UTC, and since when: what a file of the system's time zones says.
package struct TimeZoneRules: Sendable, Hashable {
    /// Seconds since 1970 from which on the offset of the same place counts.
    private let times: [Int]
    private let offsets: [Int]
    /// Before the first of them.
    private let first: Int
    /// After the last of them.
    private let rule: DaylightRule?

    package static let utc = TimeZoneRules(times: [], offsets: [], first: 0, rule: nil)

    /// - Parameters:
    ///   - times: In ascending order, as many as `offsets`.
    init(times: [Int], offsets: [Int], first: Int, rule: DaylightRule?) {
        self.times = times
        self.offsets = offsets
        self.first = first
        self.rule = rule
    }

    /// Seconds east of UTC.
    package func offset(at moment: Int) -> Int {
        if let rule, times.last.map({ moment >= $0 }) ?? true { return rule.offset(at: moment) }
        let next = times.partition { $0 > moment }
        return next == 0 ? first : offsets[next - 1]
    }

    /// When the offset may change for the first time after `moment`; nil if it never does.
    func change(after moment: Int) -> Int? {
        let next = times.partition { $0 > moment }
        if next < times.count { return times[next] }
        return rule?.change(after: moment)
    }

    /// The first moment at which the zone's clocks show `civil` or later: the moment of a change if it makes them skip
    /// that time, and the earlier one of two if they show it twice.
    ///
    /// - Parameter civil: What a clock shows, in seconds from the midnight of 1970-01-01.
    package func moment(showing civil: Int) -> Int {
        // No clock is further than 26 hours from UTC, so here they show less.
        var start = civil - 2 * 26 * 3600
        while true {
            let offset = offset(at: start)
            // As at the change that began this, they skipped it.
            if start + offset >= civil { return start }
            guard let end = change(after: start), civil - offset >= end else { return civil - offset }
            start = end
        }
    }
}

extension [Int] {
    /// The place of the first element that fits, where all that fit come last; the count if none does.
    fileprivate func partition(_ fits: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if fits(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
