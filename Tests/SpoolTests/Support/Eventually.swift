import Testing

struct NeverTrue: Error, CustomStringConvertible {
    var description: String
}

/// Looks until a condition holds, which may take a while on a busy machine.
func eventually(
    _ fact: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        if ContinuousClock.now > deadline { throw NeverTrue(description: "not within \(limit): \(fact)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}
