import Glibc
import JSON
import Synchronization
import SystemPackage

/// An OpenCode 1.18 server in this process, so that one clock times both sides.
///
/// Answers what a daemon asks of it, and does nothing with prompts: a turn ends when ``endTurn(of:)`` says so. A
/// thread per connection, without a scheduler between the socket and the clock.
final class AgentDouble: Sendable {
    struct Prompt: Sendable {
        var session: String
        /// The task's id, which the daemon puts into the session's title.
        var task: String
        /// When the request for the session had been read.
        var asked: ContinuousClock.Instant
        /// When the prompt had been read.
        var arrived: ContinuousClock.Instant
    }

    private struct State {
        var sessions: [String: AgentSession] = [:]
        /// The connections that the event stream is written to.
        var streams: Set<Int32> = []
        var connections: Set<Int32> = []
        var count = 0
    }

    let port: Int
    /// The prompts, in the order in which they came.
    let prompts: AsyncStream<Prompt>
    private let sink: AsyncStream<Prompt>.Continuation
    private let listener: Int32
    private let state = Mutex(State())

    init() throws {
        (listener, port) = try Socket.listen()
        (prompts, sink) = AsyncStream.makeStream()
        try spawn { $0.accept() }
    }

    /// Ends its threads, and with them what they hold of this.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in state.withLock({ $0.connections }) { shutdown(connection, Int32(SHUT_RDWR)) }
    }

    /// Lets the turn end well; the instant just before the event goes out.
    func endTurn(of id: String) throws -> ContinuousClock.Instant {
        state.withLock { $0.sessions[id]?.hasEnded = true }
        let now = ContinuousClock.now
        tell("session.idle", ["sessionID": .string(id)])
        return now
    }

    private func spawn(_ body: @escaping @Sendable (AgentDouble) -> Void) throws {
        try KernelThread.start { body(self) }
    }

    private func accept() {
        while let connection = Socket.accept(listener) {
            state.withLock { _ = $0.connections.insert(connection) }
            if (try? spawn { $0.serve(connection) }) == nil { forget(connection) }
        }
        close(listener)
    }

    private func forget(_ connection: Int32) {
        // Out of the sets first: from the close on the number may be another connection's.
        state.withLock { state in
            state.streams.remove(connection)
            state.connections.remove(connection)
        }
        close(connection)
    }

    private func serve(_ connection: Int32) {
        var reader = HTTPReader(connection)
        while let request = reader.next() {
            let now = ContinuousClock.now
            if request.path == "/global/event" {
                Socket.write(connection, HTTPAnswer.streamHead)
                state.withLock { _ = $0.streams.insert(connection) }
                tell("server.connected", [:])
            } else {
                Socket.write(connection, answer(request, at: now).bytes)
            }
        }
        forget(connection)
    }

    private func tell(_ type: String, _ properties: JSONObject) {
        let frame: JSONValue = ["payload": ["type": .string(type), "properties": .object(properties)]]
        let bytes = Array("data: \(frame.compact)\n\n".utf8)
        state.withLock { state in
            for stream in state.streams { Socket.write(stream, bytes) }
        }
    }

    // MARK: routes

    private func answer(_ request: HTTPRequest, at now: ContinuousClock.Instant) -> HTTPAnswer {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.first, parts.dropFirst().first, parts.dropFirst(2).first) {
        case ("GET", "global", "health", nil): return HTTPAnswer(["healthy": true, "version": "1.18.31"])
        case ("POST", "session", nil, nil): return create(request, at: now)
        case ("GET", "session", nil, nil), ("GET", "permission", nil, nil), ("GET", "question", nil, nil):
            return HTTPAnswer([])
        case ("GET", "session", "status", nil): return HTTPAnswer(.object(busySessions))
        case ("GET", "session", let id?, nil): return HTTPAnswer(session(id)?.json)
        case ("GET", "session", let id?, "message"): return HTTPAnswer(session(id).map { .array($0.messages) })
        case ("GET", "session", .some, "children"): return HTTPAnswer([])
        case ("POST", "session", .some, "abort"): return HTTPAnswer(true)
        case ("POST", "session", let id?, "prompt_async"): return prompt(request, session: id, at: now)
        default: return HTTPAnswer(nil)
        }
    }

    private func session(_ id: String) -> AgentSession? { state.withLock { $0.sessions[id] } }

    private var busySessions: JSONObject {
        state.withLock { state in
            var result: JSONObject = [:]
            for session in state.sessions.values where session.isBusy { result[session.id] = ["type": "busy"] }
            return result
        }
    }

    private func create(_ request: HTTPRequest, at now: ContinuousClock.Instant) -> HTTPAnswer {
        guard let directory = request.query["directory"], let title = request.json?["title"]?.string else {
            return HTTPAnswer(nil)
        }
        let session = state.withLock { state in
            state.count += 1
            let session = AgentSession(id: "ses_bench\(state.count)", directory: directory, title: title, asked: now)
            state.sessions[session.id] = session
            return session
        }
        return HTTPAnswer(session.json)
    }

    private func prompt(_ request: HTTPRequest, session id: String, at now: ContinuousClock.Instant) -> HTTPAnswer {
        guard let body = request.json, let message = body["messageID"]?.string, let parts = body["parts"] else {
            return HTTPAnswer(nil)
        }
        let known = state.withLock { state -> AgentSession? in
            state.sessions[id]?.prompt = (message, parts)
            return state.sessions[id]
        }
        guard let known else { return HTTPAnswer(nil) }
        sink.yield(Prompt(session: id, task: known.task, asked: known.asked, arrived: now))
        tell("session.status", ["sessionID": .string(id), "status": ["type": "busy"]])
        return .noContent
    }
}
