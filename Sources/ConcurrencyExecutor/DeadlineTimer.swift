internal import CLinux
internal import Glibc
internal import SystemPackage

/// Holds jobs until they are due by one clock of the kernel.
///
/// Its thread sleeps in a read of a timerfd that is set to the first deadline exactly, or to none: no lock or
/// condition can wait by the clock that goes on while the machine is suspended, by which `ContinuousClock` counts.
final class DeadlineTimer: Sendable {
    private let clock: clockid_t
    private let deliver: @Sendable (UnownedJob) -> Void
    private let state = Locked(State())

    private struct State {
        var jobs = DeadlineHeap<UnownedJob>()
        var descriptor: Int32 = -1
    }

    /// A timer that gives jobs that are due to `deliver`, on its own thread. ``start()`` must come before any job.
    init(clock: clockid_t, deliver: @escaping @Sendable (UnownedJob) -> Void) {
        self.clock = clock
        self.deliver = deliver
    }

    func start() throws(Errno) {
        let descriptor = timerfd_create(clock, Int32(TFD_CLOEXEC))
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        state.withLock { $0.descriptor = descriptor }
        try KernelThread.start { self.run(descriptor) }
    }

    /// Delivers `job` once `delay` nanoseconds have passed by the clock, and not before.
    func insert(_ job: UnownedJob, after delay: Int64) {
        guard delay > 0 else { return deliver(job) }
        let (sum, overflow) = now().addingReportingOverflow(delay)
        let deadline = overflow ? Int64.max : sum
        state.withLock { state in
            let earliest = state.jobs.first
            state.jobs.insert(job, at: deadline)
            if state.jobs.first != earliest { Self.arm(state) }
        }
    }

    private func run(_ descriptor: Int32) {
        var expirations: UInt64 = 0
        var due: [UnownedJob] = []
        while true {
            // Fails for the interruption by a signal at most; then there may be nothing due, which is no harm.
            _ = read(descriptor, &expirations, MemoryLayout.size(ofValue: expirations))
            state.withLock { state in
                let now = now()
                while let job = state.jobs.popFirst(dueAt: now) { due.append(job) }
                Self.arm(state)
            }
            for job in due { deliver(job) }
            due.removeAll(keepingCapacity: due.count <= 1024)
        }
    }

    /// Sets the timer to the first deadline. If there is none, it is off already, as it goes off once only.
    private static func arm(_ state: State) {
        guard let first = state.jobs.first else { return }
        let (seconds, nanoseconds) = first.quotientAndRemainder(dividingBy: 1_000_000_000)
        var time = itimerspec(
            it_interval: timespec(), it_value: timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
        )
        timerfd_settime(state.descriptor, Int32(TFD_TIMER_ABSTIME), &time, nil)
    }

    private func now() -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
