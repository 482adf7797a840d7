internal import Glibc
@_spi(ExperimentalCustomExecutors) internal import _Concurrency

/// The main actor's executor: one thread that runs jobs in the order they came and otherwise waits.
final class MainThread: MainExecutor, Sendable {
    private let thread = pthread_self()
    private let wakeUp = Semaphore()
    private let state = Locked(State())

    private struct State {
        var jobs = RingQueue<UnownedJob>()
        var waiting = false
    }

    /// Belongs to the thread that creates it.
    init() {}

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let waiting = state.withLock { state in
            state.jobs.append(job)
            defer { state.waiting = false }
            return state.waiting
        }
        if waiting { wakeUp.signal() }
    }

    /// Runs jobs for ever: the program ends by `exit`.
    func runForever() -> Never {
        while true { runNext() }
    }

    func run() { runForever() }

    func runUntil(_ condition: () -> Bool) {
        while !condition() { runNext() }
    }

    /// Does nothing: who waits for a condition is done once it holds, and the program ends by `exit`.
    func stop() {}

    func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "not on the main thread")
    }

    func isIsolatingCurrentContext() -> Bool? {
        pthread_equal(thread, pthread_self()) != 0
    }

    private func runNext() {
        let job = state.withLock { state in
            let job = state.jobs.popFirst()
            state.waiting = job == nil
            return job
        }
        if let job { job.runSynchronously(on: asUnownedSerialExecutor()) } else { wakeUp.wait() }
    }
}
