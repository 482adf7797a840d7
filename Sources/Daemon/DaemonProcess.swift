import API
import Blocking
import Curl
package import DaemonConfiguration
import Dispatcher
import Inbox
import Inotify
import JSON
package import Logging
import OpenCode
import Prometheus
import Scheduler
import ServiceLifecycle
import Spool
package import SystemPackage
import TaskSource
import UnixSignals
import Webhooks

/// The daemon: the services that work on one spool, in the order in which they depend on each other.
///
/// Starting is recovery, after a clean stop as after a crash. On SIGTERM or SIGINT the services end in reverse order;
/// tasks that run stay in `running/` with their sessions, and are adopted by the next start.
package struct DaemonProcess: Sendable {
    let configuration: Configuration
    let logger: Logger
    let environment: [String: String]
    let home: FilePath
    private let onReady: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - environment: That of the process, which a server that is started gets as well.
    ///   - home: The user's, in which such a server starts.
    ///   - onReady: Called once with the port of the REST API, when everything has been started.
    package init(
        configuration: Configuration, environment: [String: String], home: FilePath, logger: Logger,
        onReady: @escaping @Sendable (_ port: Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.environment = environment
        self.home = home
        self.logger = logger
        self.onReady = onReady
    }

    /// Runs until a signal or cancellation.
    ///
    /// - Throws: ``SpoolError`` with code `locked` while another daemon works on the spool; what a service throws that
    ///   can't start.
    package func run() async throws {
        // First of all: a token file that can't be used must not open the API to everybody, nor cost anything.
        let tokens = try configuration.server.tokenFile.map { path in try AccessTokens(reading: path) }
        let spool = try SpoolDirectory(openingOrCreating: configuration.spool.path)
        let lock = try DaemonLock.take(spool)
        defer { lock.release() }
        configuration.setTimeZone()
        for warning in configuration.warnings { logger.warning("\(warning)") }

        let node = NodeIdentity.current()
        let report = try await BlockingPool.run { () throws(SpoolError) in try spool.recover() }
        log(report)

        let source = watchSource(spool)
        let watcher = try SpoolWatcher(spool, source: source)
        let observer = try TaskObserver(spool, watcher: watcher, node: node, logger: logger)
        let reader = TaskSourceReader(
            limits: limits, workspaces: workspaces, verification: configuration.verification)
        let inbox = InboxService(
            spool: spool, watcher: watcher, reader: reader, settings: inboxSettings, logger: logger
        )
        let curl = CurlClient()
        defer { curl.close() }
        let opencode = configuration.opencode
        let starter =
            opencode.autoStart
            ? HostedServerStarter(
                spool: spool.root, home: home, environment: environment, command: opencode.command,
                port: opencode.startPort, logger: logger) : nil
        let dispatcher = await TaskDispatcher(
            spool: spool, watcher: watcher, observer: observer, backends: backends(curl, starter: starter),
            settings: harness, node: node, logger: logger
        )
        await inbox.resume(report.intakes)

        let heartbeat = Heartbeat(spool: spool, node: node, host: configuration.server.host, logger: logger)
        let registry = PrometheusRegistry()
        let taskMetrics = await TaskMetrics(spool: spool, observer: observer, registry: registry)
        let figures = DaemonFigures(
            spool: spool, watcher: watcher, backends: dispatcher.backends, started: .now())
        let webhooks = try WebhookService(
            spool: spool, observer: observer, node: node, endpoints: configuration.webhookEndpoints,
            settings: configuration.deliverySettings, source: source, metrics: WebhookMetrics(registry: registry),
            logger: logger
        )
        let results = try resultService(spool, observer: observer, node: node)
        let connectors = try connectorServices(spool, observer: observer, node: node, reader: reader, curl: curl)
        let scheduler = SchedulingService(
            book: ScheduleBook(spool: spool, reader: reader), source: source, logger: logger)
        let api = APIServer(
            configuration: APIConfiguration(
                version: OpenLoomVersion.text, host: configuration.server.host, port: configuration.server.port,
                allowedHosts: configuration.server.allowedHosts,
                allowedOrigins: configuration.server.allowedOrigins, tokens: tokens,
                socket: configuration.server.socket, webhookSources: configuration.incomingSources,
                maxBodyBytes: configuration.limits.fileBytes,
                webhooks: shownWebhooks, testWebhook: testWebhook(curl)
            ),
            spool: spool, observer: observer, reader: reader,
            readiness: { ReadinessReport(backends: dispatcher.backends).make() },
            gateway: OpenCodeGateway(backends: dispatcher.backends),
            metrics: APIMetrics(registry: registry, write: figures.write), logger: logger,
            onBound: { [onReady] port in
                heartbeat.start(port: port)
                onReady(port)
            }
        )
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: ObservingService(watcher: watcher, observer: observer)),
                    .init(service: taskMetrics),
                    .init(service: heartbeat),
                    .init(service: webhooks),
                ] + results.map { .init(service: $0) } + connectors.map { .init(service: $0) } + [
                    .init(service: dispatcher),
                    .init(service: inbox),
                    .init(service: scheduler),
                    .init(service: api),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
            )
        )
        do {
            try await services.run()
        } catch {
            await starter?.shutDown(spool, logger: logger)
            throw error
        }
        await starter?.shutDown(spool, logger: logger)
    }

    private func watchSource(_ spool: SpoolDirectory) -> WatchSource {
        switch configuration.spool.watch {
        case .inotify: return .inotify
        case .timer: return .timer(every: configuration.spool.pollInterval)
        case .auto:
            if DirectoryWatcher.eventsAreReliable(on: spool.root) { return .inotify }
            logger.info("the spool's filesystem tells nothing of changes made elsewhere; looking on a timer")
            return .timer(every: configuration.spool.pollInterval)
        }
    }

    private func log(_ report: RecoveryReport) {
        for name in report.setAside {
            logger.warning("set aside: a submission that was cut off", metadata: ["path": "rejected/\(name)"])
        }
        for problem in report.problems { logger.error("recovery", metadata: ["problem": "\(problem)"]) }
        if !report.adoptable.isEmpty || !report.finished.isEmpty || !report.intakes.isEmpty {
            logger.info(
                "going on",
                metadata: [
                    "adopted": "\(report.adoptable.count)", "finished": "\(report.finished.count)",
                    "dropped": "\(report.intakes.count)",
                ]
            )
        }
    }
}
