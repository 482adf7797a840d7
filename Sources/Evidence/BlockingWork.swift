import Dispatch

/// Runs calls that wait for a disk on threads of their own, never on those of the language's concurrency.
enum BlockingWork {
    // Concurrent: a task in a slow workspace must not hold up another. Callers run few tasks at a time.
    private static let queue = DispatchQueue(label: "openloom.evidence", attributes: .concurrent)

    static func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            queue.async {
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
