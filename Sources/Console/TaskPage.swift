import JSON
import Report
import Spool
import SystemPackage

/// The lines of `openloom show` and of `openloom watch ID`.
package enum TaskPage {
    /// How much of the long parts is shown.
    package struct Limits: Sendable, Hashable {
        package var goal = 12
        package var claim = 20
        package var changes = 40
        /// Lines of the log, the newest ones.
        package var log = 30

        package init() {}

        /// For a view that must fit a screen of so many lines.
        package init(fitting lines: Int) {
            let room = max(4, lines - 18)
            goal = min(6, room / 4 + 1)
            claim = min(8, room / 3 + 1)
            changes = min(10, room / 3 + 1)
            log = max(3, room / 2)
        }
    }

    package static func lines(
        _ details: TaskDetails, _ context: RenderContext, limits: Limits = Limits()
    ) -> [StyledText] {
        let sections = [
            head(details, context), goal(details, context, limits), asks(details, context),
            claim(details, context, limits), checks(details), facts(details, context, limits),
            log(details, context, limits),
        ]
        return Array(sections.filter { !$0.isEmpty }.joined(separator: [""]))
    }

    private static let labelWidth = 11

    private static func row(_ label: String, _ value: StyledText) -> StyledText {
        StyledText("  ") + StyledText(label, .dim).fitted(to: labelWidth) + value
    }

    private static func head(_ details: TaskDetails, _ context: RenderContext) -> [StyledText] {
        let task = details.task
        let snapshot = task.snapshot
        let place = context.path(details.directory.string)
        var lines = [
            (OverviewRow.glyph(task) + " " + StyledText(snapshot.name, .bold)).truncated(to: context.width),
            row("state", state(details, context)),
            row("id", StyledText(task.id.rawValue)),
            row("directory", StyledText(place)),
        ]
        func add(_ label: String, _ value: String?) {
            if let value, !value.isEmpty { lines.append(row(label, StyledText(SafeText.oneLine(value)))) }
        }
        if let damage = snapshot.damage { lines.append(row("damage", StyledText(damage, .red))) }
        if let spec = snapshot.spec {
            add(
                "workspace",
                context.path(spec.workspace.string)
                    + (spec.worktree ? " (in a worktree)" : spec.workspaceShared ? " (shared)" : ""))
            let from = spec.origin.source.map { "\(spec.origin.kind.rawValue) (\($0))" } ?? spec.origin.kind.rawValue
            add("created", "\(context.clock(spec.created)), \(DurationText.ago(spec.created, context.now)), by \(from)")
            add("priority", spec.priority == TaskSpec.defaultPriority ? nil : String(spec.priority))
            add("after", spec.after.map(\.text).joined(separator: ", "))
            add("expires", snapshot.state == .new ? spec.expires.map { context.clock($0) } : nil)
            add("model", [spec.model, spec.variant].compactMap { $0 }.joined(separator: " "))
            add("agent", spec.agent)
            add("limits", limits(spec))
            add("asks", spec.permissions.map { $0.json.string ?? $0.json.compact })
            add("key", spec.key)
            add("metadata", spec.metadata.map { JSONValue.object($0).compact })
        }
        add("branch", branch(details, context))
        add("session", snapshot.session ?? snapshot.spec?.sessionID)
        if details.attempts > 0 {
            add("attempts", "\(NumberText.plural(details.attempts, "earlier one")) in \(place)/attempts")
        }
        add("used", usage(task))
        if let activity = task.activity, !activity.line.isEmpty {
            lines.append(row("doing", activity.line).truncated(to: context.width))
        }
        return lines
    }

    /// The state in words, with how long, why, or how it ended; and what to do where something is in the way.
    private static func state(_ details: TaskDetails, _ context: RenderContext) -> StyledText {
        let task = details.task
        let snapshot = task.snapshot
        var text: StyledText
        switch task.group {
        case .waiting: text = StyledText("waiting for you", [.yellow, .bold])
        case .running: text = StyledText("running", .cyan)
        case .new: text = StyledText("new: ") + StyledText((task.waitReason ?? .turn).text(context))
        case .done, .failed: text = OverviewRow.ending(task)
        }
        if let started = task.started { text += StyledText(" for \(DurationText.since(started, context.now))") }
        if snapshot.isCancelling { text += StyledText(", being cancelled", .yellow) }
        if snapshot.state == .running, snapshot.isHeld { text += StyledText(", held", .yellow) }
        if snapshot.state.isEnded { text += StyledText(", \(DurationText.ago(task.ended, context.now))", .dim) }
        if snapshot.state == .new, snapshot.isHeld {
            text += StyledText(" (\(context.command("release \(task.shortID)")))", .dim)
        } else if snapshot.state == .failed {
            text += StyledText(" (\(context.command("retry \(task.shortID)")))", .dim)
        }
        if !snapshot.state.isEnded, !details.isDaemonRunning { text += StyledText("; no daemon runs", .yellow) }
        return text
    }

    private static func limits(_ spec: TaskSpec) -> String {
        let parts = [
            spec.timeoutSeconds.map { "timeout \(DurationText.exact($0))" },
            spec.stallSeconds.map { "stall \(DurationText.exact($0))" },
            spec.maxTurns == TaskSpec.defaultMaxTurns ? nil : NumberText.plural(spec.maxTurns, "turn"),
            spec.maxCost.map { NumberText.price($0) },
            spec.maxTokens.map { "\(NumberText.count($0)) tokens" },
            spec.maxFiles.map { NumberText.plural($0, "file") },
            spec.maxBytes.map { "\(NumberText.count($0)) bytes" },
            spec.allowPaths.isEmpty ? nil : "only " + spec.allowPaths.joined(separator: ", "),
        ]
        return parts.compactMap { $0 }.joined(separator: " · ")
    }

    /// The branch of a task with a worktree, and what can be done with it.
    private static func branch(_ details: TaskDetails, _ context: RenderContext) -> String? {
        guard let branch = details.branch else { return nil }
        if let ending = details.branchEnding { return "\(branch) (\(ending))" }
        guard details.task.snapshot.state.isEnded else { return branch }
        let id = details.task.shortID
        return "\(branch) (\(context.command("merge \(id)")), or \(context.command("discard \(id)")))"
    }

    private static func usage(_ task: ShownTask) -> String? {
        TaskActivity.usage(
            tokens: task.outcome?.tokens ?? task.activity?.tokens, cost: task.outcome?.cost ?? task.activity?.cost)
    }

    private static func goal(_ details: TaskDetails, _ context: RenderContext, _ limits: Limits) -> [StyledText] {
        guard let goal = details.task.snapshot.spec?.goal else { return [] }
        let source = details.source.map { ": " + context.path($0.string) } ?? ""
        return [StyledText("Goal", .bold)] + text(goal, context, limits.goal, more: "there is more\(source)")
    }

    /// Text of somebody else's, wrapped and indented.
    static func text(
        _ text: String, _ context: RenderContext, _ limit: Int, more: String
    ) -> [StyledText] {
        let (lines, hasMore) = TextWrap.lines(of: text, width: context.width - 2, limit: limit)
        return lines.map { StyledText("  " + $0).trimmed } + (hasMore ? [StyledText("  … \(more)", .dim)] : [])
    }

    private static func asks(_ details: TaskDetails, _ context: RenderContext) -> [StyledText] {
        if details.task.asks.isEmpty { return [] }
        var lines = [StyledText("Waiting for you", [.yellow, .bold])]
        for ask in details.task.asks {
            lines += text("\(ask.id): \(ask.headline)", context, 8, more: "there is more in asks/\(ask.id).json")
            if ask.isAnswered { lines.append(StyledText("    answered; the daemon has not taken it yet", .dim)) }
            let commands = ask.commands(task: details.task.shortID, among: details.task.asks, context)
            lines += commands.map { StyledText("    ") + StyledText($0, .bold) }
            if ask.takesText, !ask.answers.isEmpty, !ask.isAnswered {
                lines.append(StyledText("    or any other text, in quotes", .dim))
            }
        }
        return lines
    }

    private static func log(_ details: TaskDetails, _ context: RenderContext, _ limits: Limits) -> [StyledText] {
        if details.log.isEmpty { return [] }
        var heading = StyledText("Log", .bold)
        let hidden = details.log.count - limits.log
        if hidden > 0 {
            heading += StyledText("  … \(hidden) more: \(context.command("log \(details.task.shortID)"))", .dim)
        }
        return [heading]
            + details.log.suffix(limits.log).map { (StyledText("  ") + $0.line(context)).truncated(to: context.width) }
    }
}
