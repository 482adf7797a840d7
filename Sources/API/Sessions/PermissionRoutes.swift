import Blocking
import HTTPTypes
import Hummingbird
import JSON
import Spool

/// `/api/permissions`, and the answers to them.
struct PermissionRoutes: Sendable {
    let book: WorkspaceBook
    let gateway: any AgentGateway
    let maxBodyBytes: Int

    private var spool: SpoolDirectory { book.spool }

    private static let patience = Duration.seconds(5)

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/permissions", .listPermissions, list)
        table.on(.post, "/api/sessions/{sid}/permissions/{pid}", .answerPermission, needs: .answer, answer)
    }

    @Sendable private func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let session = request.uri.queryParameters["sessionId"].flatMap { $0.isEmpty ? nil : String($0) }
        let (book, spool) = (book, spool)
        let (directories, ours) = try await BlockingPool.run { () throws(SpoolError) in
            (try book.directories(), try TaskPermission.all(in: spool))
        }
        let servers = await gateway.permissions(in: directories, within: Self.patience)
        let open = OpenPermissions(ours: ours, servers: servers, session: session)
        return Response(json: ["permissions": .array(open.list), "missing": JSONValue(open.missing)])
    }

    /// To a task's own ask this is the answer file, and the daemon does the rest; to any other it goes to the server.
    @Sendable private func answer(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let session = try context.parameters.require("sid")
        let id = try context.parameters.require("pid")
        let word = try Self.word(in: try await request.collectBody(limit: maxBodyBytes, context: context))
        let spool = spool
        let isOurs = try await BlockingPool.run { () throws(SpoolError) -> Bool in
            let open = try TaskPermission.all(in: spool)
            guard let ask = open.first(where: { $0.id == id && ($0.session == session || $0.taskSession == session) })
            else { return false }
            try spool.answer(ask.task, ask: ask.id, with: word.rawValue)
            return true
        }
        if !isOurs { try await answer(id, in: session, word) }
        return Response(json: ["ok": true, "response": .string(word.rawValue)])
    }

    private func answer(_ id: String, in session: String, _ word: Word) async throws {
        let found = try await SessionFinder(book: book, gateway: gateway).find(session)
        let open = await gateway.permissions(in: [found.directory], within: Self.patience)
        guard let permission = open.permissions.first(where: { $0.id == id && $0.session == session }) else {
            if let reason = open.missing.first { throw Problem(GatewayError(.unavailable, reason)) }
            throw Problem(
                .notFound,
                "The session does not wait for \"\(id.prefix(160))\"; GET /api/permissions lists what is open.")
        }
        try await asking { () async throws(GatewayError) in
            try await gateway.answer(permission, allowing: word == .once)
        }
    }

    private enum Word: String {
        case once, reject
    }

    /// What is done, which is not always what was asked for: `always` is done once. The server would keep it for every
    /// session of the project to come, and nobody who reads a task would see why it was never asked.
    private static func word(in body: [UInt8]) throws(Problem) -> Word {
        let json = try JSONValue.body(body)
        switch json["response"]?.string {
        case "once", "always": return .once
        case "reject": return .reject
        default:
            throw Problem.invalidBody("/response", "should be \"once\", \"always\" or \"reject\"")
        }
    }
}
