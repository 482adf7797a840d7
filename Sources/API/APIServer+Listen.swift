import Hummingbird
import HummingbirdCore
import NIOCore
import ServiceLifecycle
import Synchronization
import SystemPackage

/// Waits until every socket is open.
final class Opening: Sendable {
    private let state: Mutex<(left: Int, port: Int)>
    private let then: @Sendable (Int) -> Void

    /// - Parameter then: Called once, with the port.
    init(sockets: Int, then: @escaping @Sendable (Int) -> Void) {
        state = Mutex((sockets, 0))
        self.then = then
    }

    func isOpen(port: Int? = nil) {
        let done: Int? = state.withLock {
            $0.left -= 1
            if let port { $0.port = port }
            return $0.left == 0 ? $0.port : nil
        }
        if let done { then(done) }
    }
}

extension APIServer {
    func listenOnPort(_ connections: OpenConnections, _ opening: Opening) async throws {
        let isBound = Atomic(false)
        let gate = Gate(
            hosts: HostRule(host: configuration.host, allowed: configuration.allowedHosts), origins: origins,
            tokens: configuration.tokens, maxBodyBytes: configuration.maxBodyBytes,
            signedPaths: WebhookSourceRoutes.signedPaths(configuration.webhookSources))
        let server = makeServer(
            connections, gate, address: .hostname(configuration.host, port: configuration.port)
        ) { channel in
            isBound.store(true, ordering: .relaxed)
            opening.isOpen(port: channel.localAddress?.port ?? 0)
        }
        do {
            try await server.run()
        } catch  where !isBound.load(ordering: .relaxed) && !(error is CancellationError) {
            throw APIServerError.cannotListen(
                host: configuration.host, port: configuration.port, reason: "\(error)")
        }
    }

    /// Whoever may open the socket may do everything that the API does: its mode is the gate.
    func listenOnSocket(_ path: FilePath, _ connections: OpenConnections, _ opening: Opening) async throws {
        let file = try SocketFile(path)
        defer { file.remove() }
        let failure = Mutex<APIServerError?>(nil)
        let isBound = Atomic(false)
        let gate = Gate(hosts: nil, origins: origins, tokens: nil, maxBodyBytes: configuration.maxBodyBytes)
        let server = makeServer(
            connections, gate, address: .unixDomainSocket(path: file.boundPath.string)
        ) { channel in
            isBound.store(true, ordering: .relaxed)
            do throws(APIServerError) {
                try file.publish()
                opening.isOpen()
            } catch {
                failure.withLock { $0 = error }
                channel.close(promise: nil)
            }
        }
        do {
            try await server.run()
        } catch  where !isBound.load(ordering: .relaxed) && !(error is CancellationError) {
            throw APIServerError.cannotUseSocket(path: path.string, reason: "\(error)")
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
