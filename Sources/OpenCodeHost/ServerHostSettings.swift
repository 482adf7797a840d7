package import SystemPackage

/// What a ``ServerHost`` must know to start an OpenCode server.
package struct ServerHostSettings: Sendable {
    /// Where `server.json`, `server.lock` and `opencode.log` lie. Made, mode 0700, if absent. Two hosts with the same
    /// directory, also of two daemons, share one server.
    package var directory: FilePath
    /// The user's home: the server's working directory, and where programs are looked for beside PATH.
    package var home: FilePath
    /// Our own environment. The server gets it without every `OPENLOOM_…` variable.
    package var environment: [String: String]
    /// A program's name, or its absolute path.
    package var command = "opencode"
    /// The port to listen on; nil chooses a free one for each start.
    package var port: Int?
    /// How long a server may take until it accepts connections.
    package var startLimit: Duration = .seconds(30)
    /// How long a server may take to end after SIGTERM, before SIGKILL.
    package var stopLimit: Duration = .seconds(5)
    /// How long to wait between starts.
    package var backoff = RestartBackoff()
    /// A log longer than this many bytes becomes `opencode.log.1` at the next start.
    package var logLimit = 10 << 20

    package init(
        directory: FilePath, home: FilePath, environment: [String: String], command: String = "opencode",
        port: Int? = nil
    ) {
        self.directory = directory
        self.home = home
        self.environment = environment
        self.command = command
        self.port = port
    }
}
