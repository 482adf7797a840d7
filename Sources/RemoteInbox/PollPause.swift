/// How long to wait before the next look at a connector's storage.
struct PollPause: Sendable {
    let interval: Duration
    private var failures = 0

    /// However often it fails, it is looked at so often at least.
    private static let longest = Duration.seconds(600)

    init(interval: Duration) { self.interval = interval }

    mutating func succeeded() { failures = 0 }
    mutating func failed() { failures += 1 }

    var isFailing: Bool { failures > 0 }

    /// Twice as long after each failure in a row, and up to a tenth longer or shorter, so that many daemons do not ask
    /// in the same moment.
    ///
    /// - Parameter random: From 0 to 1.
    func next(random: Double = .random(in: 0...1)) -> Duration {
        let full = min(interval * Double(1 << min(failures, 10)), max(interval, Self.longest))
        return full * (0.9 + 0.2 * random)
    }
}
