import Blocking
import Logging
import Spool

/// Removes deliveries that were kept long enough.
///
/// Looks after a start, after every ``interval`` deliveries that ended, and when the next one becomes too old. Between
/// those it sleeps.
actor OutboxKeeper {
    private let spool: SpoolDirectory
    private let retention: SpoolDirectory.DeliveryRetention
    private let cursor: @Sendable () async -> Int
    private let logger: Logger
    private let pokes: AsyncStream<Void>
    private nonisolated let poke: AsyncStream<Void>.Continuation
    private var finished = 0

    private static let interval = 1000

    /// - Parameter cursor: The cursor as it lies on disk: nothing beyond it is removed.
    init(
        spool: SpoolDirectory, retention: SpoolDirectory.DeliveryRetention, logger: Logger,
        cursor: @escaping @Sendable () async -> Int
    ) {
        self.spool = spool
        self.retention = retention
        self.cursor = cursor
        self.logger = logger
        (pokes, poke) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        poke.yield()
    }

    func noteFinished() {
        finished += 1
        guard finished >= Self.interval else { return }
        finished = 0
        poke.yield()
    }

    func run() async {
        var timer: Task<Void, Never>?
        for await _ in pokes {
            timer?.cancel()
            guard let next = await trim() else { continue }
            let milliseconds = max(1, next.milliseconds - Timestamp.now().milliseconds + 1)
            timer = Task { [poke] in
                try? await Task.sleep(for: .milliseconds(milliseconds))
                if !Task.isCancelled { poke.yield() }
            }
        }
        timer?.cancel()
    }

    /// - Returns: When to look again; nil if nothing is kept.
    private func trim() async -> Timestamp? {
        let (spool, retention, last) = (spool, retention, await cursor())
        do {
            return try await BlockingPool.run { () throws(SpoolError) in
                var next: Timestamp?
                for name in try spool.endpoints() {
                    for state in [DeliveryState.done, .failed] {
                        let due = try spool.trimDeliveries(of: name, in: state, retention, last: last)
                        if let due { next = min(next ?? due, due) }
                    }
                }
                return next
            }
        } catch {
            logger.error("can't tidy up the outbox", metadata: ["error": "\(error)"])
            return Timestamp.now().adding(seconds: 3600)
        }
    }
}
