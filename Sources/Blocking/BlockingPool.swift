import ConcurrencyExecutor
import Glibc
import SystemPackage

/// Runs calls that block in the kernel (fsync above all) on threads of their own, never on those of the language's
/// concurrency, of which there are as many as cores.
package enum BlockingPool {
    /// Sixteen: measured to triple durable submissions over one thread, as the filesystem commits them together.
    package static let threads = 16

    private static let pool: ThreadPool = {
        let pool = ThreadPool()
        do {
            try pool.start(threads: threads)
        } catch {
            let text = "cannot start the threads for calls that block: \(error). Raise the limit on processes "
            _ = try? FileDescriptor.standardError.writeAll("\(text)(ulimit -u), then start it again.\n".utf8)
            exit(EX_OSERR)
        }
        return pool
    }()

    /// Runs `body` on one of the pool's threads and returns what it returns or throws.
    package static func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            pool.run {
                do throws(Failure) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
