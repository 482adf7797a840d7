import Foundation
import JSON
import Testing

/// One event as it arrived.
struct TestEvent: Sendable {
    /// Of `/global/event` only.
    var directory: String?
    var type: String
    /// The `data` of wire 2.
    var properties: JSONValue
    var size: Int
    /// Wire 2: the whole frame.
    var frame: JSONValue = .null

    var session: String? {
        properties["sessionID"]?.string ?? properties["info"]?["sessionID"]?.string
            ?? properties["part"]?["sessionID"]?.string ?? properties["info"]?["id"]?.string
    }
}

/// How a stream ended.
enum StreamEnd: Sendable, Hashable {
    /// With its last chunk.
    case finished
    /// Without.
    case cut
    /// It never was one.
    case refused(Int)
}

/// Reads an event stream on a thread of its own, and holds every event to OpenCode's own schema.
final class EventReader: Sendable {
    private let connection: SocketConnection
    private let stream: AsyncStream<TestEvent>
    private let opening: Task<Void, Never>
    private let ending: Task<StreamEnd, Never>

    init(_ connection: SocketConnection, isGlobal: Bool, isStrict: Bool, wire2: Wire2Schema? = nil) {
        self.connection = connection
        let (stream, continuation) = AsyncStream.makeStream(of: TestEvent.self)
        self.stream = stream
        let (openings, opened) = AsyncStream.makeStream(of: Void.self)
        opening = Task { for await _ in openings {} }
        let (ends, ended) = AsyncStream.makeStream(of: StreamEnd.self)
        ending = Task { await ends.first { _ in true } ?? .cut }
        // A thread of its own: many tests listen at the same time, each for as long as it runs.
        Thread.detachNewThread {
            var parser = AnswerParser()
            var text: [UInt8] = []
            while !parser.isComplete {
                let bytes = connection.receive()
                if bytes.isEmpty { break }
                parser.feed(bytes)
                if parser.status != 0 { opened.finish() }
                if parser.status != 200 { continue }
                text += parser.takeBody()
                for frame in Self.frames(&text) {
                    continuation.yield(
                        wire2.map { Self.event(frame, $0, isStrict: isStrict) }
                            ?? Self.event(frame, isGlobal: isGlobal, isStrict: isStrict))
                }
            }
            opened.finish()
            continuation.finish()
            if parser.status != 200 {
                ended.yield(.refused(parser.status))
            } else {
                ended.yield(parser.isComplete ? .finished : .cut)
            }
        }
    }

    deinit { connection.stop() }

    /// Returns when the stream was answered: the server sends every later event.
    func wait() async { await opening.value }

    /// The first event from here on that fits; nil if the stream ended before.
    func first(_ fits: (TestEvent) -> Bool) async -> TestEvent? {
        for await event in stream where fits(event) { return event }
        return nil
    }

    func first(_ type: String, session: String? = nil) async -> TestEvent? {
        await first { $0.type == type && (session == nil || $0.session == session) }
    }

    /// All events from here on up to the first that fits, or to the end.
    func collect(through fits: (TestEvent) -> Bool) async -> [TestEvent] {
        var all: [TestEvent] = []
        for await event in stream {
            all.append(event)
            if fits(event) { break }
        }
        return all
    }

    var end: StreamEnd {
        get async { await ending.value }
    }

    private static func frames(_ text: inout [UInt8]) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var start = 0
        var index = 0
        while index + 1 < text.count {
            if text[index] == 10, text[index + 1] == 10 {
                frames.append(Array(text[start..<index]))
                index += 2
                start = index
            } else {
                index += 1
            }
        }
        text.removeFirst(start)
        return frames
    }

    /// Of wire 2. What is no data is an event whose type is its text: a comment, or the stream's own failure.
    private static func event(_ frame: [UInt8], _ schema: Wire2Schema, isStrict: Bool) -> TestEvent {
        let prefix = Array("data: ".utf8)
        guard frame.starts(with: prefix), let json = try? JSONValue(parsing: frame.dropFirst(prefix.count)) else {
            let text = String(decoding: frame, as: UTF8.self)
            return TestEvent(directory: nil, type: text, properties: .null, size: frame.count)
        }
        if isStrict { for problem in schema.problems(event: json) { Issue.record("\(problem)") } }
        return TestEvent(
            directory: json["location"]?["directory"]?.string, type: json["type"]?.string ?? "",
            properties: json["data"] ?? .null, size: frame.count, frame: json)
    }

    private static func event(_ frame: [UInt8], isGlobal: Bool, isStrict: Bool) -> TestEvent {
        let prefix = Array("data: ".utf8)
        guard frame.starts(with: prefix), let json = try? JSONValue(parsing: frame.dropFirst(prefix.count)) else {
            Issue.record("no event frame: \(String(decoding: frame.prefix(200), as: UTF8.self))")
            return TestEvent(directory: nil, type: "", properties: .null, size: frame.count)
        }
        if isStrict {
            for problem in OpenCodeSchema.shared.problems(event: json, isGlobal: isGlobal) {
                Issue.record("\(problem)")
            }
        }
        let payload = isGlobal ? json["payload"] ?? .null : json
        return TestEvent(
            directory: json["directory"]?.string, type: payload["type"]?.string ?? "",
            properties: payload["properties"] ?? payload["syncEvent"] ?? .null, size: frame.count)
    }
}
