import JSON

/// What is different on disk since the baseline, whoever made or committed it.
package struct ChangeSummary: Sendable, Hashable {
    /// Sorted by the bytes of the path.
    package var changes: [FileChange]
    /// What could not be told, and why, for a person: a file over a limit, an unreadable directory. Never guessed.
    package var undeterminable: [String]
    /// Whether `changes.patch` was written, and if not, why not.
    package var patch: Patch

    package enum Patch: Sendable, Hashable {
        case written
        case absent(String)
    }

    /// Nothing is known to have changed. Only with an empty ``undeterminable`` does it mean that nothing did.
    package var isEmpty: Bool { changes.isEmpty }

    func json(strategy: String, time: String) -> JSONValue {
        let patchText =
            switch patch {
            case .written: EvidenceFiles.patch
            case .absent(let reason): reason
            }
        return [
            "version": 1, "time": .string(time), "strategy": .string(strategy),
            "changes": .array(changes.map(\.json)), "undeterminable": JSONValue(undeterminable),
            "patch": .string(patchText),
        ]
    }
}
