import ConcurrencyExecutor

/// A thread for one call that may block for as long as it likes, and so must not take one of the pool's.
package enum BlockingThread {
    /// Runs `body` on a thread of its own, and returns what it returns.
    package static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            do {
                try KernelThread.start { continuation.resume(returning: body()) }
            } catch {
                // No more threads: late is better than never.
                continuation.resume(returning: body())
            }
        }
    }
}
