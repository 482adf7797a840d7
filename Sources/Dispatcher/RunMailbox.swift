import OpenCode
import Synchronization

/// Why a run looks again.
struct RunWakeup: Sendable {
    /// Something in the task's directory may have changed.
    var tree = false
    /// Something about the session may have changed.
    var server = false
    /// A permission or question came or went.
    var asks = false
    /// Errors that the stream told.
    var failures: [AgentFailure] = []

    mutating func merge(_ other: RunWakeup) {
        tree = tree || other.tree
        server = server || other.server
        asks = asks || other.asks
        failures += other.failures.prefix(max(0, 8 - failures.count))
    }

    static let tree = RunWakeup(tree: true)
    static let server = RunWakeup(server: true)
    static let asks = RunWakeup(server: true, asks: true)
    static let everything = RunWakeup(tree: true, server: true, asks: true)
}

/// Where a run waits: for hints of the tree and of the server, which merge while it is busy, or for a point in time.
final class RunMailbox: Sendable {
    private struct State {
        var pending: RunWakeup?
        var waiting: (ticket: Int, continuation: CheckedContinuation<RunWakeup, Never>)?
        var nextTicket = 0
        var activity: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    func post(_ wakeup: RunWakeup) {
        let waiting = state.withLock { state -> CheckedContinuation<RunWakeup, Never>? in
            guard let waiting = state.waiting else {
                if state.pending?.merge(wakeup) == nil { state.pending = wakeup }
                return nil
            }
            state.waiting = nil
            return waiting.continuation
        }
        waiting?.resume(returning: wakeup)
    }

    /// The session does something: progress, but no reason to look.
    func noteActivity() {
        state.withLock { $0.activity = .now }
    }

    /// When the session was last seen doing something, by its events.
    var lastActivity: ContinuousClock.Instant? { state.withLock { $0.activity } }

    /// Waits until there is a reason to look, at the latest until `deadline`. Returns at once when cancelled.
    func take(until deadline: ContinuousClock.Instant) async -> RunWakeup {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        let timer = Task { [self] in
            try? await Task.sleep(until: deadline, clock: .continuous)
            if !Task.isCancelled { expire(ticket) }
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> RunWakeup? in
                    if let pending = state.pending {
                        state.pending = nil
                        return pending
                    }
                    if Task.isCancelled { return RunWakeup() }
                    state.waiting = (ticket, continuation)
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            expire(ticket)
        }
    }

    private func expire(_ ticket: Int) {
        let waiting = state.withLock { state -> CheckedContinuation<RunWakeup, Never>? in
            guard let waiting = state.waiting, waiting.ticket == ticket else { return nil }
            state.waiting = nil
            return waiting.continuation
        }
        waiting?.resume(returning: RunWakeup())
    }
}
