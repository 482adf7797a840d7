import Blocking
import Curl
package import Inotify
package import Logging
import ServiceLifecycle
package import Spool

/// Webhooks: makes deliveries of what is observed, and delivers them.
///
/// Asked to stop, it makes deliveries of what was observed until then and delivers what can be delivered at once, for a
/// bounded time. The rest stays in the outbox for the next daemon.
package actor WebhookService: Service {
    private let spool: SpoolDirectory
    private let observer: TaskObserver
    private let settings: DeliverySettings
    private let metrics: WebhookMetrics
    private let logger: Logger
    private let feed: OutboxFeed
    private let keeper: OutboxKeeper
    private let endpoints: [WebhookEndpoint]
    private let sender = WebhookSender(curl: CurlClient())
    private let source: WatchSource
    /// Made with the first endpoint: who has none needs no watch of the outbox, of which a user may have few.
    private var watching: (watcher: DirectoryWatcher, task: Task<Void, Never>)?
    private var workers: [EndpointName: EndpointWorker] = [:]
    private let joining: AsyncStream<EndpointWorker>
    private let join: AsyncStream<EndpointWorker>.Continuation

    /// To be made before anything is observed: what happens from then on becomes deliveries.
    ///
    /// - Parameter source: How a delivery is noticed that somebody puts back.
    package init(
        spool: SpoolDirectory, observer: TaskObserver, node: NodeIdentity, endpoints: [WebhookEndpoint],
        settings: DeliverySettings, source: WatchSource, metrics: WebhookMetrics, logger: Logger
    ) throws {
        self.spool = spool
        self.observer = observer
        self.endpoints = endpoints
        self.settings = settings
        self.metrics = metrics
        self.logger = logger
        for endpoint in endpoints { try spool.makeEndpoint(endpoint.name, about: endpoint.about) }
        let feed = try OutboxFeed(
            spool: spool, journal: observer.journalFiles, node: node.node, newest: observer.version,
            endpoints: endpoints, settings: settings, logger: logger)
        self.feed = feed
        keeper = OutboxKeeper(spool: spool, retention: settings.retention, logger: logger) { await feed.cursor }
        self.source = source
        (joining, join) = AsyncStream.makeStream()
    }

    package func run() async throws {
        await startKnown()
        let working = Task { await self.work() }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.keeper.run() }
                group.addTask { await self.follow() }
            }
        }
        watching?.task.cancel()
        if !Task.isCancelled { await drain(working) }
        working.cancel()
        await working.value
        watching?.watcher.close()
        sender.curl.close()
    }

    // MARK: workers

    /// Runs every worker that joins, until cancelled.
    private func work() async {
        await withDiscardingTaskGroup { group in
            for await worker in joining { group.addTask { await worker.run() } }
        }
    }

    /// The endpoints of the configuration, and those that tasks named and that may have something left to send.
    private func startKnown() async {
        for endpoint in endpoints { await start(endpoint) }
        let spool = spool
        let names = (try? await BlockingPool.run { () throws(SpoolError) in try spool.endpoints() }) ?? []
        for name in names where workers[name] == nil {
            let about = try? await BlockingPool.run { () throws(SpoolError) in
                try spool.readJSON(spool.paths.endpoint(name).about, limit: 1 << 20)
            }
            if let endpoint = about.flatMap({ WebhookEndpoint(name: name, about: $0) }) {
                await start(endpoint)
            } else {
                logger.notice("left alone: an endpoint that is not configured", metadata: ["endpoint": "\(name)"])
            }
        }
    }

    @discardableResult
    private func start(_ endpoint: WebhookEndpoint) async -> EndpointWorker {
        if let worker = workers[endpoint.name] { return worker }
        let (spool, name) = (spool, endpoint.name)
        let paths = spool.paths.endpoint(name)
        try? await BlockingPool.run { () throws(SpoolError) in try spool.removeUnfinishedDeliveries(of: name) }
        do {
            let watcher = try watcherOfOutbox()
            try watcher.watch(paths.deliveries(.new), key: Key.new + endpoint.name.rawValue)
            try watcher.watch(paths.directory, key: Key.directory + endpoint.name.rawValue)
        } catch {
            logger.warning("deliveries that are put back will be noticed late", metadata: ["error": "\(error)"])
        }
        let keeper = keeper
        let worker = EndpointWorker(
            endpoint, spool: spool, sender: sender, settings: settings, published: await feed.position,
            metrics: metrics, logger: logger, onFinished: { Task { await keeper.noteFinished() } })
        workers[endpoint.name] = worker
        join.yield(worker)
        return worker
    }

    // MARK: what happens

    private enum Key {
        static let new = "new:"
        static let directory = "directory:"
    }

    private func watcherOfOutbox() throws(WatchError) -> DirectoryWatcher {
        if let watching { return watching.watcher }
        let watcher = try DirectoryWatcher(source: source)
        watching = (watcher, Task { await self.watch(watcher) })
        return watcher
    }

    /// Tells workers where somebody changed something in the outbox.
    private func watch(_ watcher: DirectoryWatcher) async {
        for await hint in watcher.hints {
            if hint.rescan {
                for worker in workers.values { await worker.look() }
                continue
            }
            for key in hint.keys where key.hasPrefix(Key.directory) {
                await worker(key.dropFirst(Key.directory.count))?.look()
            }
            for (key, names) in hint.closed where key.hasPrefix(Key.new) {
                await worker(key.dropFirst(Key.new.count))?.note(names)
            }
        }
    }

    private func worker(_ name: Substring) -> EndpointWorker? { EndpointName(name).flatMap { workers[$0] } }

    /// Makes deliveries of events for as long as there are any to come. The observer's stream only says that there are;
    /// one that is cut off, as we were slow, costs nothing.
    private func follow() async {
        while !Task.isCancelled {
            let events = await observer.subscribe().events
            await feedAll()
            for await _ in events where await feed.position < observer.version { await feedAll() }
        }
    }

    private func feedAll() async {
        while !Task.isCancelled {
            do {
                guard let batch = try await feed.next() else { return }
                for (name, names) in batch.deliveries {
                    let known = workers[name]
                    let made = batch.fromTasks[name]
                    if let known {
                        await known.publish(names, upTo: batch.last)
                    } else if let made {
                        await start(made).publish(names, upTo: batch.last)
                    }
                }
                for (name, worker) in workers where batch.deliveries[name] == nil {
                    await worker.publish([], upTo: batch.last)
                }
                try await feed.writeCursor()
            } catch {
                logger.error("can't make webhooks of what happened; trying again", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: Self.pauseAfterTrouble)
            }
        }
    }

    private static let pauseAfterTrouble = Duration.seconds(5)

    // MARK: the end

    /// Tells of what has happened until now, and waits for what can be delivered at once.
    private func drain(_ working: Task<Void, Never>) async {
        let patience = settings.drain
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // What is not made by then, the next daemon makes: the cursor says from where on.
                await self.feedAll()
                await self.finishJoining()
                await working.value
            }
            group.addTask { try? await Task.sleep(for: patience) }
            await group.next()
            working.cancel()
            group.cancelAll()
        }
        join.finish()
    }

    private func finishJoining() async {
        for worker in workers.values { await worker.drain() }
        join.finish()
    }
}
