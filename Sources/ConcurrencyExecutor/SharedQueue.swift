/// A queue of jobs from which any number of threads take.
final class SharedQueue: Sendable {
    private let wakeUp = Semaphore()
    private let state = Locked(State())

    private struct State {
        var jobs = RingQueue<UnownedJob>()
        /// Threads that wait and have not been woken.
        var waiting = 0
        /// Whether a thread has been woken and has not looked at the queue yet. One at a time is enough, as it wakes
        /// the next while there are jobs left; so no thread is woken for a job that a busy one takes before it could.
        var waking = false

        /// Whether the caller is to wake a thread.
        mutating func claimWaking() -> Bool {
            guard !jobs.isEmpty, waiting > 0, !waking else { return false }
            waiting -= 1
            waking = true
            return true
        }
    }

    func add(_ job: UnownedJob) {
        let wakes = state.withLock { state in
            state.jobs.append(job)
            return state.claimWaking()
        }
        if wakes { wakeUp.signal() }
    }

    /// Takes the first job; waits for one if there is none.
    func take() -> UnownedJob {
        var woken = false
        while true {
            let (job, wakes) = state.withLock { state -> (UnownedJob?, Bool) in
                if woken { state.waking = false }
                guard let job = state.jobs.popFirst() else {
                    state.waiting += 1
                    return (nil, false)
                }
                return (job, state.claimWaking())
            }
            if wakes { wakeUp.signal() }
            if let job { return job }
            wakeUp.wait()
            woken = true
        }
    }
}
