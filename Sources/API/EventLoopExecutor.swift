import NIOCore

/// Runs the tasks of a connection on the thread that reads and writes it, so that an answer does not wait for one thread
/// after the other to wake.
///
/// What blocks or computes for long must go elsewhere, or all connections of the thread wait for it.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
