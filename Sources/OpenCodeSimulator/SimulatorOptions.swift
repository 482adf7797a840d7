package import SystemPackage

/// How a simulator is set up. All of it is fixed while it runs, except the misbehaviour.
package struct SimulatorOptions: Sendable {
    /// The address to listen on. Other than loopback, anybody who reaches it can have files written.
    package var host: String
    /// The TCP port; 0 lets the system choose one.
    package var port: Int
    /// The dialect to speak: 1 for OpenCode 1.15 to 1.18, 2 for 2.0; the version decides if nil.
    package var wire: Int?
    /// The OpenCode version to behave as: 1.15.0 to 1.18.x or 2.0.x, with wire 2 also the text of a development build.
    /// The newest that is known of the wire if nil.
    package var version: String?
    /// The name for Basic authentication; `opencode` when only a password is given.
    package var username: String?
    /// Asked of every request when given. Wire 2 always asks: it makes one up if nil.
    package var password: String?
    /// What goes wrong from the start; see ``SimulatorFaults``.
    package var misbehaviour: SimulatorFaults
    /// How long the agent thinks before each step.
    package var think: Duration
    /// Whether `sim: run` runs commands: whoever can send a prompt can then run anything with our rights.
    package var runsCommands: Bool
    /// Time between two heartbeats of a stream: events in wire 1, comments in wire 2.
    package var heartbeat: Duration
    /// Where every accepted prompt (and abort, answer, restart) is appended as a line of JSON.
    package var logFile: FilePath?
    /// Where sessions and messages are kept over restarts; permissions and questions never are. Turns that were under way
    /// are stranded in wire 1, and resumed in wire 2.
    package var statePath: FilePath?
    /// Wire 2: below which directory `opencode/service.json` says who serves where, while it runs.
    package var registerPath: FilePath?

    package init(
        host: String = "127.0.0.1", port: Int = 4096, wire: Int? = nil, version: String? = nil,
        username: String? = nil, password: String? = nil, misbehaviour: SimulatorFaults = SimulatorFaults(),
        think: Duration = .milliseconds(800), runsCommands: Bool = false, heartbeat: Duration = .seconds(10),
        logFile: FilePath? = nil, statePath: FilePath? = nil, registerPath: FilePath? = nil
    ) {
        self.host = host
        self.port = port
        self.wire = wire
        self.version = version
        self.username = username
        self.password = password
        self.misbehaviour = misbehaviour
        self.think = think
        self.runsCommands = runsCommands
        self.heartbeat = heartbeat
        self.logFile = logFile
        self.statePath = statePath
        self.registerPath = registerPath
    }
}

extension SimulatorOptions {
    /// The dialect that these options come to: 1 or 2.
    ///
    /// - Throws: ``SimulatorError`` if they contradict each other.
    package func resolvedWire() throws(SimulatorError) -> Int { try SimulatorVersion(self).wire }

    /// The first line of a file, for ``password``.
    ///
    /// - Throws: ``SimulatorError`` if the file can't be read, or begins with an empty line.
    package static func password(from path: FilePath) throws(SimulatorError) -> String {
        let file: FileDescriptor
        var bytes = [UInt8](repeating: 0, count: 4096)
        do {
            file = try FileDescriptor.open(path, .readOnly)
            let count = try file.closeAfter { try bytes.withUnsafeMutableBytes { try file.read(into: $0) } }
            bytes.removeSubrange(count...)
        } catch {
            throw SimulatorError("cannot read the password from \(path): \(error)")
        }
        let line = String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
        if line.isEmpty { throw SimulatorError("the first line of \(path) is empty; write the password there") }
        return line
    }
}
