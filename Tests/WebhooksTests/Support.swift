import Curl
import Glibc
import Inotify
import JSON
import Logging
import LoopbackServer
import Prometheus
import ServiceLifecycle
import Spool
import Synchronization
import SystemPackage

@testable import Webhooks

/// A spool of one test, and services of webhooks that work on it one after the other.
final class WebhookWorld: Sendable {
    let spool: SpoolDirectory
    private let directory: FilePath

    static let node = NodeIdentity(node: "test", pid: 1, bootID: "boot")

    init() throws {
        var template = Array("/tmp/openloom-webhooks-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw WebhookWorld.NotSo() }
        directory = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        spool = try SpoolDirectory(openingOrCreating: directory.appending("spool"))
    }

    deinit {
        // The spool's own way to remove a tree is not for others; a test's leftovers are small.
        system("rm -rf '\(directory)'")
    }

    func submit(_ name: String, notify: [TaskNotification] = []) throws -> TaskID {
        var spec = TaskSpec(
            name: name, workspace: "/tmp", goal: "do it", created: .now(), origin: TaskOrigin(.cli))
        spec.notify = notify
        return try spool.submit(Submission(spec: spec, source: Array("do it".utf8), fileExtension: "txt"))
    }

    func move(_ id: TaskID, _ from: TaskState, _ to: TaskState) throws {
        try rename(spool.paths.task(id, in: from).directory, spool.paths.task(id, in: to).directory)
    }

    func rename(_ from: FilePath, _ to: FilePath) throws {
        guard Glibc.rename(from.string, to.string) == 0 else { throw WebhookWorld.NotSo() }
    }

    /// Runs watcher, observer and webhooks while `body` does, then stops them as a daemon does.
    func serving(
        _ endpoints: [WebhookEndpoint], _ settings: DeliverySettings = .quick, source: WatchSource = .inotify,
        _ body: () async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let watcher = try SpoolWatcher(spool, source: source)
        let observer = try TaskObserver(spool, watcher: watcher, node: Self.node, logger: logger)
        let service = try WebhookService(
            spool: spool, observer: observer, node: Self.node, endpoints: endpoints, settings: settings,
            source: source, metrics: WebhookMetrics(registry: PrometheusRegistry()), logger: logger)
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [Observing(watcher: watcher, observer: observer), service], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            do {
                try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    /// Names of deliveries, sorted.
    func deliveries(_ endpoint: WebhookEndpoint, _ state: DeliveryState) throws -> [DeliveryName] {
        try spool.firstDeliveries(of: endpoint.name, in: state, limit: 1_000_000).names
    }

    struct NotSo: Error {}

    /// Waits until something is so; long enough for a loaded machine.
    func wait(_ condition: () throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(180)
        while try !condition() {
            if ContinuousClock.now > end { throw NotSo() }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

private struct Observing: Service {
    let watcher: SpoolWatcher
    let observer: TaskObserver

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.watcher.run() }
                group.addTask { await self.observer.run() }
            }
        }
    }
}

extension DeliverySettings {
    /// Waits that a test can wait for.
    static var quick: DeliverySettings {
        var settings = DeliverySettings()
        settings.backoff = DeliveryBackoff(schedule: [0.01])
        return settings
    }
}

/// A receiver of webhooks that remembers what came, and answers as it is told.
final class Receiver: Sendable {
    private let server: TestServer
    private let box: Box

    struct Call: Sendable {
        var id: String
        var event: String
        var task: String
        var number: Int
        var request: TestRequest
    }

    private final class Box: Sendable {
        let calls = Mutex<[Call]>([])
        let waiting = Mutex(0)
    }

    /// - Parameter answer: Given the connection and the number of the call, from 1; nil means 200.
    init(_ answer: (@Sendable (TestConnection, Int, Call) -> Void)? = nil) throws {
        let box = Box()
        self.box = box
        server = try TestServer { connection in
            while let request = connection.read() {
                let json = (try? JSONValue(parsing: request.body)) ?? .null
                let call = Call(
                    id: request.header("webhook-id") ?? "", event: request.header("x-openloom-event") ?? "",
                    task: json["task_id"]?.string ?? "", number: json["store_version"]?.int ?? 0, request: request)
                let count = box.calls.withLock { calls in
                    calls.append(call)
                    return calls.count
                }
                if let answer { answer(connection, count, call) } else { connection.respond() }
            }
        }
    }

    var calls: [Call] { box.calls.withLock { $0 } }

    func endpoint(
        _ name: String = "here", _ change: (inout WebhookEndpoint) -> Void = { _ in }
    ) throws -> WebhookEndpoint {
        guard let name = EndpointName(name) else { throw WebhookWorld.NotSo() }
        var endpoint = WebhookEndpoint(name: name, url: server.url("/hook"))
        change(&endpoint)
        return endpoint
    }

    var url: String { server.url("/hook") }
}

func write(_ text: String, to path: FilePath) throws {
    guard let file = fopen(path.string, "w") else { throw WebhookWorld.NotSo() }
    defer { fclose(file) }
    fputs(text, file)
}

func makeDirectory(_ path: FilePath) throws {
    guard mkdir(path.string, 0o700) == 0 else { throw WebhookWorld.NotSo() }
}
