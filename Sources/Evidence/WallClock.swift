import Glibc

/// The wall clock, as file times use it.
enum WallClock {
    /// Nanoseconds since 1970 in UTC.
    static func nanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// Seconds of a clock that only goes forward.
    static func monotonicSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Nanoseconds by which file times may lag behind the clock: the kernel stamps files by a clock that ticks.
    static let fileTick: Int = {
        var time = timespec()
        guard clock_getres(CLOCK_REALTIME_COARSE, &time) == 0, time.tv_sec == 0 else { return 10_000_000 }
        return time.tv_nsec
    }()

    /// Nanoseconds since the machine began, also while it slept.
    static func bootNanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// `2026-11-23T09:30:00Z`.
    static func iso8601(nanoseconds: Int) -> String {
        var seconds = nanoseconds / 1_000_000_000
        var fields = tm()
        gmtime_r(&seconds, &fields)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(Int(fields.tm_year) + 1900)-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday))T"
            + "\(two(fields.tm_hour)):\(two(fields.tm_min)):\(two(fields.tm_sec))Z"
    }
}
