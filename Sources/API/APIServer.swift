import Blocking
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle
package import Spool
import Synchronization
package import TaskSource

/// The REST API and its event streams.
///
/// Keeps nothing but what makes finding faster (``TaskIndex``, ``TaskShelf``, ``UsageLedger``): each mutation is the function of
/// ``SpoolDirectory`` that the command line calls, each answer is read
/// from the tree when it is asked for.
///
/// Built from Hummingbird's server and router, without its `Application`: that one refreshes a date once a second as
/// long as it lives, and an idle daemon should sleep.
package struct APIServer: Service {
    let configuration: APIConfiguration
    private let spool: SpoolDirectory
    private let index: TaskIndex
    private let observer: TaskObserver
    private let reader: TaskSourceReader
    private let readiness: @Sendable () async -> Readiness
    private let metrics: APIMetrics
    private let gateway: any AgentGateway
    private let logger: Logger
    private let onBound: @Sendable (Int) -> Void
    private let ledger: UsageLedger

    var origins: OriginRule { OriginRule(allowed: configuration.allowedOrigins) }

    /// - Parameters:
    ///   - observer: Must be running: it is the source of the event streams.
    ///   - readiness: Asked for each `/readyz`.
    ///   - gateway: By which the agent's servers are reached.
    ///   - metrics: What `/metrics` shows beside the spool's figures; the API's own go there.
    ///   - onBound: Called once with the port, when connections are accepted.
    package init(
        configuration: APIConfiguration, spool: SpoolDirectory, observer: TaskObserver, reader: TaskSourceReader,
        readiness: @escaping @Sendable () async -> Readiness, gateway: any AgentGateway,
        metrics: APIMetrics = APIMetrics(), logger: Logger,
        onBound: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.spool = spool
        index = TaskIndex(spool)
        self.observer = observer
        self.reader = reader
        self.readiness = readiness
        self.metrics = metrics
        self.gateway = gateway
        self.logger = logger
        self.onBound = onBound
        ledger = UsageLedger(spool, index)
    }

    /// Serves until graceful shutdown or cancellation; event streams end with either.
    ///
    /// - Throws: ``APIServerError``.
    package func run() async throws {
        guard configuration.isLoopback || configuration.tokens != nil else {
            throw APIServerError.notLoopback(host: configuration.host)
        }
        if !configuration.isLoopback {
            logger.warning(
                "the API can be reached from other machines, and what it says and is told is not encrypted",
                metadata: ["host": "\(configuration.host)"])
        }
        let connections = OpenConnections()
        let opening = Opening(sockets: configuration.socket == nil ? 1 : 2, then: onBound)
        let grace = configuration.shutdownGrace
        let ending = Mutex<Task<Void, any Error>?>(nil)
        defer { ending.withLock { $0?.cancel() } }
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await listenOnPort(connections, opening) }
                if let path = configuration.socket {
                    group.addTask { try await listenOnSocket(path, connections, opening) }
                }
                group.addTask { await listDirectories() }
                // One that can't listen ends the other.
                while try await group.next() != nil {}
            }
        } onGracefulShutdown: {
            // Whoever has begun a request and does not go on must not keep the daemon from ending.
            let timer = Task {
                try await Task.sleep(for: grace)
                connections.closeAll()
            }
            ending.withLock { $0 = timer }
        }
    }

    /// Lists what the first page would have to wait for: a tenth of a second with 100,000 tasks. What can't be listed is
    /// said to whoever asks.
    private func listDirectories() async {
        await BlockingPool.run { [index] in
            for state in TaskState.allCases { _ = try? index.names(in: state) }
        }
    }

    func makeServer(
        _ connections: OpenConnections, _ gate: Gate, address: BindAddress,
        onRunning: @escaping @Sendable (any Channel) -> Void
    ) -> any Service {
        // The server's own words at lower levels are about itself; what matters is in our access log.
        var serverLogger = logger
        serverLogger.logLevel = max(logger.logLevel, .warning)
        let exchange = Exchange(
            responder: makeRoutes(gate).responder(), connections: connections, logger: logger,
            maxBodyBytes: configuration.maxBodyBytes
        )
        return GuardedChannel(patience: configuration.patience, logger: logger) { request, writer, channel in
            try await exchange.answer(request, writer: writer, channel: channel)
        }.server(
            configuration: ServerConfiguration(address: address), onServerRunning: onRunning,
            eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup, logger: serverLogger)
    }

    func makeRoutes(_ gate: Gate) -> RouteTable {
        var table = RouteTable(middlewares: [
            AccessLog(metrics: RequestMetrics(metrics.registry)),
            CrossOriginAnswers(origins: origins),
            ProblemMiddleware(),
            gate,
        ])
        let book = WorkspaceBook(spool: spool, index: index, policy: reader.workspaces)
        let shelf = TaskShelf(spool)
        let maxBodyBytes = configuration.maxBodyBytes
        HealthRoutes(spool: spool, observer: observer, readiness: readiness).add(to: &table)
        StateRoute(
            book: book, observer: observer, readiness: readiness, gateway: gateway, ledger: ledger,
            webhooks: configuration.webhooks
        ).add(to: &table)
        TaskRoutes(
            spool: spool, index: index, shelf: shelf, observer: observer, reader: reader, maxBodyBytes: maxBodyBytes,
            gateway: gateway
        ).add(to: &table)
        SessionRoutes(book: book, gateway: gateway).add(to: &table)
        PermissionRoutes(book: book, gateway: gateway, maxBodyBytes: maxBodyBytes).add(to: &table)
        WorkspaceRoutes(book: book).add(to: &table)
        UsageRoutes(ledger: ledger, spool: spool).add(to: &table)
        WorktreeRoutes(spool: spool, observer: observer, maxBodyBytes: maxBodyBytes).add(to: &table)
        FileRoutes(spool: spool, observer: observer).add(to: &table)
        AskRoutes(spool: spool, observer: observer).add(to: &table)
        BulkRoutes(shelf: shelf, index: index, observer: observer).add(to: &table)
        ScheduleRoutes(book: ScheduleBook(spool: spool, reader: reader), observer: observer).add(to: &table)
        SwitchRoutes(spool: spool, observer: observer).add(to: &table)
        WebhookRoutes(spool: spool, observer: observer, test: configuration.testWebhook).add(to: &table)
        WebhookSourceRoutes(
            sources: configuration.webhookSources, spool: spool, observer: observer, reader: reader,
            maxBodyBytes: configuration.maxBodyBytes
        ).add(to: &table)
        MetricsRoutes(spool: spool, index: index, observer: observer, metrics: metrics).add(to: &table)
        let status = LiveStatus(spool: spool, readiness: readiness)
        OverviewRoute(spool: spool, index: index, observer: observer, status: status).add(to: &table)
        EventRoutes(
            shelf: shelf, index: index, observer: observer, frames: EventFrames(spool: spool),
            briefFrames: EventFrames(spool: spool, view: .brief), status: status, configuration: configuration
        ).add(to: &table)
        DashboardRoutes().add(to: &table)
        // Last: it describes what is there.
        DescriptionRoute(version: configuration.version, needsToken: gate.tokens != nil).add(to: &table)
        return table
    }
}
