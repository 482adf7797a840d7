package import SystemPackage

/// How a simulator is set up. All of it is fixed while it runs, except the misbehaviour.
package struct SimulatorOptions: Sendable {
    /// The address to listen on. Other than loopback, anybody who reaches it can have files written.
    package var host: String
    /// The TCP port; 0 lets the system choose one.
    package var port: Int
    /// The OpenCode version to behave as, 1.15.0 to 1.18.x.
    package var version: String
    /// The name for Basic authentication; `opencode` when only a password is given.
    package var username: String?
    /// Asked of every request when given.
    package var password: String?
    /// What goes wrong from the start; see ``SimulatorFaults``.
    package var misbehaviour: SimulatorFaults
    /// How long the agent thinks before each step.
    package var think: Duration
    /// Time between two `server.heartbeat` events of a stream.
    package var heartbeat: Duration
    /// Where every accepted prompt (and abort, answer, restart) is appended as a line of JSON.
    package var logFile: FilePath?
    /// Where sessions and messages are kept over restarts; turns, permissions and questions never are.
    package var statePath: FilePath?

    package init(
        host: String = "127.0.0.1", port: Int = 4096, version: String = "1.18.31", username: String? = nil,
        password: String? = nil, misbehaviour: SimulatorFaults = SimulatorFaults(),
        think: Duration = .milliseconds(800), heartbeat: Duration = .seconds(10), logFile: FilePath? = nil,
        statePath: FilePath? = nil
    ) {
        self.host = host
        self.port = port
        self.version = version
        self.username = username
        self.password = password
        self.misbehaviour = misbehaviour
        self.think = think
        self.heartbeat = heartbeat
        self.logFile = logFile
        self.statePath = statePath
    }
}
