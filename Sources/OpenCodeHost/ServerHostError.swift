package import SystemPackage

/// Why there is no server. The text says how to mend it and never holds the password.
package enum ServerHostError: Error, Sendable, Hashable {
    case programNotFound(command: String, directories: [String])
    case invalidSetting(String)
    /// Something else listens on the configured port.
    case portTaken(Int)
    /// A file of ours is not as we leave it, so nothing in it is believed.
    case fileRefused(FilePath, reason: String)
    /// The program ended before it listened; `log` holds its last lines. `lostPort`: somebody else has its port.
    case endedEarly(ProcessEnd, log: [String], logFile: FilePath, lostPort: Bool)
    /// The program did not listen in time, and was ended.
    case notReady(port: Int, after: Duration, log: [String], logFile: FilePath)
    /// It ended a short while ago; the next start comes not before `until`.
    case backingOff(until: ContinuousClock.Instant, reason: String)
    case systemCall(String, FilePath?, Errno)
    /// ``ServerHost/stop()`` was called meanwhile.
    case stopped
    /// The caller was cancelled. The start that it waited for goes on.
    case cancelled
}

extension ServerHostError {
    /// Whether the program ran and failed, so that starting it again at once would only repeat that.
    var isOfTheServer: Bool {
        switch self {
        case .endedEarly, .notReady: true
        default: false
        }
    }
}

extension ServerHostError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .programNotFound(let command, let directories):
            """
            there is no program \(command) (looked in \(directories.joined(separator: ", "))). Install OpenCode \
            (https://opencode.ai: curl -fsSL https://opencode.ai/install | bash, or npm install -g opencode-ai), \
            or name its program with opencode.command, or set opencode.url to a server that runs already
            """
        case .invalidSetting(let text): text
        case .portTaken(let port):
            """
            something else listens on port \(port): set opencode.url to http://127.0.0.1:\(port) if that is your \
            OpenCode server, or set another opencode.start_port, or none, for a free one
            """
        case .fileRefused(let path, let reason): "\(path) \(reason)"
        case .endedEarly(let end, let log, let logFile, _):
            "opencode ended before it listened (\(end)); \(Self.quote(log, logFile))"
        case .notReady(let port, let limit, let log, let logFile):
            "opencode did not listen on port \(port) within \(limit) and was ended; \(Self.quote(log, logFile))"
        case .backingOff(let until, let reason):
            "opencode is started again in \(Self.seconds(until: until)) s; \(reason)"
        case .systemCall(let operation, let path, let code):
            "\(operation)\(path.map { " of \($0)" } ?? ""): \(code)"
        case .stopped: "the server was stopped meanwhile"
        case .cancelled: "cancelled while the server started"
        }
    }

    private static func quote(_ log: [String], _ file: FilePath) -> String {
        log.isEmpty ? "it wrote nothing to \(file)" : "its log \(file) ends with:\n" + log.joined(separator: "\n")
    }

    private static func seconds(until: ContinuousClock.Instant) -> Int64 {
        max((until - .now).components.seconds, 0) + 1
    }
}
