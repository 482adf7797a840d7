import Inotify
import JSON
import Logging
import ServiceLifecycle
import Spool
import SystemPackage
import TaskSource
import Testing

@testable import API

/// The API as the daemon runs it, on a port of its own, with a real watcher and observer.
struct RunningAPI: Sendable {
    let files: TemporarySpool
    let port: Int
    let observer: TaskObserver
    let log: RecordedLog
    let gateway: StubGateway
    let description: APIDescription
    private let group: ServiceGroup

    var spool: SpoolDirectory { files.spool }

    /// Ends the API as SIGTERM does.
    func shutDown() async { await group.triggerGracefulShutdown() }

    /// Runs `body` while the API runs, then ends it. What the API throws is thrown.
    static func with(
        _ configure: (inout APIConfiguration) -> Void = { _ in },
        readiness: Readiness = .init(isReady: true, details: [:]), metrics: APIMetrics = APIMetrics(),
        gateway: StubGateway = .down,
        policy: @escaping (TemporarySpool) -> WorkspacePolicy = { _ in WorkspacePolicy() },
        _ body: @escaping @Sendable (RunningAPI) async throws -> Void
    ) async throws {
        var configuration = APIConfiguration(port: 0)
        configuration.testWebhook = { name in
            name.rawValue == "hooks" ? ["ok": true, "endpoint": "hooks", "status": 204, "latency_ms": 1] : nil
        }
        configure(&configuration)
        let files = try TemporarySpool()
        let log = RecordedLog()
        let logger = Logger(label: "test", factory: { _ in log })
        let watcher = try SpoolWatcher(files.spool, source: .inotify)
        let observer = try TaskObserver(files.spool, watcher: watcher, node: TemporarySpool.node, logger: logger)
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let server = APIServer(
            configuration: configuration, spool: files.spool, observer: observer,
            reader: TaskSourceReader(workspaces: policy(files)), readiness: { readiness }, gateway: gateway,
            metrics: metrics, logger: logger,
            onBound: {
                bound.yield($0)
                bound.finish()
            }
        )
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { await watcher.run() }
            tasks.addTask { await observer.run() }
            async let served: Void = {
                defer { bound.finish() }
                try await group.run()
            }()
            if let port = await ports.first(where: { _ in true }) {
                do {
                    try await body(
                        RunningAPI(
                            files: files, port: port, observer: observer, log: log, gateway: gateway,
                            description: APIDescription(of: server), group: group))
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                await group.triggerGracefulShutdown()
            }
            try await served
        }
    }

    /// One request on a connection of its own. Its answer must be one that `/api/openapi.json` describes.
    func request(
        _ method: String, _ path: String, headers: [(String, String)] = [], json: JSONValue? = nil
    ) async throws -> HTTPAnswer {
        let connection = try await HTTPConnection(port: port)
        var headers = headers
        if json != nil { headers.append(("Content-Type", "application/json")) }
        let answer = try await connection.exchange(
            method, path, headers: headers, body: json.map { Array($0.compact.utf8) }
        )
        for problem in description.problems(method, path, answer) { Issue.record("\(problem)") }
        return answer
    }

    /// What a client posts to create a task.
    func body(_ name: String = "Fix it", _ more: JSONObject = [:]) -> JSONValue {
        var object: JSONObject = [
            "name": .string(name), "workspace": .string(files.workspace.string), "goal": "Fix the bug.",
        ]
        for (key, value) in more { object[key] = value }
        return .object(object)
    }

    /// Waits until the observer has told of `count` events.
    func waitForEvents(_ count: Int) async {
        if observer.version >= count { return }
        let (events, version) = await observer.subscribe()
        if version >= count { return }
        for await event in events where event.number >= count { return }
    }
}
