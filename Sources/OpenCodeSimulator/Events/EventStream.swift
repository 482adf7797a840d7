import JSON
import NIOCore

/// One event, before anybody is told.
struct ServerEvent: Sendable {
    /// The instance that it belongs to; nil for the server's own.
    var directory: String?
    var type: String
    var properties: JSONValue
    /// Wire 1: set for what OpenCode also sends as a duplicate of type `sync`.
    var aggregateID: String?
    /// Wire 2: the place in the session's history, for what is kept there.
    var durable: JSONValue?

    /// True for what a muted stream still carries.
    var isServerOwn: Bool { type == "server.connected" || type == "server.heartbeat" }
}

/// A stream that was cut off rather than ended: the connection goes without a last chunk.
struct StreamCutOff: Error {}

/// Everybody who listens to events, each with a buffer of limited length. Who does not read fast enough is cut off.
struct EventBroadcast: Sendable {
    enum Scope: Sendable, Hashable {
        /// `/event`: one directory.
        case directory(String)
        /// `/global/event`: all of them, each frame with its directory.
        case global
        /// `/api/event`: all of them, in the form of wire 2.
        case server
    }

    typealias Frames = AsyncThrowingStream<ByteBuffer, any Error>

    /// Frames that wait for one reader, unless it is told otherwise.
    static let bufferedFrames = 4096

    /// When a stream ends by itself.
    struct Limits: Sendable {
        var cutAfterEvents: Int?
        /// The last word is then an event that says that the stream has failed.
        var failAfterEvents: Int?
        var bufferedFrames: Int?
    }

    private struct Listener {
        var scope: Scope
        var continuation: Frames.Continuation
        var eventsLeft: Int?
        var eventsToFailure: Int?
    }

    private var listeners: [Int: Listener] = [:]
    private var lastKey = 0
    private var sequence = 0

    var count: Int { listeners.count }

    mutating func listen(_ scope: Scope, _ limits: Limits) -> (key: Int, frames: Frames) {
        let (frames, continuation) = Frames.makeStream(
            bufferingPolicy: .bufferingOldest(limits.bufferedFrames ?? Self.bufferedFrames))
        lastKey += 1
        listeners[lastKey] = Listener(
            scope: scope, continuation: continuation, eventsLeft: limits.cutAfterEvents,
            eventsToFailure: limits.failAfterEvents)
        return (lastKey, frames)
    }

    /// Sends to one listener only.
    mutating func send(_ event: ServerEvent, id: String, to key: Int) {
        guard let scope = listeners[key]?.scope else { return }
        deliver(Self.frame(event, id: id, scope: scope), to: key)
    }

    mutating func send(_ event: ServerEvent, id: String) {
        // Most events go to several listeners of the same kind: write each kind once.
        var own: ByteBuffer?
        var global: ByteBuffer?
        var server: ByteBuffer?
        for key in listeners.keys.sorted() {
            guard let scope = listeners[key]?.scope else { continue }
            switch scope {
            case .directory(let directory):
                if let mine = event.directory, mine != directory { continue }
                let frame = own ?? Self.frame(event, id: id, scope: scope)
                own = frame
                deliver(frame, to: key)
            case .global:
                let frame = global ?? Self.frame(event, id: id, scope: scope)
                global = frame
                deliver(frame, to: key)
            case .server:
                let frame = server ?? Self.frame(event, id: id, scope: scope)
                server = frame
                deliver(frame, to: key)
            }
        }
        guard let aggregateID = event.aggregateID, global != nil else { return }
        sequence += 1
        let duplicate = Self.duplicate(event, aggregateID: aggregateID, sequence: sequence)
        for key in listeners.keys.sorted() where listeners[key]?.scope == .global {
            deliver(duplicate, to: key)
        }
    }

    /// Sends everybody a comment, which is no event.
    mutating func send(comment: String) {
        let frame = ByteBuffer(string: ": \(comment)\n\n")
        for (key, listener) in listeners {
            if case .enqueued = listener.continuation.yield(frame) { continue }
            cut(key)
        }
    }

    /// The reader has gone.
    mutating func remove(_ key: Int) {
        listeners.removeValue(forKey: key)?.continuation.finish()
    }

    mutating func cut(_ key: Int) {
        listeners.removeValue(forKey: key)?.continuation.finish(throwing: StreamCutOff())
    }

    mutating func cutAll() {
        for key in Array(listeners.keys) { cut(key) }
    }

    /// Ends streams in good order: those of one directory, or all.
    mutating func end(_ directory: String?) {
        for (key, listener) in listeners where directory.map({ listener.scope == .directory($0) }) ?? true {
            remove(key)
        }
    }

    private mutating func deliver(_ frame: ByteBuffer, to key: Int) {
        guard let listener = listeners[key] else { return }
        switch listener.continuation.yield(frame) {
        case .enqueued: break
        default:
            cut(key)
            return
        }
        if let left = listener.eventsToFailure {
            listeners[key]?.eventsToFailure = left - 1
            if left <= 1 {
                _ = listener.continuation.yield(Self.failure)
                remove(key)
                return
            }
        }
        guard let left = listener.eventsLeft else { return }
        listeners[key]?.eventsLeft = left - 1
        if left <= 1 { cut(key) }
    }

    private static let failure = ByteBuffer(
        string: "event: effect/httpapi/stream/failure\n"
            + "data: {\"_tag\":\"UnknownError\",\"message\":\"The feed failed\"}\n\n")

    private static func frame(_ event: ServerEvent, id: String, scope: Scope) -> ByteBuffer {
        if scope == .server { return serverFrame(event, id: id) }
        let payload: JSONValue = [
            "id": .string(id), "type": .string(event.type), "properties": event.properties,
        ]
        switch scope {
        case .directory, .server: return frame(payload)
        case .global: return frame(["directory": .string(event.directory ?? "global"), "payload": payload])
        }
    }

    private static func serverFrame(_ event: ServerEvent, id: String) -> ByteBuffer {
        var object: JSONObject = [
            "id": .string(id), "created": .int(WallClock.milliseconds()), "type": .string(event.type),
        ]
        object["location"] = event.directory.map { ["directory": .string($0)] }
        object["data"] = event.properties
        object["durable"] = event.durable
        return frame(.object(object))
    }

    private static func duplicate(_ event: ServerEvent, aggregateID: String, sequence: Int) -> ByteBuffer {
        frame([
            "directory": .string(event.directory ?? "global"),
            "payload": [
                "type": "sync",
                "syncEvent": [
                    "type": .string("\(event.type).1"), "seq": .int(sequence),
                    "aggregateID": .string(aggregateID), "data": event.properties,
                ],
            ],
        ])
    }

    private static func frame(_ json: JSONValue) -> ByteBuffer { ByteBuffer(string: "data: \(json.compact)\n\n") }
}
