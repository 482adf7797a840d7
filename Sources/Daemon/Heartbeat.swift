import JSON
import Logging
import ServiceLifecycle
import Spool
import Synchronization
import SystemPackage

/// `nodes/NODE.json`: says that this daemon lives, and where it listens.
///
/// With the beat of the shared-filesystem rules: whoever has not heard of a node for several beats may look closer.
/// This is the only timer of an idle daemon.
final class Heartbeat: Service {
    private let spool: SpoolDirectory
    private let node: NodeIdentity
    private let host: String
    private let logger: Logger
    private let started = Timestamp.now()
    private let port = Mutex<Int?>(nil)

    static let interval = Duration.seconds(30)

    init(spool: SpoolDirectory, node: NodeIdentity, host: String, logger: Logger) {
        self.spool = spool
        self.node = node
        self.host = host
        self.logger = logger
    }

    /// The daemon is ready: says so at once, so that whoever reads the file finds the port.
    func start(port number: Int) {
        port.withLock { $0 = number }
        beat()
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                if !Task.isCancelled { self.beat() }
            }
        }
        try? spool.unmark(spool.paths.nodes.appending("\(node.node).json"))
    }

    private func beat() {
        var object = node.json.object ?? [:]
        object["version"] = .string(OpenLoomVersion.text)
        object["started"] = .string(started.iso8601)
        object["heartbeat"] = .string(Timestamp.now().iso8601)
        object["heartbeat_s"] = .int(Int(Self.interval.components.seconds))
        object["host"] = .string(host)
        object["port"] = JSONValue(port.withLock { $0 })
        do throws(SpoolError) {
            try DurableFile.writeVolatile(
                JSONValue.object(object).pretty, to: spool.paths.nodes.appending("\(node.node).json")
            )
        } catch {
            logger.warning("no heartbeat", metadata: ["error": "\(error)"])
        }
    }
}
