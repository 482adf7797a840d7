import Glibc
import Synchronization

/// The `Date` header's idea of now.
enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static let current = Mutex((seconds: 0, text: ""))

    /// Of this second.
    static func now() -> String {
        let seconds = time(nil)
        return current.withLock { current in
            if current.seconds != seconds { current = (seconds, text(at: seconds)) }
            return current.text
        }
    }

    /// `Mon, 23 Nov 2026 09:30:00 GMT` (RFC 9110).
    static func text(at seconds: Int) -> String {
        var seconds = seconds
        var fields = tm()
        gmtime_r(&seconds, &fields)
        let day = days.indices.contains(Int(fields.tm_wday)) ? days[Int(fields.tm_wday)] : ""
        let month = months.indices.contains(Int(fields.tm_mon)) ? months[Int(fields.tm_mon)] : ""
        let time = [fields.tm_hour, fields.tm_min, fields.tm_sec].map { two($0) }.joined(separator: ":")
        return "\(day), \(two(fields.tm_mday)) \(month) \(Int(fields.tm_year) + 1900) \(time) GMT"
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
