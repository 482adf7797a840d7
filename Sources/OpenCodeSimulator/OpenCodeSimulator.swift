import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// OpenCode's HTTP API (1.15 to 1.18, or 2.0) with a scripted agent instead of a language model.
///
/// The agent really writes into the workspace, asks, fails and stalls, as the prompt's `sim:` lines tell it
/// (``simulatorScriptHelp``). The server misbehaves in every way that OpenCode was seen to, on request
/// (``SimulatorFaults``).
package struct OpenCodeSimulator: Service {
    /// Which of OpenCode's dialects is spoken: 1 or 2.
    package let wire: Int
    /// What every request must be signed with; nil if nothing is asked for. Wire 2 makes one up if none was given.
    package let password: String?
    private let options: SimulatorOptions
    private let server: SimulatedServer
    private let registration: RegistrationFile?
    private let logger: Logger

    /// Reads the kept sessions and opens the log; nothing listens yet.
    ///
    /// - Throws: ``SimulatorError`` for a version that it can't be, or a file that can't be opened.
    package init(options: SimulatorOptions, logger: Logger) throws(SimulatorError) {
        let version = try SimulatorVersion(options)
        var options = options
        if version.isWire2 && options.password == nil { options.password = IdentifierClock.random(32) }
        if options.registerPath != nil && !version.isWire2 {
            throw SimulatorError("OpenCode \(version) registers nowhere; name a version of 2.0, or leave that out")
        }
        guard (0...65535).contains(options.port) else {
            throw SimulatorError("\(options.port) is no port; name one from 0 to 65535, 0 for any")
        }
        wire = version.wire
        password = options.password
        registration = try options.registerPath.map { path throws(SimulatorError) in try RegistrationFile(below: path) }
        self.options = options
        self.logger = logger
        server = try SimulatedServer(options: options, version: version, logger: logger)
    }

    /// Serves until it is cancelled or shut down gracefully. Once only.
    package func run() async throws { try await run(onReady: { _ in }) }

    /// Serves until it is cancelled or shut down gracefully. Once only.
    ///
    /// - Parameter onReady: Called with the port once connections are accepted.
    /// - Throws: What the system says when the address can't be listened on.
    package func run(onReady: @escaping @Sendable (_ port: Int) -> Void) async throws {
        let port = options.port
        // Hummingbird says at level info what only the caller can say well.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: SimulatorResponder(server: server),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: port), serverName: nil, backlog: 1024),
            onServerRunning: { [self] channel in
                await announce(channel.localAddress?.port ?? port)
                onReady(channel.localAddress?.port ?? port)
            }, logger: quiet)
        let server = server
        await server.recover()
        defer { registration?.remove() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [heartbeat = options.heartbeat] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: heartbeat)
                    await server.sendHeartbeat()
                }
            }
            defer { group.cancelAll() }
            // Streams and waiting callers end only when the server is told: else they would hold the shutdown up.
            try await withGracefulShutdownHandler {
                try await withTaskCancellationHandler {
                    try await application.run()
                } onCancel: {
                    Task { await server.close() }
                }
            } onGracefulShutdown: {
                Task { await server.close() }
            }
        }
        await server.close()
    }

    /// Says where it listens to those who ask it, and to those who look for it.
    private func announce(_ port: Int) async {
        await server.listens(on: port)
        guard let registration else { return }
        do {
            try registration.write(
                version: server.version.description, url: await server.url, password: options.password ?? "")
        } catch {
            logger.error("not registered: \(error)")
        }
    }
}
