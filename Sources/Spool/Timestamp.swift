import Glibc

/// A moment of the wall clock in UTC, to the millisecond: what we write into files and names.
///
/// Intervals that decide something (timeouts, backoff within one process) are measured with `ContinuousClock` instead;
/// this clock can be set back.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package var milliseconds: Int

    package init(milliseconds: Int) { self.milliseconds = milliseconds }

    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(time)
    }

    /// The kernel's time. Anybody can give a file a time that no calendar knows: those become the nearest that fits.
    package init(seconds: Int, nanoseconds: Int) {
        milliseconds = max(-1_000_000_000_000, min(1_000_000_000_000, seconds)) * 1000 + nanoseconds / 1_000_000
    }

    init(_ time: timespec) { self.init(seconds: time.tv_sec, nanoseconds: time.tv_nsec) }

    /// Seconds since 1970, with milliseconds as fraction.
    package var seconds: Double { Double(milliseconds) / 1000 }

    package func adding(seconds: Double) -> Timestamp {
        // A bound instead of a trap: no caller means a time outside of these 30,000 years.
        let delta = max(-1e12, min(1e12, seconds))
        return Timestamp(milliseconds: milliseconds + Int((delta * 1000).rounded()))
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    private var fields: tm {
        var seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
        var fields = tm()
        gmtime_r(&seconds, &fields)
        return fields
    }

    private static func digits(_ value: Int, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    private var fraction: Int { ((milliseconds % 1000) + 1000) % 1000 }

    /// `2026-11-23T09:30:00.250Z` (RFC 3339).
    package var iso8601: String {
        let fields = fields
        let digits = Self.digits
        return "\(day)T\(digits(Int(fields.tm_hour), 2)):\(digits(Int(fields.tm_min), 2)):"
            + "\(digits(Int(fields.tm_sec), 2)).\(digits(fraction, 3))Z"
    }

    /// `2026-11-23`.
    package var day: String {
        let fields = fields
        let digits = Self.digits
        return
            "\(digits(Int(fields.tm_year) + 1900, 4))-\(digits(Int(fields.tm_mon) + 1, 2))-\(digits(Int(fields.tm_mday), 2))"
    }

    /// `20261123T093000250`: the first part of a task's name.
    package var compact: String {
        String(iso8601.filter { $0.isNumber || $0 == "T" })
    }

    /// Reads RFC 3339: `2026-11-23T09:30:00Z`, with optional fraction and offset; a date alone is its midnight in UTC.
    package init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        var position = 0
        func number(_ count: Int) -> Int? {
            guard position + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[position..<position + count] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            position += count
            return value
        }
        func skip(_ characters: String) -> Bool {
            guard position < bytes.count, characters.utf8.contains(bytes[position]) else { return false }
            position += 1
            return true
        }
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let dayOfMonth = number(2),
            (1...12).contains(month), (1...31).contains(dayOfMonth)
        else { return nil }
        var fields = tm()
        fields.tm_year = Int32(year - 1900)
        fields.tm_mon = Int32(month - 1)
        fields.tm_mday = Int32(dayOfMonth)
        var fraction = 0
        var offset = 0
        if position < bytes.count {
            guard skip("Tt "), let hour = number(2), skip(":"), let minute = number(2), hour < 24, minute < 60 else {
                return nil
            }
            fields.tm_hour = Int32(hour)
            fields.tm_min = Int32(minute)
            if skip(":") {
                guard let second = number(2), second <= 60 else { return nil }
                fields.tm_sec = Int32(second)
                if skip(".,") {
                    var scale = 100
                    var digits = 0
                    while let digit = number(1) {
                        fraction += digit * scale
                        scale /= 10
                        digits += 1
                    }
                    if digits == 0 { return nil }
                }
            }
            if !skip("Zz") {
                let sign = position < bytes.count && bytes[position] == UInt8(ascii: "-") ? -1 : 1
                guard skip("+-"), let hours = number(2) else { return nil }
                _ = skip(":")
                guard let minutes = number(2), hours < 24, minutes < 60 else { return nil }
                offset = sign * (hours * 60 + minutes) * 60
            }
            if position != bytes.count { return nil }
        }
        let wanted = fields.tm_mday
        let seconds = timegm(&fields)
        // timegm turns 31 February into 3 March; whoever wrote it meant something else.
        guard fields.tm_mday == wanted else { return nil }
        milliseconds = (seconds - offset) * 1000 + fraction
    }
}
