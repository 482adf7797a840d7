import Glibc
import Spool

/// Days, weeks and months where the daemon is.
struct LocalCalendar: Sendable {
    enum Unit: String, CaseIterable, Sendable {
        case day, week, month
    }

    /// The beginning of the unit in which a moment lies. Weeks begin on Monday.
    static func start(of unit: Unit, _ moment: Timestamp) -> Timestamp {
        var fields = Self.fields(moment)
        switch unit {
        case .day: break
        case .week: fields.tm_mday -= (fields.tm_wday + 6) % 7
        case .month: fields.tm_mday = 1
        }
        return midnight(fields)
    }

    /// Where the next one begins.
    static func end(of unit: Unit, startingAt start: Timestamp) -> Timestamp {
        var fields = Self.fields(start)
        switch unit {
        case .day: fields.tm_mday += 1
        case .week: fields.tm_mday += 7
        case .month: fields.tm_mon += 1
        }
        return midnight(fields)
    }

    /// `2026-11-26`.
    static func day(_ moment: Timestamp) -> String {
        let fields = Self.fields(moment)
        func digits(_ value: Int32, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return "\(digits(fields.tm_year + 1900, 4))-\(digits(fields.tm_mon + 1, 2))-\(digits(fields.tm_mday, 2))"
    }

    /// The midnight with which a day begins, written `YYYY-MM-DD`.
    static func midnight(of text: some StringProtocol) -> Timestamp? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.map(\.utf8.count) == [4, 2, 2],
            let year = Int32(parts[0]), let month = Int32(parts[1]), let day = Int32(parts[2]),
            year >= 1900, (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var fields = tm()
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, month - 1, day)
        return midnight(fields)
    }

    /// How it is called where the daemon is: `UTC`, `CET`.
    static func zone(at moment: Timestamp) -> String {
        let fields = Self.fields(moment)
        return fields.tm_zone.map { String(cString: $0) } ?? "UTC"
    }

    private static func fields(_ moment: Timestamp) -> tm {
        var seconds = time_t((moment.seconds).rounded(.down))
        var fields = tm()
        localtime_r(&seconds, &fields)
        return fields
    }

    private static func midnight(_ fields: tm) -> Timestamp {
        var fields = fields
        (fields.tm_hour, fields.tm_min, fields.tm_sec, fields.tm_isdst) = (0, 0, 0, -1)
        return Timestamp(seconds: mktime(&fields), nanoseconds: 0)
    }
}
