import Glibc
import Spool

/// Times where the daemon is: in the zone of its process.
enum LocalTime {
    /// `2026-11-23 10:30:00 +01:00`.
    static func text(_ moment: Timestamp) -> String {
        var seconds = time_t(moment.seconds.rounded(.down))
        var fields = tm()
        localtime_r(&seconds, &fields)
        func digits(_ value: Int, _ count: Int = 2) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let minutes = abs(fields.tm_gmtoff) / 60
        return
            "\(digits(Int(fields.tm_year) + 1900, 4))-\(digits(Int(fields.tm_mon) + 1))-\(digits(Int(fields.tm_mday)))"
            + " \(digits(Int(fields.tm_hour))):\(digits(Int(fields.tm_min))):\(digits(Int(fields.tm_sec)))"
            + " \(fields.tm_gmtoff < 0 ? "-" : "+")\(digits(minutes / 60)):\(digits(minutes % 60))"
    }

    /// What cannot be read stays as it is.
    static func text(iso8601 text: String) -> String { Timestamp(iso8601: text).map(self.text) ?? text }
}
