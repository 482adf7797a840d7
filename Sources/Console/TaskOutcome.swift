package import JSON
import Report
package import Spool

/// Claim beside fact: `result.json`, as far as people look at it.
package struct TaskOutcome: Sendable, Hashable {
    /// A path that was found changed on disk.
    package struct Change: Sendable, Hashable {
        package var path: String
        /// `added`, `modified`, `deleted`, …
        package var kind: String
        /// Lines; nil where they were not counted (binary files, no patch).
        package var added: Int?
        package var removed: Int?
    }

    package var claim: String?
    /// The line by which the agent said that it is done, such as `TASK COMPLETE`.
    package var marker: String?
    package var model: String?
    /// Nil when nothing was recorded about the disk.
    package var changes: [Change]?
    /// How many there are in all; `changes` may be only the first ones.
    package var changeCount: Int?
    /// What could not be told about the disk, and why.
    package var undeterminable: [String]
    /// What the daemon checked itself, when it did so last.
    package var checks: [CheckLines.Check]
    /// Turns whose claims were checked.
    package var turns: Int
    package var tokens: Int?
    package var cost: Double?
    package var ended: Timestamp?

    package init(json: JSONValue) {
        claim = json["claim"]?["text"]?.string
        marker = json["claim"]?["marker"]?.string
        model = json["usage"]?["model"]?.string
        changeCount = json["fact"]?["changed"]?.int
        changes = json["fact"]?["changes"]?.array?.compactMap(Self.change)
        undeterminable = json["fact"]?["undeterminable"]?.array?.compactMap(\.string) ?? []
        checks = json["checks"]?.array?.map(CheckLines.Check.init(json:)) ?? []
        turns = json["turns"]?.array?.count ?? 0
        tokens = TaskActivity.tokenCount(json["usage"]?["tokens"])
        cost = json["usage"]?["cost"]?.double
        ended = json["ended"]?.string.flatMap(Timestamp.init(iso8601:))
    }

    /// Fills in the lines that were added and removed, where the changes do not say them.
    package mutating func count(_ counts: PatchCounts) {
        changes = changes?.map { change in
            guard change.added == nil, change.removed == nil, let count = counts.files[change.path] else {
                return change
            }
            var counted = change
            counted.added = count.added
            counted.removed = count.removed
            return counted
        }
    }

    private static func change(_ json: JSONValue) -> Change? {
        guard let path = json["path"]?.string else { return nil }
        return Change(
            path: path, kind: json["kind"]?.string ?? "changed", added: json["added"]?.int,
            removed: json["removed"]?.int
        )
    }

    /// `3 files +20 −4`; nil when nothing changed or nothing was recorded.
    package var changesText: StyledText? {
        guard let changes, !changes.isEmpty else { return nil }
        let text = StyledText(NumberText.plural(changeCount ?? changes.count, "file"))
        return text + Self.counts(added: Self.sum(changes.map(\.added)), removed: Self.sum(changes.map(\.removed)))
    }

    /// ` +20 −4`; empty when nothing was counted.
    package static func counts(added: Int?, removed: Int?) -> StyledText {
        var text = StyledText()
        if let added, added > 0 { text += StyledText(" ") + StyledText("+\(added)", .green) }
        if let removed, removed > 0 { text += StyledText(" ") + StyledText("−\(removed)", .red) }
        return text
    }

    private static func sum(_ counts: [Int?]) -> Int? {
        let known = counts.compactMap { $0 }
        if known.isEmpty { return nil }
        return known.reduce(0) { $0.addingReportingOverflow(max(0, $1)).overflow ? $0 : $0 + max(0, $1) }
    }
}
