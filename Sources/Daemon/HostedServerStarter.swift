import Curl
import Glibc
import Logging
import OpenCode
import OpenCodeHost
import Spool
import SystemPackage

/// Starts OpenCode where no server answers, and goes on with the one that an earlier daemon started.
///
/// Its files lie in the spool, so that every daemon of a spool finds the server in which the spool's sessions live.
actor HostedServerStarter: ServerStarter {
    private let host: ServerHost
    private let directory: FilePath
    /// Whether an earlier daemon's server has been looked for.
    private var hasLooked = false

    init(
        spool: FilePath, home: FilePath, environment: [String: String], command: String, port: Int, logger: Logger
    ) {
        directory = spool.appending("opencode")
        host = ServerHost(
            settings: ServerHostSettings(
                directory: directory, home: home, environment: environment, command: command,
                port: port == 0 ? nil : port),
            logger: logger)
    }

    /// The server that runs for us. Its sessions are ours: it goes before any other that may have turned up.
    func known() async -> ServerCandidate? {
        if let server = await host.current() { return candidate(server) }
        guard !hasLooked else { return nil }
        hasLooked = true
        guard directory.appending("server.json").isThere else { return nil }
        return try? await ensure()
    }

    func ensure() async throws(AgentError) -> ServerCandidate {
        do throws(ServerHostError) {
            return candidate(try await host.ensure())
        } catch {
            throw AgentError(
                error == .cancelled ? .cancelled : .unreachable, "no OpenCode server answers, and \(error)",
                wasPossiblyReceived: false)
        }
    }

    private func candidate(_ server: HostedServer) -> ServerCandidate {
        // No process is compared: the program may be a script that starts the server proper.
        ServerCandidate(
            url: server.url, credentials: CurlCredentials(user: server.username, password: server.password),
            authentication: "password of the server that openloom started")
    }

    /// Ends the server unless tasks still work in it: those are adopted by the next daemon, which finds the server.
    func shutDown(_ spool: SpoolDirectory, logger: Logger) async {
        let running = (try? spool.list(.running).count) ?? 0
        guard running > 0 else {
            await host.stop()
            return
        }
        guard let server = await host.current() else { return }
        logger.notice(
            "OpenCode goes on for the tasks that run; the next openloom serve takes it over",
            metadata: ["pid": "\(server.pid)", "running": "\(running)"])
    }
}

extension FilePath {
    fileprivate var isThere: Bool { withPlatformString { access($0, F_OK) } == 0 }
}
