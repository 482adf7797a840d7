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
/// Keeps nothing: each mutation is the function of ``SpoolDirectory`` that the command line calls, each answer is read
/// from the tree when it is asked for.
///
/// Built from Hummingbird's server and router, without its `Application`: that one refreshes a date once a second as
/// long as it lives, and an idle daemon should sleep.
package struct APIServer: Service {
    private let configuration: APIConfiguration
    private let spool: SpoolDirectory
    private let observer: TaskObserver
    private let reader: TaskSourceReader
    private let readiness: @Sendable () async -> Readiness
    private let logger: Logger
    private let onBound: @Sendable (Int) -> Void

    /// A connection without a request, or whose request does not get on, is closed after this.
    private static let idleTimeout = TimeAmount.seconds(60)

    /// - Parameters:
    ///   - observer: Must be running: it is the source of the event streams.
    ///   - readiness: Asked for each `/readyz`.
    ///   - onBound: Called once with the port, when connections are accepted.
    package init(
        configuration: APIConfiguration, spool: SpoolDirectory, observer: TaskObserver, reader: TaskSourceReader,
        readiness: @escaping @Sendable () async -> Readiness, logger: Logger,
        onBound: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.spool = spool
        self.observer = observer
        self.reader = reader
        self.readiness = readiness
        self.logger = logger
        self.onBound = onBound
    }

    /// Serves until graceful shutdown or cancellation; event streams end with either.
    ///
    /// - Throws: ``APIServerError``.
    package func run() async throws {
        guard configuration.isLoopback else { throw APIServerError.notLoopback(host: configuration.host) }
        let connections = OpenConnections()
        let isBound = Atomic(false)
        let server = try makeServer(connections) { port in
            isBound.store(true, ordering: .relaxed)
            onBound(port)
        }
        let grace = configuration.shutdownGrace
        let ending = Mutex<Task<Void, any Error>?>(nil)
        defer { ending.withLock { $0?.cancel() } }
        do {
            try await withGracefulShutdownHandler {
                try await server.run()
            } onGracefulShutdown: {
                // Whoever has begun a request and does not go on must not keep the daemon from ending.
                let timer = Task {
                    try await Task.sleep(for: grace)
                    connections.closeAll()
                }
                ending.withLock { $0 = timer }
            }
        } catch  where !isBound.load(ordering: .relaxed) && !(error is CancellationError) {
            throw APIServerError.cannotListen(
                host: configuration.host, port: configuration.port, reason: "\(error)"
            )
        }
    }

    private func makeServer(
        _ connections: OpenConnections, onBound: @escaping @Sendable (Int) -> Void
    ) throws -> any Service {
        let responder = makeRoutes().responder()
        // The server's own words at lower levels are about itself; what matters is in our access log.
        var serverLogger = logger
        serverLogger.logLevel = max(logger.logLevel, .warning)
        let exchange = Exchange(
            responder: responder, connections: connections, logger: logger, maxBodyBytes: configuration.maxBodyBytes
        )
        return try HTTPServerBuilder.http1(configuration: HTTP1Channel.Configuration(idleTimeout: Self.idleTimeout))
            .buildServer(
                configuration: ServerConfiguration(
                    address: .hostname(configuration.host, port: configuration.port)
                ),
                eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup,
                logger: serverLogger,
                responder: { request, writer, channel in
                    try await exchange.answer(request, writer: writer, channel: channel)
                },
                onServerRunning: { channel in onBound(channel.localAddress?.port ?? 0) }
            )
    }

    private func makeRoutes() -> RouteTable {
        var table = RouteTable(middlewares: [
            AccessLog(),
            ProblemMiddleware(),
            Gate(host: configuration.host, maxBodyBytes: configuration.maxBodyBytes),
        ])
        HealthRoutes(spool: spool, observer: observer, readiness: readiness).add(to: &table)
        TaskRoutes(spool: spool, observer: observer, reader: reader, maxBodyBytes: configuration.maxBodyBytes)
            .add(to: &table)
        EventRoutes(spool: spool, observer: observer, configuration: configuration).add(to: &table)
        return table
    }
}
