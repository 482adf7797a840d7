import Blocking
import Hummingbird
import JSON
import Spool
import SystemPackage

/// `GET /api/state`: all at a glance, in one answer, as OpenLoom's dashboard wants it.
struct StateRoute: Sendable {
    let book: WorkspaceBook
    let observer: TaskObserver
    let readiness: @Sendable () async -> Readiness
    let gateway: any AgentGateway
    let ledger: UsageLedger
    /// The webhooks that are configured, for `notify`.
    let webhooks: [JSONValue]

    private var spool: SpoolDirectory { book.spool }

    /// How long the servers have to say something. It is asked for every few seconds.
    private static let patience = Duration.seconds(1)
    /// How long files are read that were not read before.
    private static let readingTime = Duration.milliseconds(300)
    /// So many sessions of a directory, and archived ones in all, are shown.
    private static let mostSessions = 100

    func add(to table: inout RouteTable) {
        table.on(.get, "/api/state", .state, state)
    }

    /// What the tree says.
    private struct Seen: Sendable {
        var tasks: StateTasks
        var isClosed: Bool
        var isPaused: Bool
        var recent: [String]
        var directories: [String]
        var permissions: [TaskPermission]
    }

    @Sendable private func state(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let now = Timestamp.now()
        let version = observer.version
        let (book, spool, ledger) = (book, spool, ledger)
        let seen = try await BlockingPool.run { () throws(SpoolError) in
            Seen(
                tasks: try StateTasks(spool, book.index, now: now), isClosed: spool.isClosed, isPaused: spool.isPaused,
                recent: try book.recent().prefix(WorkspaceRoutes.most).map(\.string),
                directories: try book.directories(), permissions: try TaskPermission.all(in: spool))
        }
        let isUp = gateway.servers.contains(where: \.isUp)
        // Side by side: none needs another.
        async let usage = BlockingPool.run { () throws(SpoolError) in
            try UsagePeriods(ledger, spool: spool, now: now, before: .now + Self.readingTime)
        }
        async let sessions =
            isUp
            ? gateway.sessions(in: seen.directories, most: Self.mostSessions, within: Self.patience)
            : GatewaySessions()
        async let permissions =
            isUp ? gateway.permissions(in: seen.directories, within: Self.patience) : GatewayPermissions()
        async let readiness = readiness()

        let found = await sessions
        let view = SessionView(found.sessions, most: Self.mostSessions)
        let open = OpenPermissions(ours: seen.permissions, servers: await permissions)
        var object = await readiness.details.object ?? [:]
        object["ok"] = true
        object["counts"] = .object(seen.tasks.counts)
        object["closed"] = .bool(seen.isClosed)
        object["paused"] = .bool(seen.isPaused)
        object["store_version"] = .int(version)
        object["server"] = server
        object["recentWorkspaces"] = JSONValue(seen.recent)
        object["tasks"] = .array(seen.tasks.tasks)
        object["sessions"] = .array(view.visible.map { .object($0.json) })
        object["sessionsByDirectory"] = view.byDirectory
        object["archivedSessions"] = view.archivedList
        object["sessionStatus"] = view.status
        object["permissions"] = .array(open.list)
        object["notify"] = ["webhooks": .array(webhooks)]
        object["metrics"] = metrics(seen.tasks, view)
        object["usage"] = try await usage.json
        object["now"] = .double(now.seconds)
        object["missing"] = JSONValue(found.missing + open.missing.filter { !found.missing.contains($0) })
        return Response(json: .object(object))
    }

    /// OpenLoom knows one server; of several the first that can be worked with, or else the first.
    private var server: JSONValue {
        let servers = gateway.servers
        let one = servers.first(where: \.isUp) ?? servers.first
        return [
            "ok": .bool(one?.isUp ?? false),
            "message": .string(one.map { $0.isUp ? "reachable" : $0.message } ?? "no server is known"),
            "url": .string(one?.url ?? ""),
        ]
    }

    private func metrics(_ tasks: StateTasks, _ sessions: SessionView) -> JSONValue {
        [
            "running": .int(tasks.running), "waiting": .int(tasks.waiting), "failed": .int(tasks.failed),
            "completedToday": .int(tasks.completedToday), "sessionsBusy": .int(sessions.count(.busy)),
            "sessionsIdle": .int(sessions.count(.idle)), "sessionsRetry": .int(sessions.count(.retry)),
        ]
    }
}
