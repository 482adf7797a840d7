import Logging
import ServiceLifecycle
import UnixSignals

extension OpenCodeSimulator {
    /// Serves until SIGTERM or SIGINT, then ends in good order: streams are ended, the registration is taken away. Once
    /// only.
    ///
    /// - Parameter onReady: Called with the port once connections are accepted.
    /// - Throws: What the system says when the address can't be listened on.
    package func runUntilSignalled(onReady: @escaping @Sendable (_ port: Int) -> Void) async throws {
        let group = ServiceGroup(
            services: [SimulatorService(simulator: self, onReady: onReady)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "openloom.simulator") { _ in
                SwiftLogNoOpLogHandler()
            })
        try await group.run()
    }
}

/// A simulator as a part of a process.
private struct SimulatorService: Service {
    let simulator: OpenCodeSimulator
    let onReady: @Sendable (_ port: Int) -> Void

    func run() async throws { try await simulator.run(onReady: onReady) }
}
