import FoundationEssentials
import Glibc

/// The time of day, as OpenCode writes it.
enum WallClock {
    /// Milliseconds since 1970.
    static func milliseconds() -> Int {
        Int(Date().timeIntervalSince1970 * 1000)
    }

    /// `2026-10-12T11:19:55.123Z`
    static func text(of milliseconds: Int) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        let date = "\(digits(Int(parts.tm_year) + 1900, 4))-\(digits(Int(parts.tm_mon) + 1, 2))-"
        let day = "\(digits(Int(parts.tm_mday), 2))T\(digits(Int(parts.tm_hour), 2)):"
        return date + day + "\(digits(Int(parts.tm_min), 2)):\(digits(Int(parts.tm_sec), 2))."
            + "\(digits(milliseconds % 1000, 3))Z"
    }
}
