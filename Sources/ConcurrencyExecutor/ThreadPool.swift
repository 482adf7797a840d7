internal import Glibc
package import SystemPackage

/// Threads for what may block, which do things in the order they came. They last as long as the process.
package final class ThreadPool: Sendable {
    private let queue = SharedQueue<@Sendable () -> Void>()

    package init() {}

    /// Starts so many more threads. Throws what the kernel says if it has no room for them; those that it had room for
    /// work.
    package func start(threads: Int) throws(Errno) {
        for _ in 0..<threads {
            try KernelThread.start { [queue] in
                while true { queue.take()() }
            }
        }
    }

    /// Has `body` run soon, on one of the threads.
    package func run(_ body: @escaping @Sendable () -> Void) { queue.add(body) }
}
