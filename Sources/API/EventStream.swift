import Blocking
import Hummingbird
import HummingbirdCore
import JSON
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
    let spool: SpoolDirectory
    let observer: TaskObserver
    /// The only task whose events are sent; nil for all.
    let only: TaskID?
    let heartbeat: Duration
    let slowReaderLimit: Duration
    let channel: any Channel
    let logger: Logger

    private static let bufferedEvents = 1024

    private enum Item: Sendable {
        case event(TaskEvent)
        case heartbeat
    }

    private typealias Feed = AsyncStream<Item>.Continuation

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
        // First subscribe, then read the tree: what happens in between is seen twice instead of never.
        let subscription = await observer.subscribe()
        let pending = PendingWrite()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await forward(subscription.events, after: subscription.version, to: feed) }
            group.addTask { await beat(feed, pending) }
            defer { group.cancelAll() }
            try await sendSnapshot(version: subscription.version, &writer, pending)
            for await item in items {
                let frame = await frame(for: item)
                try await pending.during { try await writer.write(ByteBuffer(string: frame)) }
            }
        }
    }

    /// Hands the observer's events on, until it or the reader's side ends.
    private func forward(_ events: AsyncStream<TaskEvent>, after version: Int, to feed: Feed) async {
        for await event in events where event.number > version && only.map({ $0 == event.id }) ?? true {
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

    private func cutOff(_ feed: Feed, _ reason: String) {
        logger.debug("cut off a slow reader of events", metadata: ["reason": "\(reason)"])
        feed.finish()
        channel.close(promise: nil)
    }
}

extension EventStream {
    /// `event: snapshot`: the tasks there are, written piece by piece.
    private func sendSnapshot(
        version: Int, _ writer: inout any ResponseBodyWriter, _ pending: PendingWrite
    ) async throws {
        let head = "event: snapshot\ndata: {\"type\":\"snapshot\",\"store_version\":\(version),\"tasks\":["
        try await pending.during { try await writer.write(ByteBuffer(string: head)) }
        if let only {
            if let task = await task(only) {
                try await pending.during { try await writer.write(ByteBuffer(string: task.compact)) }
            }
        } else {
            var rest = try await BlockingPool.run { [spool] () throws(SpoolError) in
                try TaskListing(spool, TaskFilter())
            }
            var separator = ""
            while !rest.isAtEnd, !Task.isShuttingDownGracefully {
                let texts: [String]
                (texts, rest) = try await rest.advanced()
                if texts.isEmpty { continue }
                let piece = separator + texts.joined(separator: ",")
                try await pending.during { try await writer.write(ByteBuffer(string: piece)) }
                separator = ","
            }
        }
        try await pending.during { try await writer.write(ByteBuffer(string: "]}\n\n")) }
    }

    private func frame(for item: Item) async -> String {
        switch item {
        case .heartbeat: "event: heartbeat\ndata: {\"store_version\":\(observer.version)}\n\n"
        case .event(let event):
            "event: task\nid: \(event.number)\ndata: \(JSONValue.object(await data(of: event)).compact)\n\n"
        }
    }

    /// Our fields and those of OpenLoom 0.17 (`type`, `timestamp`, `timestamp_iso`, `store_version`, `data`), with the
    /// task as it is when this goes out; `null` if it is gone.
    private func data(of event: TaskEvent) async -> JSONObject {
        var data = event.json.object ?? [:]
        data["type"] = .string(event.kind.rawValue)
        data["timestamp"] = .double(event.time.seconds)
        data["timestamp_iso"] = .string(event.time.iso8601)
        data["store_version"] = .int(event.number)
        data["data"] = ["status": .string(event.status)]
        data["task"] = await task(event.id) ?? .null
        return data
    }

    private func task(_ id: TaskID) async -> JSONValue? {
        let document = try? await BlockingPool.run { [spool] () throws(SpoolError) in try spool.document(id) }
        return document.map { .object($0) }
    }
}

/// Since when a piece waits for the reader to take what lies before it.
private final class PendingWrite: Sendable {
    private let start = Mutex<ContinuousClock.Instant?>(nil)

    var since: ContinuousClock.Instant? { start.withLock { $0 } }

    func during(_ write: () async throws -> Void) async throws {
        start.withLock { $0 = .now }
        defer { start.withLock { $0 = nil } }
        try await write()
    }
}
