import Blocking
import HTTPTypes
import Hummingbird
import JSON
import Spool

/// `/api/sessions`: what the agent's servers have in the directories that the API knows.
struct SessionRoutes: Sendable {
    let book: WorkspaceBook
    let gateway: any AgentGateway

    private var spool: SpoolDirectory { book.spool }

    /// So many sessions of one directory are listed.
    private static let most = 1000
    /// How long a list may take.
    private static let patience = Duration.seconds(10)
    /// What OpenLoom always shows.
    private static let usualMessages = 50

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/sessions", .listSessions, list)
        table.on(.get, "/api/sessions/{sid}/messages", .showMessages, messages)
        table.on(.get, "/api/sessions/{sid}/diff", .showDiff, diff)
        table.on(.post, "/api/sessions/{sid}/archive", .archiveSession) { _, context in
            try await archive(true, context)
        }
        table.on(.delete, "/api/sessions/{sid}/archive", .unarchiveSession) { _, context in
            try await archive(false, context)
        }
        table.on(.post, "/api/sessions/{sid}/delete", .deleteSession, delete)
    }

    @Sendable private func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try gateway.requireServer()
        let book = book
        let directories = try await BlockingPool.run { () throws(SpoolError) in try book.directories() }
        let found = await gateway.sessions(in: directories, most: Self.most, within: Self.patience)
        let shown = SessionView(found.sessions)
        return Response(json: [
            "sessions": .array(shown.visible.map { .object($0.json) }), "byDirectory": shown.byDirectory,
            "status": shown.status, "missing": JSONValue(found.missing),
        ])
    }

    @Sendable private func messages(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        var count = Self.usualMessages
        if let text = request.uri.queryParameters["limit"] {
            guard let number = Int(text), (1...Self.most).contains(number) else {
                let message = "\"\(text.prefix(80))\" should be a number from 1 to \(Self.most)"
                throw Problem.invalidQuery("limit", message)
            }
            count = number
        }
        let session = try await find(context)
        let messages = try await asking { () async throws(GatewayError) in
            try await gateway.messages(of: session, last: count)
        }
        return Response(json: ["messages": .array(messages)])
    }

    @Sendable private func diff(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let session = try await find(context)
        let diff = try await asking { () async throws(GatewayError) in try await gateway.diff(of: session) }
        return Response(json: ["diff": .array(diff)])
    }

    private func archive(_ isArchived: Bool, _ context: APIRequestContext) async throws -> Response {
        let session = try await find(context)
        try await asking { () async throws(GatewayError) in try await gateway.setArchived(isArchived, session) }
        return Response(json: ["ok": true, "sessionId": .string(session.id), "archived": .bool(isArchived)])
    }

    @Sendable private func delete(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let session = try await find(context)
        if let task = try await user(of: session) {
            throw Problem(
                .sessionInUse, "The task \(task) works in it; abort the task first (POST /api/tasks/\(task)/abort).")
        }
        try await asking { () async throws(GatewayError) in try await gateway.delete(session) }
        return Response(json: ["ok": true, "sessionId": .string(session.id), "deleted": true])
    }

    // MARK: finding

    /// The session that the path names, in a directory that we may touch.
    private func find(_ context: APIRequestContext) async throws -> GatewaySession {
        try await SessionFinder(book: book, gateway: gateway).find(try context.parameters.require("sid"))
    }

    /// The running task that works in a session, in one that it started, or in one that started it: all of them go with
    /// it, or need it.
    private func user(of session: GatewaySession) async throws -> TaskID? {
        let spool = spool
        let used = try await BlockingPool.run { () throws(SpoolError) -> [(TaskID, String)] in
            try spool.list(.running).compactMap { id in
                let word = try? spool.readWord(spool.paths.task(id, in: .running).session)
                return word.map { (id, $0) }
            }
        }
        if used.isEmpty { return nil }
        let finder = SessionFinder(book: book, gateway: gateway)
        let family = [session.id] + (try await finder.ancestors(of: session))
        for (id, name) in used {
            if family.contains(name) { return id }
            guard let other = try await finder.look(name, among: [session.directory]) else { continue }
            if try await finder.ancestors(of: other).contains(session.id) { return id }
        }
        return nil
    }
}

/// What a gateway throws is a problem for whoever asked.
func asking<Value: Sendable>(
    _ body: () async throws(GatewayError) -> Value
) async throws(Problem) -> Value {
    do {
        return try await body()
    } catch {
        throw Problem(error)
    }
}

extension AgentGateway {
    /// - Throws: ``Problem`` of kind `agentUnavailable` when no server can be worked with.
    func requireServer() throws(Problem) {
        if servers.contains(where: \.isUp) { return }
        throw Problem(GatewayError(.unavailable, servers.first?.message ?? "no server is known"))
    }
}
