import Dispatcher
import JSON
import Logging
import OpenCode
import Synchronization
import Testing

/// What is known of a server, from what its answers and its stream show.
@Suite(.timeLimit(.minutes(1))) struct ServerMonitorTests {
    /// Rule 20: a stream that always breaks off makes no server that is away, or no task would be started.
    @Test func rule20_brokenStream_isNoServerThatIsDown() async throws {
        let server = StreamlessServer()
        let monitor = ServerMonitor(server: server, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await withTaskGroup(of: Void.self) { group in
            server.whenAsked.withLock { $0 = { monitor.condition } }
            group.addTask { await monitor.run() }
            while server.conditions.withLock({ $0.count }) < 4 { await Task.yield() }
            // Before the first answer nothing is known; after it, each stream had broken off when it was asked again.
            let known = ServerCondition.up(StreamlessServer.identity, hasStream: false)
            #expect(server.conditions.withLock { Array($0.prefix(4)) } == [.unknown, known, known, known])
            server.isAway.store(true, ordering: .relaxed)
            while monitor.condition.identity != nil { await Task.yield() }
            group.cancelAll()
        }
    }
}

/// Answers who it is, and breaks every stream off.
private final class StreamlessServer: AgentServer {
    static let identity = ServerIdentity(wire: 2, version: "2.0.27")
    /// What the monitor knew each time that it asked.
    let conditions = Mutex<[ServerCondition]>([])
    let whenAsked = Mutex<@Sendable () -> ServerCondition>({ .unknown })
    let isAway = Atomic(false)

    func identify() async throws(AgentError) -> ServerIdentity {
        let condition = whenAsked.withLock { $0 }()
        conditions.withLock { $0.append(condition) }
        if isAway.load(ordering: .relaxed) { throw AgentError(.unreachable, "nobody is there") }
        return Self.identity
    }

    func follow(_ handle: @Sendable (AgentHint) -> Void) async throws(AgentError) {
        handle(.connected)
        throw AgentError(.unreachable, "the transfer was cut off")
    }

    private func never() -> AgentError { AgentError(.refused, "not asked in these tests") }

    func check(_ choice: AgentChoice, in directory: String) async throws(AgentError) { throw never() }
    func createSession(_ request: SessionRequest) async throws(AgentError) -> AgentSession { throw never() }
    func session(_ id: String, in directory: String) async throws(AgentError) -> AgentSession? { throw never() }
    func sessions(titled title: String, in directory: String) async throws(AgentError) -> [AgentSession] {
        throw never()
    }
    func promptIDs(in session: AgentSession) async throws(AgentError) -> [String] { throw never() }
    func send(_ prompt: AgentPrompt, to session: AgentSession) async throws(AgentError) { throw never() }
    func find(_ mark: PromptMark, in session: AgentSession) async throws(AgentError) -> String? { throw never() }
    func observe(_ session: AgentSession, prompt id: String?) async throws(AgentError) -> TurnObservation {
        throw never()
    }
    func asks(in directory: String) async throws(AgentError) -> [AgentAsk] { throw never() }
    func answer(_ ask: AgentAsk, _ reply: AskReply, in directory: String) async throws(AgentError) { throw never() }
    func abort(_ session: AgentSession, prompt: String?) async throws(AgentError) { throw never() }
    func children(of session: AgentSession) async throws(AgentError) -> [AgentSession] { throw never() }
    func reportedChanges(
        of session: AgentSession, prompt id: String?
    ) async throws(AgentError) -> [ReportedChange]? { throw never() }
    func transcript(of session: AgentSession) async throws(AgentError) -> JSONValue? { throw never() }
    func records(in directory: String, limit: Int) async throws(AgentError) -> [SessionRecord] { throw never() }
    func record(_ id: String, in directory: String) async throws(AgentError) -> SessionRecord? { throw never() }
    func activities(in directory: String) async throws(AgentError) -> [String: String] { throw never() }
    func messages(of session: AgentSession, last count: Int) async throws(AgentError) -> [JSONValue] { throw never() }
    func differences(of session: AgentSession) async throws(AgentError) -> [JSONValue] { throw never() }
    func setArchived(_ time: Int?, _ session: AgentSession) async throws(AgentError) { throw never() }
    func delete(_ session: AgentSession) async throws(AgentError) { throw never() }
}
