import JSON

/// What is different on disk since the baseline, whoever made or committed it.
package struct ChangeSummary: Sendable, Hashable {
    /// Sorted by the bytes of the path.
    package var changes: [FileChange] = []
    /// Changes to files that are not the workspace's, but can be reached from it: what symbolic links lead to, and git's
    /// own hooks and settings. Paths are from the workspace, or absolute.
    package var outside: [FileChange] = []
    /// What happened to files that git ignores. It is no change of the work, and in no patch.
    package var ignored: [IgnoredChange] = []
    /// Why ``ignored`` may not be all.
    package var ignoredNotes: [String] = []
    /// Commits that came since, newest first.
    package var commits: [CommitFact] = []
    /// Why ``commits`` may not be all.
    package var commitsNote: String?
    /// The commit that HEAD was and is; nil before the first one, and without git.
    package var headBefore: String?
    package var headAfter: String?
    /// Processes that were started since and are still at work in the workspace.
    package var processes: [LeftProcess] = []
    /// What could not be told, and why, for a person: a file over a limit, an unreadable directory. Never guessed.
    package var undeterminable: [String] = []
    /// Whether `changes.patch` was written, and if not, why not.
    package var patch = Patch.absent("nothing changed")

    package enum Patch: Sendable, Hashable {
        case written
        case absent(String)
    }

    /// Nothing is known to have changed. Only with an empty ``undeterminable`` does it mean that nothing did.
    package var isEmpty: Bool { changes.isEmpty && outside.isEmpty && headBefore == headAfter }

    func json(strategy: String, time: String) -> JSONValue {
        let patchText =
            switch patch {
            case .written: EvidenceFiles.patch
            case .absent(let reason): reason
            }
        var members: JSONObject = [
            "version": 1, "time": .string(time), "strategy": .string(strategy),
            "changes": .array(changes.map(\.json)), "outside": .array(outside.map(\.json)),
            "undeterminable": JSONValue(undeterminable), "patch": .string(patchText),
        ]
        if strategy == "git" {
            members["head"] = ["before": JSONValue(headBefore), "after": JSONValue(headAfter)]
            members["commits"] = .array(commits.map(\.json))
            members["commits_note"] = commitsNote.map { .string($0) }
            members["ignored"] = .array(ignored.map(\.json))
            members["ignored_notes"] = JSONValue(ignoredNotes)
        }
        members["processes"] = .array(processes.map(\.json))
        return .object(members)
    }

    /// Says of each added file whether a deleted one had the same content.
    mutating func findMoves() {
        func content(_ hash: String?, _ size: Int?) -> String? { size == 0 ? nil : hash }
        var gone: [String: FileChange] = [:]
        for change in changes where change.kind == .deleted {
            if let hash = content(change.sha256Before, change.sizeBefore) { gone[hash] = change }
        }
        if gone.isEmpty { return }
        for place in changes.indices where changes[place].kind == .added {
            guard let hash = content(changes[place].sha256After, changes[place].sizeAfter) else { continue }
            changes[place].movedFrom = gone[hash]?.path
        }
    }
}
