package import Logging
package import OpenCode
import Synchronization

/// What is known of the server, for readiness and log. Nothing about a task is decided by it.
package enum ServerCondition: Sendable, Hashable {
    case unknown
    case up(ServerIdentity, hasStream: Bool)
    case down(AgentError)

    package var identity: ServerIdentity? {
        guard case .up(let identity, _) = self else { return nil }
        return identity
    }
}

/// Keeps one event stream to the server open for all tasks, and says whether the server is there.
///
/// Identifies the server anew on every connect. The stream only wakes runs up: each of them looks for itself when it
/// opens, when it closes, and on its own slow timer.
package final class ServerMonitor: Sendable {
    private struct State {
        var condition = ServerCondition.unknown
        var runs: [String: RunMailbox] = [:]
        var onChange: (@Sendable () -> Void)?
        var lastLoss: ContinuousClock.Instant?
    }

    private let server: any AgentServer
    private let logger: Logger
    private let state = Mutex(State())

    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(10)

    package init(server: any AgentServer, logger: Logger) {
        self.server = server
        self.logger = logger
    }

    package var condition: ServerCondition { state.withLock { $0.condition } }

    /// When the connection to the server was last lost: it may have been restarted since.
    var lastLoss: ContinuousClock.Instant? { state.withLock { $0.lastLoss } }

    /// Calls `body` whenever the condition becomes another. One listener: the dispatcher.
    func onChange(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.onChange = body }
    }

    func register(_ mailbox: RunMailbox, session: String) {
        state.withLock { $0.runs[session] = mailbox }
    }

    func unregister(session: String) {
        state.withLock { $0.runs[session] = nil }
    }

    /// Connects, follows, and connects again with a growing pause, until cancelled.
    ///
    /// A server that answers is there, whatever becomes of its stream: asking suffices. Whether it still answers is found
    /// out by the next connect, at once after a stream that had lasted.
    package func run() async {
        var pause = Self.firstPause
        while !Task.isCancelled {
            let connected = ContinuousClock.now
            do {
                set(.up(try await server.identify(), hasStream: false))
                await followStream()
            } catch {
                if error.code == .cancelled { break }
                set(.down(error))
            }
            if Task.isCancelled { break }
            state.withLock { $0.lastLoss = .now }
            wakeAll(.everything)
            if ContinuousClock.now - connected > .seconds(5) { pause = Self.firstPause }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func followStream() async {
        do {
            try await server.follow { hint in
                if hint == .connected { self.setStream(true) }
                self.route(hint)
            }
            logger.info("the server's event stream ended")
        } catch {
            if error.code == .cancelled { return }
            logger.warning("the event stream broke off; asking instead", metadata: ["error": "\(error)"])
        }
        setStream(false)
    }

    private func setStream(_ isOpen: Bool) {
        if let identity = condition.identity { set(.up(identity, hasStream: isOpen)) }
    }

    private func set(_ condition: ServerCondition) {
        let (before, listener) = state.withLock { state in
            defer { state.condition = condition }
            return (state.condition, state.onChange)
        }
        if before == condition { return }
        switch condition {
        case .down(let error):
            logger.warning("OpenCode can't be used; tasks wait", metadata: ["error": "\(error)"])
        case .up(let identity, _) where before.identity != identity:
            logger.info("OpenCode is there", metadata: ["server": "\(identity.summary)"])
        default: break
        }
        listener?()
    }

    private func route(_ hint: AgentHint) {
        switch hint {
        case .connected, .reset: wakeAll(.everything)
        case .turn(let session): wake(session, .server)
        case .activity(let session): mailbox(session)?.noteActivity()
        case .ask(let session):
            // A child's ask carries the child's session: then everybody looks whether it is theirs.
            if let mailbox = mailbox(session) { mailbox.post(.asks) } else { wakeAll(.asks) }
        case .failure(let session, let failure):
            let wakeup = RunWakeup(server: true, failures: [failure])
            if let session { wake(session, wakeup) } else { wakeAll(.server) }
        }
    }

    private func mailbox(_ session: String) -> RunMailbox? { state.withLock { $0.runs[session] } }

    private func wake(_ session: String, _ wakeup: RunWakeup) {
        guard let mailbox = mailbox(session) else { return }
        mailbox.noteActivity()
        mailbox.post(wakeup)
    }

    private func wakeAll(_ wakeup: RunWakeup) {
        for mailbox in state.withLock({ Array($0.runs.values) }) { mailbox.post(wakeup) }
    }
}
