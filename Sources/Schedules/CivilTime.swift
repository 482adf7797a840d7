/// A minute of a calendar, wherever its clock hangs.
package struct CivilTime: Sendable, Hashable, Comparable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int

    package init(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
    }

    /// What a clock shows so many seconds after the midnight of 1970-01-01, seconds cut off.
    package init(seconds: Int) {
        let minutes = seconds.floorDivided(by: 60)
        let days = minutes.floorDivided(by: 1440)
        (year, month, day) = Calendar.date(ofDay: days)
        let rest = minutes - days * 1440
        (hour, minute) = (rest / 60, rest % 60)
    }

    /// From the midnight of 1970-01-01 until the clock shows this.
    package var seconds: Int {
        (Calendar.day(year, month, day) * 1440 + hour * 60 + minute) * 60
    }

    package static func < (left: CivilTime, right: CivilTime) -> Bool { left.seconds < right.seconds }
}

/// The calendar of ISO 8601, which is Gregorian also before there was one.
enum Calendar {
    /// Days since 1970-01-01. The months are counted from March, so that what is added to a leap year comes last.
    static func day(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year.floorDivided(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The reverse of ``day(_:_:_:)``.
    static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }

    /// 0 is Sunday. 1970-01-01 was a Thursday.
    static func weekday(ofDay day: Int) -> Int { (day + 4) - (day + 4).floorDivided(by: 7) * 7 }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
}

extension Int {
    /// Towards minus infinity.
    func floorDivided(by divisor: Int) -> Int {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}
