/// Compares until nothing has changed while that was done.
enum StableLook {
    /// Looks that are taken at most; a workspace that something still works in may never come to rest.
    private static let attempts = 3

    /// - Parameters:
    ///   - notes: Is told if the files did not come to rest.
    ///   - compare: Reads what the look found. What it returns for the last look counts.
    ///   - isStill: Whether no name has come or gone since an instant before that look, in nanoseconds since 1970. After a
    ///     look that found nothing, that is enough: at that instant no other files were there, and those that were had
    ///     not been changed by the time when they were looked at, so not before.
    static func run<Result: Sendable, Failure: Error>(
        _ notes: inout Notes,
        look: () async throws(Failure) -> (look: WorkspaceLook, outcome: WorkspaceTree.Outcome),
        compare: (WorkspaceLook, WorkspaceTree.Outcome) async throws(Failure) -> Result,
        isStill: (WorkspaceTree.Outcome, Int) async -> Bool
    ) async throws(Failure) -> Result {
        var begun = WallClock.nanoseconds()
        var (seen, outcome) = try await look()
        var attempt = 0
        while true {
            attempt += 1
            // Two writes within a tick of the files' clock look like one: what is read after that tick is the later.
            if seen.newest >= begun - WallClock.fileTick {
                try? await Task.sleep(for: .nanoseconds(2 * WallClock.fileTick))
            }
            let result = try await compare(seen, outcome)
            if seen.isClean, outcome.gaps.isEmpty, await isStill(outcome, begun) { return result }
            begun = WallClock.nanoseconds()
            let again = try await look()
            if again.look == seen { return result }
            if attempt == attempts {
                notes.add("files were being changed while they were compared; what is said of them may be out of date")
                return result
            }
            (seen, outcome) = again
        }
    }
}
