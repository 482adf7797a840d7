import CCurl
import Glibc
import Synchronization

/// The way into the thread that runs all transfers: a list of commands, and a wake-up.
///
/// The thread starts with the first transfer. It holds the engine, so ``close()`` must be called to end both.
final class CurlEngine: Sendable {
    enum Command: Sendable {
        case start(any CurlWork)
        case cancel(any CurlWork)
        case resume(any CurlWork)
    }

    private enum Phase {
        case idle
        /// The pointer may be used for wake-ups, under the lock, for as long as this phase lasts.
        case running(multi: UnsafeMutableRawPointer, thread: pthread_t)
        case ended
    }

    private struct State {
        var phase = Phase.idle
        var commands: [Command] = []
    }

    private let state = Mutex(State())

    /// Hands over a transfer. Its receiver hears of it exactly once from now on, also if there is no thread any more.
    func start(_ transfer: any CurlWork) {
        let error: CurlError? = state.withLock { state in
            if case .idle = state.phase {
                do throws(CurlError) { state.phase = try launch() } catch { return error }
            }
            return push(.start(transfer), in: &state) ? nil : CurlError(.closed, "the HTTP client is closed")
        }
        if let error { transfer.end(error) }
    }

    /// Ends a transfer with ``CurlError/Code/cancelled``, now or as soon as it is handed over; no effect on an ended one.
    func cancel(_ transfer: any CurlWork) {
        _ = state.withLock { push(.cancel(transfer), in: &$0) }
    }

    /// Lets a transfer go on that had to stop because its reader was slow.
    func resume(_ transfer: any CurlWork) {
        _ = state.withLock { push(.resume(transfer), in: &$0) }
    }

    /// Ends all transfers with ``CurlError/Code/closed``, and the thread. The first caller waits until both are done.
    func close() {
        let thread: pthread_t? = state.withLock { state in
            guard case .running(let multi, let thread) = state.phase else {
                state.phase = .ended
                return nil
            }
            state.phase = .ended
            curl_multi_wakeup(multi)
            return thread
        }
        guard let thread else { return }
        if pthread_equal(thread, pthread_self()) != 0 { pthread_detach(thread) } else { pthread_join(thread, nil) }
    }

    // MARK: for the loop

    /// The commands since the last time, and whether there will be no more.
    func takeCommands() -> (commands: [Command], isClosed: Bool) {
        state.withLock { state in
            defer { state.commands = [] }
            if case .ended = state.phase { return (state.commands, true) }
            return (state.commands, false)
        }
    }

    /// Says that the loop can't go on. Nobody will wait for its thread.
    func abandon() {
        state.withLock { state in
            guard case .running(_, let thread) = state.phase else { return }
            state.phase = .ended
            pthread_detach(thread)
        }
    }

    // MARK: under the lock

    private func push(_ command: Command, in state: inout State) -> Bool {
        switch state.phase {
        case .ended: return false
        // A cancellation that came before its start; nobody to wake yet.
        case .idle: state.commands.append(command)
        case .running(let multi, _):
            state.commands.append(command)
            // If others are waiting already, then so is a wake-up.
            if state.commands.count == 1 { curl_multi_wakeup(multi) }
        }
        return true
    }

    private func launch() throws(CurlError) -> Phase {
        guard libraryResult == CURLE_OK, let multi = curl_multi_init() else {
            throw CurlError(.closed, "libcurl could not be initialised")
        }
        // Idle connections, for all hosts together.
        ccurl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, 32)
        let loop = Unmanaged.passRetained(CurlLoop(multi: multi, engine: self))
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            loop.toOpaque()
        )
        guard code == 0 else {
            loop.release()
            curl_multi_cleanup(multi)
            throw CurlError(
                .closed, "the HTTP client's thread could not be started: \(String(cString: strerror(code)))")
        }
        return .running(multi: multi, thread: thread)
    }
}

/// Once per process, before the first handle; libcurl does its own locking since 7.84.
private let libraryResult = curl_global_init(Int(CURL_GLOBAL_SSL))
