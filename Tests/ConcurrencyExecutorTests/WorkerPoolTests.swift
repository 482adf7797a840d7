import Testing
@_spi(ExperimentalScheduling) import _Concurrency

@testable import ConcurrencyExecutor

@Suite(.timeLimit(.minutes(3))) struct WorkerPoolTests {
    private let pool: WorkerPool

    init() throws {
        pool = WorkerPool(threads: 4)
        try pool.start()
    }

    @Test func enqueue_runsAsManyJobsAtOnce_asThereAreThreads() async {
        // Each blocks its thread until all of them run: if a thread were not woken, one would never arrive.
        for _ in 0..<200 {
            let (arrivals, arrived) = AsyncStream<Void>.makeStream()
            let go = Semaphore()
            for _ in 0..<4 {
                Task(executorPreference: pool) {
                    arrived.yield()
                    Self.block(on: go)
                }
            }
            var count = 0
            for await _ in arrivals.prefix(4) { count += 1 }
            for _ in 0..<4 { go.signal() }
            #expect(count == 4)
            // Fewer only when the time limit cancelled the wait.
            if count < 4 { return }
        }
    }

    @Test func enqueue_runsEveryJobOnce() async {
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 0..<100_000 { group.addTask(executorPreference: pool) { number } }
            return await group.reduce(0, +)
        }
        #expect(sum == 100_000 * 99_999 / 2)
    }

    @Test(arguments: [Duration.zero, .seconds(-5), .milliseconds(10)])
    func enqueueAt_isNeverEarly(_ delay: Duration) async {
        let (continuous, suspending) = (ContinuousClock(), SuspendingClock())
        // Many times, as a busy machine can be late enough to hide it.
        for _ in 0..<50 {
            let (one, other) = (continuous.now.advanced(by: delay), suspending.now.advanced(by: delay))
            await Task(executorPreference: Delayed(pool: pool, until: one, clock: continuous)) {
                #expect(continuous.now >= one)
            }.value
            await Task(executorPreference: Delayed(pool: pool, until: other, clock: suspending)) {
                #expect(suspending.now >= other)
            }.value
        }
    }

    @Test func enqueueAt_runsTheEarlierJob_whenItCameAfterALaterOne() async {
        let now = ContinuousClock.now
        let never = Delayed(pool: pool, until: now.advanced(by: .seconds(1 << 62)), clock: ContinuousClock())
        _ = Task(executorPreference: never) { Issue.record("ran before its time") }
        let soon = Delayed(pool: pool, until: now.advanced(by: .milliseconds(10)), clock: ContinuousClock())
        let (runs, ran) = AsyncStream<Void>.makeStream()
        Task(executorPreference: soon) { ran.yield() }
        // Nothing comes when the time limit cancels the wait.
        #expect(await runs.first { _ in true } != nil)
    }

    @Test func enqueueAt_waitsByTheClockItself_whenThePoolDoesNotKnowIt() async {
        let clock = OwnClock()
        let task = Task(executorPreference: Delayed(pool: pool, until: .init(offset: .seconds(3600)), clock: clock)) {}
        await task.value
        #expect(await clock.sleeps.first { _ in true } == .seconds(3600))
    }

    private static func block(on semaphore: Semaphore) { semaphore.wait() }
}

/// Gives each job to the pool for a later time.
private final class Delayed<C: Clock>: TaskExecutor {
    let pool: WorkerPool
    let instant: C.Instant
    let clock: C

    init(pool: WorkerPool, until instant: C.Instant, clock: C) {
        (self.pool, self.instant, self.clock) = (pool, instant, clock)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        pool.enqueue(job, at: instant, tolerance: nil, clock: clock)
    }
}

/// A clock for which every sleep is over at once, and which tells how long it was to be.
private struct OwnClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (one: Instant, other: Instant) -> Bool { one.offset < other.offset }
    }

    let sleeps: AsyncStream<Duration>
    private let continuation: AsyncStream<Duration>.Continuation

    init() { (sleeps, continuation) = AsyncStream.makeStream() }

    var now: Instant { Instant(offset: .zero) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws { continuation.yield(deadline.offset) }
}
