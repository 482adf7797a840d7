/// Lengths of time in the words of a person who looks at a clock, not at a stopwatch.
package enum DurationText {
    /// `42s`, `4m 12s`, `2h 05m`, `3d 4h`, `120d`.
    package static func exact(_ seconds: Double) -> String {
        // Also catches what is no number: a file may hold any date.
        let total = seconds > 0 ? Int(min(seconds, 1e10)) : 0
        switch total {
        case ..<60: return "\(total)s"
        case ..<3600: return "\(total / 60)m \(twoDigits(total % 60))s"
        case ..<86_400: return "\(total / 3600)h \(twoDigits(total / 60 % 60))m"
        case ..<(100 * 86_400): return "\(total / 86_400)d \(total / 3600 % 24)h"
        default: return "\(total / 86_400)d"
        }
    }

    /// `42s`, `4m`, `2h`, `3d`: for what nobody counts down.
    package static func rough(_ seconds: Double) -> String {
        let total = seconds > 0 ? Int(min(seconds, 1e10)) : 0
        switch total {
        case ..<60: return "\(total)s"
        case ..<3600: return "\(total / 60)m"
        case ..<86_400: return "\(total / 3600)h"
        default: return "\(total / 86_400)d"
        }
    }

    private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
