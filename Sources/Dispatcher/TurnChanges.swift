import JSON
import Spool
import Verification

/// What had changed when a turn was claimed to be done, and what of it the checks of earlier turns did themselves: a
/// test's report in a protected directory is no work of the agent's.
struct TurnChanges: Sendable {
    private let recorded: JSONValue?
    /// Those that checks made, as they left them.
    private let earlier: Set<JSONValue>

    init(_ evidence: TurnEvidence, in spool: SpoolDirectory) throws(SpoolError) {
        recorded = try evidence.recordedChanges(in: spool)
        let before = TurnEvidence(task: evidence.task, turn: evidence.turn - 1)
        earlier = evidence.turn > 1 ? Set(try before.recordedChangesByChecks(in: spool)) : []
    }

    /// For the checks: a file that a check made, and that is as it left it, does not count.
    var byAgent: WorkspaceChanges { WorkspaceChanges(recorded: recorded, without: earlier) }

    /// Of a comparison made after the checks, what they did: files that had not changed before, and what earlier checks
    /// did.
    func byChecks(_ now: JSONValue) -> [JSONValue] {
        let before = Set(recorded.map(WorkspaceChanges.entries)?.compactMap(WorkspaceChanges.path) ?? [])
        return WorkspaceChanges.entries(now).filter { entry in
            earlier.contains(entry) || WorkspaceChanges.path(entry).map { !before.contains($0) } == true
        }
    }
}
