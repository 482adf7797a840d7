import Synchronization

/// Where the thread leaves hints and the consumer fetches them: room for one, into which the others merge.
final class HintBox: Sendable {
    private typealias Continuation = CheckedContinuation<WatchHint?, Never>

    private struct State {
        var pending: WatchHint?
        var waiter: (ticket: UInt64, continuation: Continuation)?
        var lastTicket: UInt64 = 0
        var closed = false
    }

    private let state: Mutex<State>

    /// A box that has the first hint: look everywhere.
    init() {
        state = Mutex(State(pending: WatchHint(rescan: true)))
    }

    /// Hands the hint to the consumer if it waits, else adds it to what it will get next.
    func offer(_ hint: WatchHint) {
        let waiter = state.withLock { state -> Continuation? in
            guard !state.closed else { return nil }
            if let waiter = state.waiter.take() { return waiter.continuation }
            if state.pending?.merge(hint) == nil { state.pending = hint }
            return nil
        }
        waiter?.resume(returning: hint)
    }

    /// The next hint; nil when the box is closed, when the calling task is cancelled (what is pending stays), and when
    /// a later call took this one's place.
    func next() async -> WatchHint? {
        let ticket = state.withLock { state in
            state.lastTicket &+= 1
            return state.lastTicket
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { wait($0, ticket: ticket) }
        } onCancel: {
            cancel(ticket)
        }
    }

    /// Ends the sequence; what is pending is dropped.
    func close() {
        let waiter = state.withLock { state in
            state.closed = true
            state.pending = nil
            return state.waiter.take()
        }
        waiter?.continuation.resume(returning: nil)
    }

    private func wait(_ continuation: Continuation, ticket: UInt64) {
        let (resumed, hint) = state.withLock { state -> (Continuation?, WatchHint?) in
            // Asked under the lock: a cancellation that comes later finds the waiter.
            if state.closed || Task.isCancelled { return (continuation, nil) }
            if let hint = state.pending.take() { return (continuation, hint) }
            defer { state.waiter = (ticket, continuation) }
            return (state.waiter?.continuation, nil)
        }
        resumed?.resume(returning: hint)
    }

    /// Only the call that is cancelled: another may have taken its place.
    private func cancel(_ ticket: UInt64) {
        let waiter = state.withLock { state in
            state.waiter?.ticket == ticket ? state.waiter.take() : nil
        }
        waiter?.continuation.resume(returning: nil)
    }
}
