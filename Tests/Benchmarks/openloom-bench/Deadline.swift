/// Runs something that must not hang for ever.
///
/// - Throws: ``BenchFailure`` that says what did not happen when the time is over, or the body gives nil.
func within<Value: Sendable>(
    _ what: String, limit: Duration = .seconds(60), _ body: @escaping @Sendable () async throws -> Value?
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask(operation: body)
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else {
            throw BenchFailure("\(what): not in \(limit.seconds) s")
        }
        return value
    }
}
