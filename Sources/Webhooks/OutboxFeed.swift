import Blocking
import Crypto
import JSON
import Logging
import Spool

/// Turns events of the journal into deliveries, each exactly once for each endpoint that wants to hear of it.
///
/// The journal is the source. Events are numbered there without gaps by the observer, whoever moved a task, also while
/// no daemon ran; each is in it after the move, so whoever hears of it can read the state. A batch of events becomes
/// deliveries in five steps, and a crash or a power cut between any two of them is mended by doing them again:
///
/// 1. The journal is synced. (It is not when it is written.) Before this, nothing has been told to anybody, and after a
///    power cut the observer may see the same changes anew, under the same numbers: nothing knows those numbers yet.
///    After it, a number belongs to its event for good.
/// 2. For each event and endpoint a file is written, synced, and renamed into `new/`. Its name is made of the event
///    alone, so one that was made before the crash is met, in `new/`, `done/` or `failed/`, and not made again.
/// 3. The directories are synced.
/// 4. The endpoints' workers are told. From here on they send, before the cursor is written: a delivery that is gone to
///    `done/` by then is met there by step 2.
/// 5. The cursor goes past the batch, synced. Only then may retention remove what the batch became; a delivery that was
///    sent, removed and made again is thus impossible.
///
/// The one delivery that can be made twice is one that a person removes, or moves from one directory to another in the
/// very moment in which the next daemon looks for it, between steps 2 and 5 of a crash.
actor OutboxFeed {
    private let spool: SpoolDirectory
    private let node: String
    private let endpoints: [WebhookEndpoint]
    private let settings: DeliverySettings
    private let logger: Logger
    private var reader: JournalReader
    /// What was read of the journal and has not become deliveries.
    private var pending: [TaskEvent] = []
    /// The last event whose deliveries are all there.
    private(set) var position: Int
    /// The cursor, as it lies on disk.
    private(set) var cursor: Int

    /// What the names of endpoints begin with that tasks name.
    static let taskPrefix = "task-"

    /// What a batch became.
    struct Batch: Sendable {
        var deliveries: [EndpointName: [DeliveryName]] = [:]
        /// Endpoints that tasks name, of those.
        var fromTasks: [EndpointName: WebhookEndpoint] = [:]
        /// All events up to this one have their deliveries.
        var last: Int
    }

    /// - Parameter newest: The number of the journal's newest event before anything is observed. Where there is no
    ///   cursor yet, what was before is nobody's news.
    init(
        spool: SpoolDirectory, journal: JournalFiles, node: String, newest: Int, endpoints: [WebhookEndpoint],
        settings: DeliverySettings, logger: Logger
    ) throws(SpoolError) {
        self.spool = spool
        self.node = node
        self.endpoints = endpoints
        self.settings = settings
        self.logger = logger
        if let stored = try spool.readCursor(node) {
            // Somebody took the journal away: its numbers begin anew.
            if stored > newest {
                logger.warning(
                    "the journal ends before the outbox's cursor; going on with its end",
                    metadata: ["cursor": "\(stored)", "journal": "\(newest)"])
            }
            cursor = min(stored, newest)
        } else {
            cursor = newest
        }
        try spool.writeCursor(cursor, node: node)
        position = cursor
        reader = JournalReader(journal, after: cursor)
    }

    /// Makes the next events' deliveries. Nil when there are no more events at present.
    ///
    /// After an error nothing is lost: the same events are next.
    func next() async throws(SpoolError) -> Batch? {
        if pending.isEmpty { pending = try reader.next() }
        guard let first = pending.first, let last = pending.last else { return nil }
        if last.number - position != pending.count {
            logger.warning(
                "events are missing in the journal",
                metadata: ["after": "\(position)", "found": "\(first.number)...\(last.number)"])
        }
        try await sync()
        CrashPoint.eventsSynced.reached()
        var batch = Batch(last: last.number)
        for made in try await make(pending) {
            batch.deliveries[made.endpoint.name, default: []] += made.names
            if made.endpoint.isFromTask { batch.fromTasks[made.endpoint.name] = made.endpoint }
        }
        let (spool, names) = (spool, Array(batch.deliveries.keys))
        try await BlockingPool.run { () throws(SpoolError) in
            for name in names { try spool.syncDeliveries(of: name) }
        }
        CrashPoint.deliveriesSynced.reached()
        pending = []
        position = batch.last
        return batch
    }

    /// Writes down how far ``next()`` has come.
    func writeCursor() async throws(SpoolError) {
        let (spool, node, number) = (spool, node, position)
        guard number > cursor else { return }
        try await BlockingPool.run { () throws(SpoolError) in try spool.writeCursor(number, node: node) }
        cursor = max(cursor, number)
        CrashPoint.cursorWritten.reached()
    }

    private func sync() async throws(SpoolError) {
        let reader = reader
        self.reader = try await BlockingPool.run { () throws(SpoolError) in
            var reader = reader
            try reader.sync()
            return reader
        }
    }

    // MARK: deliveries

    private struct Made: Sendable {
        var endpoint: WebhookEndpoint
        var names: [DeliveryName]
    }

    /// How many threads sync files at once: the filesystem commits them together.
    private static let width = 8

    private func make(_ events: [TaskEvent]) async throws(SpoolError) -> [Made] {
        let maker = DeliveryMaker(
            spool: spool, node: node, endpoints: endpoints, recentMessages: settings.recentMessages)
        let size = max(1, (events.count + Self.width - 1) / Self.width)
        let pieces = stride(from: 0, to: events.count, by: size).map {
            Array(events[$0..<min($0 + size, events.count)])
        }
        let results = await withTaskGroup(of: Result<[Made], SpoolError>.self) { group in
            for piece in pieces {
                group.addTask {
                    do throws(SpoolError) {
                        let made = try await BlockingPool.run { () throws(SpoolError) in
                            var made: [Made] = []
                            for event in piece {
                                for endpoint in try maker.make(event) {
                                    made.append(Made(endpoint: endpoint, names: [DeliveryName(event)]))
                                }
                            }
                            return made
                        }
                        return .success(made)
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var all: [Made] = []
        for result in results { all += try result.get() }
        return all
    }
}
