import Glibc

/// Waits for a fact by looking at it, with a bound: the only clock in these tests.
enum Eventually {
    /// Whether `condition` came true in time.
    static func blocking(within patience: Duration, _ condition: () -> Bool) -> Bool {
        let end = ContinuousClock.now + patience
        while true {
            if condition() { return true }
            if ContinuousClock.now >= end { return false }
            // Looks every 5 ms.
            poll(nil, 0, 5)
        }
    }
}
