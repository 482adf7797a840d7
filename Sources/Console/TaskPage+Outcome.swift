import Report
import Spool
import SystemPackage

extension TaskPage {
    /// What became of an ended task: how it ended, claim and fact.
    package static func ending(_ details: TaskDetails, _ context: RenderContext) -> [StyledText] {
        let limits = Limits()
        let sections = [
            [OverviewRow.glyph(details.task) + " " + OverviewRow.ending(details.task)],
            claim(details, context, limits), checks(details), facts(details, context, limits),
        ]
        return Array(sections.filter { !$0.isEmpty }.joined(separator: [""]))
    }

    /// What the agent says, if it came to say that it is done.
    static func claim(_ details: TaskDetails, _ context: RenderContext, _ limits: Limits) -> [StyledText] {
        guard let outcome = details.task.outcome, outcome.claim != nil || outcome.marker != nil else { return [] }
        var heading = StyledText("Claim", .bold) + StyledText("  what the agent says", .dim)
        if let model = outcome.model { heading += StyledText(" (\(SafeText.oneLine(model)))", .dim) }
        let more =
            details.hasTranscript
            ? "there is more: \(context.path(details.directory.string))/transcript.json" : "there is more"
        var lines = [heading]
        if let marker = outcome.marker, !marker.isEmpty { lines.append(StyledText("  ") + StyledText(marker, .cyan)) }
        if let claim = claimText(outcome), !claim.isEmpty { lines += text(claim, context, limits.claim, more: more) }
        return lines
    }

    /// The claim without the marker, which has a line of its own.
    private static func claimText(_ outcome: TaskOutcome) -> String? {
        guard let claim = outcome.claim, let marker = outcome.marker, !marker.isEmpty else { return outcome.claim }
        var lines = claim.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        while let last = lines.last, last.allSatisfy(\.isWhitespace) || last == marker { lines.removeLast() }
        return lines.joined(separator: "\n")
    }

    /// What the daemon's own checks found, if the task has any.
    static func checks(_ details: TaskDetails) -> [StyledText] {
        guard let outcome = details.task.outcome, !outcome.checks.isEmpty else { return [] }
        var heading = StyledText("Checks", .bold)
        if outcome.turns > 1 { heading += StyledText(" after \(outcome.turns) turns", .dim) }
        return [heading] + CheckLines.lines(outcome.checks)
    }

    /// What is different on disk, if that was recorded.
    static func facts(_ details: TaskDetails, _ context: RenderContext, _ limits: Limits) -> [StyledText] {
        guard let outcome = details.task.outcome, let changes = outcome.changes else { return [] }
        var lines = [StyledText("Fact", .bold) + StyledText("   what is on disk", .dim)]
        if changes.isEmpty { lines.append("  nothing changed") }
        for change in changes.prefix(limits.changes) {
            let mark = marks[change.kind] ?? (" ", [])
            let line = StyledText("  ") + StyledText(mark.0, mark.1) + " " + StyledText(change.path)
            lines.append(line + TaskOutcome.counts(added: change.added, removed: change.removed))
        }
        let hidden = max(changes.count, outcome.changeCount ?? 0) - limits.changes
        if hidden > 0 {
            lines.append(StyledText("  … \(hidden) more: \(context.path(details.directory.string))/evidence", .dim))
        }
        for doubt in outcome.undeterminable.prefix(limits.changes) {
            lines.append(StyledText("  ? " + SafeText.oneLine(doubt), .yellow))
        }
        if details.hasPatch {
            lines.append(StyledText("  patch: \(context.path(details.directory.string))/evidence/changes.patch", .dim))
        }
        return lines
    }

    private static let marks: [String: (String, Style)] = [
        "added": ("A", .green), "modified": ("M", .yellow), "deleted": ("D", .red), "type_changed": ("T", .yellow),
        "mode_changed": ("P", .yellow),
    ]
}
