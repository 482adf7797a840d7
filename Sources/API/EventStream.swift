import Blocking
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Spool
import Synchronization

/// One reader of an event stream.
///
/// Ends when the reader goes away, when the daemon shuts down, when the observer ends, and when the reader does not
/// keep up: then it is cut off, to connect again and begin with a new snapshot. At most `bufferedEvents` wait for it
/// here, and as many in the observer.
struct EventStream: Sendable {
    let shelf: TaskShelf
    let index: TaskIndex
    let observer: TaskObserver
    let frames: EventFrames
    let start: EventStart
    /// The only task whose events are sent; nil for all.
    let only: TaskID?
    let heartbeat: Duration
    let slowReaderLimit: Duration
    let channel: any Channel
    let logger: Logger
    /// For readers of `view=brief`, who are told of these, too; nil for others.
    let status: LiveStatus?

    private static let bufferedEvents = 1024

    /// How many missed events are sent. Who missed more is better off with a snapshot.
    static let longestResumption = 10_000

    enum Item: Sendable {
        case event(TaskEvent)
        case heartbeat
        /// What a running task's agent does may look different.
        case activity(TaskID)
        /// The status may be another.
        case status
    }

    typealias Feed = AsyncStream<Item>.Continuation

    func run(_ writer: inout any ResponseBodyWriter, _ body: RequestBody) async throws {
        let (items, feed) = AsyncStream.makeStream(
            of: Item.self, bufferingPolicy: .bufferingOldest(Self.bufferedEvents)
        )
        try await withGracefulShutdownHandler {
            try await body.consumeWithInboundCloseHandler { _ in
                try await send(items, feed, &writer)
            } onInboundClosed: {
                feed.finish()
            }
        } onGracefulShutdown: {
            feed.finish()
        }
        try await writer.finish(nil)
    }

    private func send(
        _ items: AsyncStream<Item>, _ feed: Feed, _ writer: inout any ResponseBodyWriter
    ) async throws {
        // First subscribe, then read the tree and the journal: what happens in between is seen twice instead of never.
        let subscription = await observer.subscribe()
        let touches = status == nil ? nil : await observer.touches()
        let pending = PendingWrite()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await forward(subscription.events, after: subscription.version, to: feed) }
            group.addTask { await beat(feed, pending) }
            if let touches { group.addTask { await forward(touches, to: feed) } }
            defer { group.cancelAll() }
            try await sendBeginning(version: subscription.version, &writer, pending)
            var told = ""
            let look = StatusLook(feed)
            try await tellStatus(&told, look, &writer, pending)
            for await item in items {
                switch item {
                case .event(let event):
                    if status != nil { look.soon() }
                    try await write(frames.frame(of: event), &writer, pending)
                case .heartbeat:
                    try await write(EventFrames.heartbeat(version: observer.version), &writer, pending)
                    try await tellStatus(&told, look, &writer, pending)
                case .activity(let id):
                    if let frame = await frames.activity(of: id) { try await write(frame, &writer, pending) }
                case .status: try await tellStatus(&told, look, &writer, pending)
                }
            }
        }
    }

    /// Sends the status if it is another than was told last.
    private func tellStatus(
        _ told: inout String, _ look: StatusLook, _ writer: inout any ResponseBodyWriter, _ pending: PendingWrite
    ) async throws {
        guard let (now, isSending) = await status?.report() else { return }
        // Deliveries are under way: what becomes of them is no event.
        if isSending { look.later(hasChanged: now != told) }
        guard now != told else { return }
        told = now
        try await write(ByteBuffer(string: "event: status\ndata: \(now)\n\n"), &writer, pending)
    }

    /// Hints go by; what they hint at is looked at when it is sent. They wait for no one: a full feed drops them.
    private func forward(_ touches: AsyncStream<TaskTouch>, to feed: Feed) async {
        for await touch in touches {
            switch touch {
            case .activity(let id) where only.map({ $0 == id }) ?? true: feed.yield(.activity(id))
            case .activity: continue
            case .whole: feed.yield(.status)
            }
        }
    }

    func concerns(_ event: TaskEvent) -> Bool { only.map { $0 == event.id } ?? true }

    /// Hands the observer's events on, until it or the reader's side ends.
    private func forward(_ events: AsyncStream<TaskEvent>, after version: Int, to feed: Feed) async {
        for await event in events where event.number > version && concerns(event) {
            switch feed.yield(.event(event)) {
            case .enqueued: continue
            case .terminated: return
            default: return cutOff(feed, "it left \(Self.bufferedEvents) events unread")
            }
        }
        feed.finish()
    }

    private func beat(_ feed: Feed, _ pending: PendingWrite) async {
        while (try? await Task.sleep(for: heartbeat)) != nil {
            guard let since = pending.since else {
                feed.yield(.heartbeat)
                continue
            }
            if ContinuousClock.now - since > slowReaderLimit {
                return cutOff(feed, "it took nothing for \(slowReaderLimit)")
            }
        }
    }

    func write(
        _ piece: ByteBuffer, _ writer: inout any ResponseBodyWriter, _ pending: PendingWrite
    ) async throws {
        try await pending.during { try await writer.write(piece) }
    }

    private func cutOff(_ feed: Feed, _ reason: String) {
        logger.debug("cut off a slow reader of events", metadata: ["reason": "\(reason)"])
        feed.finish()
        channel.close(promise: nil)
    }
}

/// Since when a piece waits for the reader to take what lies before it.
final class PendingWrite: Sendable {
    private let start = Mutex<ContinuousClock.Instant?>(nil)

    var since: ContinuousClock.Instant? { start.withLock { $0 } }

    func during(_ write: () async throws -> Void) async throws {
        start.withLock { $0 = .now }
        defer { start.withLock { $0 = nil } }
        try await write()
    }
}
