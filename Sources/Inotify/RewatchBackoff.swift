/// How long to wait before a lost directory is looked for again: 50 ms, doubled each time, at most 5 s.
///
///     attempt   1    2    3    4    5     6     7    8 …
///     ms       50  100  200  400  800  1600  3200  5000
struct RewatchBackoff: Sendable, Hashable {
    private static let longest = Duration.seconds(5)

    /// The wait before the next attempt.
    private(set) var delay = Duration.milliseconds(50)

    mutating func failed() {
        delay = min(delay * 2, Self.longest)
    }
}
