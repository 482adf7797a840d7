internal import Glibc
internal import SystemPackage
@_spi(ExperimentalCustomExecutors) @_spi(ExperimentalScheduling) internal import _Concurrency

/// The executor of everything that has no other: a fixed number of threads that take jobs in the order they came,
/// whatever their priority.
///
/// As with any executor of Swift's, a job must not block its thread for what another job has yet to do.
final class WorkerPool: TaskExecutor, SchedulingExecutor, Sendable {
    private let threads: Int
    private let queue = SharedQueue<UnownedJob>()
    private let continuous: DeadlineTimer
    private let suspending: DeadlineTimer

    /// A pool that takes jobs, but runs none before ``start()``.
    init(threads: Int) {
        self.threads = threads
        let queue = queue
        // The clocks by which Swift's two clocks count, on Linux.
        continuous = DeadlineTimer(clock: CLOCK_BOOTTIME) { queue.add($0) }
        suspending = DeadlineTimer(clock: CLOCK_MONOTONIC) { queue.add($0) }
    }

    /// Starts the threads, which last as long as the process. Throws what the kernel says if it has no room for them.
    func start() throws(Errno) {
        try continuous.start()
        try suspending.start()
        for _ in 0..<threads { try KernelThread.start { self.work() } }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        queue.add(UnownedJob(job))
    }

    /// Runs `job` at `instant` or soon after. The tolerance is not made use of.
    ///
    /// A sleep that is cancelled ends at once, but the runtime has no way to take back its job here, which does
    /// nothing when its time comes.
    func enqueue<C: Clock>(
        _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
    ) {
        let job = UnownedJob(job)
        if let instant = instant as? ContinuousClock.Instant {
            continuous.insert(job, after: Self.nanoseconds(ContinuousClock.now.duration(to: instant)))
        } else if let instant = instant as? SuspendingClock.Instant {
            suspending.insert(job, after: Self.nanoseconds(SuspendingClock.now.duration(to: instant)))
        } else {
            // Only the clock itself knows how to wait by it.
            Task.detached(executorPreference: self) {
                try? await clock.sleep(until: instant, tolerance: tolerance)
                self.queue.add(job)
            }
        }
    }

    private func work() {
        // The reference to no executor in particular, as libdispatch's threads give it: two words of zero by the
        // runtime's `ExecutorImpl.h`, in a frozen type. Run under a reference to the pool, each job would be enqueued
        // once more before its first step into an actor, since its task has not asked for this pool by name.
        let generic = unsafeBitCast((0, 0), to: UnownedSerialExecutor.self)
        while true { queue.take().runSynchronously(on: generic) }
    }

    /// Rounded up, so that nothing is due before its time; as near as can be beyond the range.
    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        guard seconds < Int64.max / 1_000_000_000 - 1 else { return Int64.max }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return seconds * 1_000_000_000 + (attoseconds + 999_999_999) / 1_000_000_000
    }
}
