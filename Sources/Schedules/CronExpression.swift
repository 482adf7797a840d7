/// Five fields: minute, hour, day of month, month, day of the week; or `@daily` and its like.
///
/// If both fields for days say something (neither begins with `*`), a day fits that fits either of them, as cron has it
/// since 1975: `0 6 1 * mon` is every Monday and every first of a month.
package struct CronExpression: Sendable, Hashable {
    private let minutes: CronField
    private let hours: CronField
    private let daysOfMonth: CronField
    private let months: CronField
    private let weekdays: CronField

    private static let words = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// From one 29 February to the next there are eight years at most; no expression that ever fits waits longer.
    private static let longestWait = 366 * 9

    package init(_ text: String) throws(CronError) {
        var text = text
        if text.hasPrefix("@") {
            guard let meaning = Self.words[text.lowercased()] else {
                let known = Self.words.keys.sorted().joined(separator: ", ")
                throw CronError("\"\(text.prefix(40))\" is not known; known are \(known)")
            }
            text = meaning
        }
        let fields = text.split { $0 == " " || $0 == "\t" }
        guard fields.count == 5 else {
            throw CronError(
                "has \(fields.count) fields; five are needed: minute, hour, day of month, month, day of the week")
        }
        minutes = try CronField(fields[0], .minute)
        hours = try CronField(fields[1], .hour)
        daysOfMonth = try CronField(fields[2], .dayOfMonth)
        months = try CronField(fields[3], .month)
        weekdays = try CronField(fields[4], .weekday)
        guard next(from: CivilTime(2000, 1, 1)) != nil else {
            throw CronError("fits no day of any year: that month has no such day")
        }
    }

    /// Whether a clock that shows this is a time to act.
    package func fits(_ time: CivilTime) -> Bool {
        minutes.contains(time.minute) && hours.contains(time.hour)
            && fitsDay(Calendar.day(time.year, time.month, time.day), time.month, time.day)
    }

    private func fitsDay(_ number: Int, _ month: Int, _ day: Int) -> Bool {
        guard months.contains(month) else { return false }
        let isDay = daysOfMonth.contains(day)
        let isWeekday = weekdays.contains(Calendar.weekday(ofDay: number))
        return daysOfMonth.isOpen || weekdays.isOpen ? isDay && isWeekday : isDay || isWeekday
    }

    /// The first time from `start` on, that included, at which a clock shows what fits; nil if there is none.
    package func next(from start: CivilTime) -> CivilTime? {
        let first = Calendar.day(start.year, start.month, start.day)
        for number in first...(first + Self.longestWait) {
            let (year, month, day) = Calendar.date(ofDay: number)
            guard fitsDay(number, month, day) else { continue }
            let from = number == first ? (start.hour, start.minute) : (0, 0)
            guard let (hour, minute) = nextTime(from: from) else { continue }
            return CivilTime(year, month, day, hour, minute)
        }
        return nil
    }

    private func nextTime(from start: (hour: Int, minute: Int)) -> (Int, Int)? {
        if hours.contains(start.hour), let minute = minutes.next(from: start.minute) { return (start.hour, minute) }
        guard let hour = hours.next(from: start.hour + 1), let minute = minutes.next(from: 0) else { return nil }
        return (hour, minute)
    }

    /// The first moment after `moment` at which the clocks of a zone show what fits; nil if there is none.
    ///
    /// A time that clocks skip counts as the moment at which they skip it, one that they show twice as the first of the
    /// two. So each time of the calendar comes once, and they come in the order of the calendar.
    ///
    /// - Parameter moment: Seconds since 1970, as the result.
    package func next(after moment: Int, in zone: TimeZoneRules) -> Int? {
        var civil = CivilTime(seconds: moment + zone.offset(at: moment))
        while let found = next(from: civil) {
            let time = zone.moment(showing: found.seconds)
            if time > moment { return time }
            civil = CivilTime(seconds: found.seconds + 60)
        }
        return nil
    }
}
