import API
import JSON
import Synchronization

/// Servers that have what a test gives them, and note what they are told.
final class StubGateway: AgentGateway {
    struct State {
        var isUp = true
        var sessions: [GatewaySession] = []
        var permissions: [GatewayPermission] = []
        var missing: [String] = []
        var error: GatewayError?
        /// What was done: `archive ses_1`.
        var deeds: [String] = []
        /// Directories that were asked about.
        var asked: Set<String> = []
    }

    private let state: Mutex<State>

    init(_ sessions: [GatewaySession] = [], isUp: Bool = true) {
        state = Mutex(State(isUp: isUp, sessions: sessions))
    }

    /// One that nothing can be asked of.
    static var down: StubGateway { StubGateway(isUp: false) }

    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    var deeds: [String] { state.withLock { $0.deeds } }
    var asked: Set<String> { state.withLock { $0.asked } }

    static func session(
        _ id: String, in directory: String, parent: String? = nil, updated: Int = 1_795_479_520_900,
        archived: Int? = nil, activity: GatewaySession.Activity? = .idle
    ) -> GatewaySession {
        GatewaySession(
            id: id, directory: directory, parent: parent, title: "Title of \(id)", updated: updated, archived: archived,
            activity: activity, server: "http://stub",
            json: [
                "id": .string(id), "title": .string("Title of \(id)"), "directory": .string(directory),
                "parentID": JSONValue(parent), "created": 1_795_479_513.2, "updated": .double(Double(updated) / 1000),
            ])
    }

    // MARK: AgentGateway

    var servers: [GatewayServer] {
        let isUp = state.withLock { $0.isUp }
        return [GatewayServer(url: "http://stub", isUp: isUp, message: isUp ? "a stub" : "the stub is down")]
    }

    func sessions(in directories: [String], most: Int, within patience: Duration) async -> GatewaySessions {
        state.withLock { state in
            state.asked.formUnion(directories)
            var found = GatewaySessions()
            found.sessions = state.sessions.filter { directories.contains($0.directory) }
            found.missing = state.missing
            return found
        }
    }

    func session(_ id: String, among directories: [String]) async throws(GatewayError) -> GatewaySession? {
        try usable().sessions.first { $0.id == id }
    }

    func messages(of session: GatewaySession, last count: Int) async throws(GatewayError) -> [JSONValue] {
        _ = try usable()
        return (0..<count).map { ["info": ["id": .string("msg_\($0)")], "parts": []] }
    }

    func diff(of session: GatewaySession) async throws(GatewayError) -> [JSONValue] {
        _ = try usable()
        return [["file": "a.txt", "patch": "+a", "additions": 1, "deletions": 0]]
    }

    func setArchived(_ isArchived: Bool, _ session: GatewaySession) async throws(GatewayError) {
        try act("\(isArchived ? "archive" : "unarchive") \(session.id)")
    }

    func delete(_ session: GatewaySession) async throws(GatewayError) { try act("delete \(session.id)") }

    func permissions(in directories: [String], within patience: Duration) async -> GatewayPermissions {
        state.withLock { state in
            var found = GatewayPermissions()
            found.permissions = state.permissions.filter { directories.contains($0.directory) }
            found.missing = state.missing
            return found
        }
    }

    func answer(_ permission: GatewayPermission, allowing: Bool) async throws(GatewayError) {
        try act("\(allowing ? "once" : "reject") \(permission.id)")
    }

    private func usable() throws(GatewayError) -> State {
        let now = state.withLock { $0 }
        if let error = now.error { throw error }
        if !now.isUp { throw GatewayError(.unavailable, "the stub is down") }
        return now
    }

    private func act(_ deed: String) throws(GatewayError) {
        _ = try usable()
        state.withLock { $0.deeds.append(deed) }
    }
}
