import Blocking
package import Curl
package import JSON
import Synchronization

/// An OpenCode server of whichever kind answers at its address, now.
///
/// What answers is found out by asking, and again after every reconnect, as servers update themselves. Until it is known,
/// nothing is written to it; while no event stream proves that it is still the same, it is asked once more before each
/// write.
package final class OpenCodeServer: AgentServer {
    private struct Connection {
        var wire: any AgentWire
        var identity: ServerIdentity
        /// Whether its event stream is open: a server that becomes another one closes it.
        var isFollowed = false
    }

    private let curl: CurlClient
    private let access: ServerAccess
    private let starter: (any ServerStarter)?
    private let connection = Mutex<Connection?>(nil)

    /// - Parameter starter: Asked when nothing answers anywhere; nil where the user starts the server.
    package init(curl: CurlClient, access: ServerAccess, starter: (any ServerStarter)? = nil) {
        self.curl = curl
        self.access = access
        self.starter = starter
    }

    // MARK: finding out

    package func identify() async throws(AgentError) -> ServerIdentity { try await connect().identity }

    @discardableResult
    private func connect() async throws(AgentError) -> Connection {
        do throws(AgentError) {
            let found = try await find()
            connection.withLock { current in
                var found = found
                // The stream of the same server stays what it is.
                if current?.identity == found.identity { found.isFollowed = current?.isFollowed ?? false }
                current = found
            }
            return found
        } catch {
            connection.withLock { $0 = nil }
            throw error
        }
    }

    private func find() async throws(AgentError) -> Connection {
        let access = access
        var (candidates, notes) = await BlockingPool.run { access.candidates() }
        if let known = await starter?.known() { candidates.insert(known, at: 0) }
        var problems: [AgentError] = []
        for candidate in candidates {
            do throws(AgentError) {
                return try await connect(to: candidate)
            } catch {
                if error.code == .cancelled { throw error }
                problems.append(error)
            }
        }
        // Something that answers is there, and must not get a neighbour.
        if let starter, problems.allSatisfy({ $0.code == .unreachable }) {
            return try await connect(to: try await starter.ensure())
        }
        // Of several addresses that is worth most which says that something is there.
        guard var problem = problems.first(where: { $0.code != .unreachable }) ?? problems.first else {
            throw AgentError(.unreachable, "no address of an OpenCode server is known; set opencode.url")
        }
        if !notes.isEmpty { problem.message += " (\(notes.joined(separator: "; ")))" }
        throw problem
    }

    private func connect(to candidate: ServerCandidate) async throws(AgentError) -> Connection {
        let settings = OpenCodeClient.Settings(url: candidate.url, credentials: candidate.credentials)
        let client = OpenCodeClient(curl: curl, settings: settings)
        let identity = try await ServerProbe(client: client, candidate: candidate).identify()
        let wire: any AgentWire =
            identity.wire == 2
            ? Wire2Server(client: client) : Wire1Server(client: client, keepsPromptIDs: identity.keepsPromptIDs)
        return Connection(wire: wire, identity: identity)
    }

    /// For questions: what is known of the server is good enough, as a wrong question is answered with an error.
    private func known() async throws(AgentError) -> any AgentWire {
        if let current = connection.withLock({ $0 }) { return current.wire }
        return try await connect().wire
    }

    /// For writing: the server is still the one that we know.
    private func proven() async throws(AgentError) -> any AgentWire {
        if let current = connection.withLock({ $0 }), current.isFollowed { return current.wire }
        do throws(AgentError) {
            return try await connect().wire
        } catch {
            var error = error
            error.wasPossiblyReceived = false
            throw error
        }
    }

    /// An answer that no server of the known kind gives: there is another one now. What was asked of it was not done,
    /// as it does not know the route.
    private func translate(_ error: AgentError) -> AgentError {
        guard error.code == .notAnAgent || error.status == 405 else { return error }
        connection.withLock { $0 = nil }
        return AgentError(
            .unreachable, "the server at \(access.url) has become another one: \(error.message)",
            wasPossiblyReceived: false)
    }

    private func ask<Value: Sendable>(
        _ body: (any AgentWire) async throws(AgentError) -> Value
    ) async throws(AgentError) -> Value {
        let wire = try await known()
        do throws(AgentError) { return try await body(wire) } catch { throw translate(error) }
    }

    private func write<Value: Sendable>(
        _ body: (any AgentWire) async throws(AgentError) -> Value
    ) async throws(AgentError) -> Value {
        let wire = try await proven()
        do throws(AgentError) { return try await body(wire) } catch { throw translate(error) }
    }

    // MARK: what is asked of the wire

    package func follow(_ handle: @Sendable (AgentHint) -> Void) async throws(AgentError) {
        let wire = try await known()
        defer { connection.withLock { $0?.isFollowed = false } }
        try await wire.follow { hint in
            if hint == .connected { self.connection.withLock { $0?.isFollowed = true } }
            handle(hint)
        }
    }

    package func check(_ choice: AgentChoice, in directory: String) async throws(AgentError) {
        try await ask { wire async throws(AgentError) in try await wire.check(choice, in: directory) }
    }

    package func createSession(_ request: SessionRequest) async throws(AgentError) -> AgentSession {
        try await write { wire async throws(AgentError) in try await wire.createSession(request) }
    }

    package func session(_ id: String, in directory: String) async throws(AgentError) -> AgentSession? {
        try await ask { wire async throws(AgentError) in try await wire.session(id, in: directory) }
    }

    package func sessions(titled title: String, in directory: String) async throws(AgentError) -> [AgentSession] {
        try await ask { wire async throws(AgentError) in try await wire.sessions(titled: title, in: directory) }
    }

    package func promptIDs(in session: AgentSession) async throws(AgentError) -> [String] {
        try await ask { wire async throws(AgentError) in try await wire.promptIDs(in: session) }
    }

    package func send(_ prompt: AgentPrompt, to session: AgentSession) async throws(AgentError) {
        try await write { wire async throws(AgentError) in try await wire.send(prompt, to: session) }
    }

    package func find(_ mark: PromptMark, in session: AgentSession) async throws(AgentError) -> String? {
        try await ask { wire async throws(AgentError) in try await wire.find(mark, in: session) }
    }

    package func observe(_ session: AgentSession, prompt id: String?) async throws(AgentError) -> TurnObservation {
        try await ask { wire async throws(AgentError) in try await wire.observe(session, prompt: id) }
    }

    package func asks(in directory: String) async throws(AgentError) -> [AgentAsk] {
        try await ask { wire async throws(AgentError) in try await wire.asks(in: directory) }
    }

    package func answer(_ ask: AgentAsk, _ reply: AskReply, in directory: String) async throws(AgentError) {
        try await write { wire async throws(AgentError) in try await wire.answer(ask, reply, in: directory) }
    }

    package func abort(_ session: AgentSession, prompt: String?) async throws(AgentError) {
        try await write { wire async throws(AgentError) in try await wire.abort(session, prompt: prompt) }
    }

    package func children(of session: AgentSession) async throws(AgentError) -> [AgentSession] {
        try await ask { wire async throws(AgentError) in try await wire.children(of: session) }
    }

    package func reportedChanges(
        of session: AgentSession, prompt id: String?
    ) async throws(AgentError) -> [ReportedChange]? {
        try await ask { wire async throws(AgentError) in try await wire.reportedChanges(of: session, prompt: id) }
    }

    package func records(in directory: String, limit: Int) async throws(AgentError) -> [SessionRecord] {
        try await ask { wire async throws(AgentError) in try await wire.records(in: directory, limit: limit) }
    }

    package func record(_ id: String, in directory: String) async throws(AgentError) -> SessionRecord? {
        try await ask { wire async throws(AgentError) in try await wire.record(id, in: directory) }
    }

    package func activities(in directory: String) async throws(AgentError) -> [String: String] {
        try await ask { wire async throws(AgentError) in try await wire.activities(in: directory) }
    }

    package func messages(of session: AgentSession, last count: Int) async throws(AgentError) -> [JSONValue] {
        try await ask { wire async throws(AgentError) in try await wire.messages(of: session, last: count) }
    }

    package func differences(of session: AgentSession) async throws(AgentError) -> [JSONValue] {
        try await ask { wire async throws(AgentError) in try await wire.differences(of: session) }
    }

    package func setArchived(_ time: Int?, _ session: AgentSession) async throws(AgentError) {
        try await write { wire async throws(AgentError) in try await wire.setArchived(time, session) }
    }

    package func delete(_ session: AgentSession) async throws(AgentError) {
        try await write { wire async throws(AgentError) in try await wire.delete(session) }
    }

    package func transcript(of session: AgentSession) async throws(AgentError) -> JSONValue? {
        try await ask { wire async throws(AgentError) in try await wire.transcript(of: session) }
    }
}
