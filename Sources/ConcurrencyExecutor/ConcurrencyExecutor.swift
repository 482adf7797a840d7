internal import Glibc
internal import SystemPackage
@_spi(ExperimentalCustomExecutors) internal import _Concurrency

/// Runs a program's tasks on threads of our own instead of libdispatch's.
///
/// On Linux the runtime's default executor is libdispatch, which, from the first task on, wakes once a second for ever
/// to look at its own threads. Here every thread waits in the kernel, without a time limit, until there is work.
///
/// The means is the runtime's interface for custom executors, which Swift 6.3 has but does not yet promise: a later
/// toolchain that changes it fails to compile this module, and then only this module needs care.
package enum ConcurrencyExecutor {
    /// Replaces the runtime's executors, runs `body` on the main actor, and exits with status 0 once it returns.
    ///
    /// Call it from a synchronous `main`, on the main thread, before anything creates a task; an asynchronous `main`
    /// is too late, as it is a task itself. If the threads cannot be had, the process says so and exits with
    /// `EX_OSERR`. What `DispatchQueue.main` is given never runs, since the main thread no longer serves libdispatch.
    package static func runMain(_ body: @escaping @MainActor () async -> Void) -> Never {
        do {
            try Executors.pool.start()
        } catch {
            let text = "cannot start the program's threads: \(error). Raise the limits on processes and open files"
            let line = "\(text) (ulimit -u, ulimit -n), then start it again.\n"
            _ = try? FileDescriptor.standardError.writeAll(line.utf8)
            exit(EX_OSERR)
        }
        _createExecutors(factory: Executors.self)
        Task { @MainActor in
            await body()
            exit(EXIT_SUCCESS)
        }
        Executors.main.runForever()
    }
}

/// What the runtime asks for its two executors, each time for the same ones.
private enum Executors: ExecutorFactory {
    static let main = MainThread()
    static let pool = WorkerPool(threads: max(4, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    static var mainExecutor: any MainExecutor { main }
    static var defaultExecutor: any TaskExecutor { pool }
}
