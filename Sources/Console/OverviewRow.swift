import Report
import Spool
import SystemPackage

/// What a list says about one task, before it is fitted into columns.
struct OverviewRow {
    let glyph: StyledText
    let id: StyledText
    let name: StyledText
    let workspace: StyledText
    let time: StyledText
    let detail: StyledText
    /// Whole lines below, never cut: commands to type.
    let below: [StyledText]

    init(_ task: ShownTask, _ context: RenderContext, _ options: OverviewPage.Options) {
        let snapshot = task.snapshot
        id = StyledText(options.long ? task.id.rawValue : task.shortID, .bold)
        name = StyledText(snapshot.name)
        workspace = StyledText(snapshot.spec.map { context.path($0.workspace.string) } ?? "", .dim)
        glyph = Self.glyph(task)
        time = Self.time(task, context)
        let usage = options.long ? Self.usage(task) : StyledText()
        detail = Self.detail(task, context) + usage
        below = Self.below(task, context)
    }

    static func glyph(_ task: ShownTask) -> StyledText {
        switch task.group {
        case .waiting: StyledText("?", [.yellow, .bold])
        case .running: StyledText("●", .cyan)
        case .new: task.snapshot.isHeld ? StyledText("‖", .yellow) : StyledText("○")
        case .done: StyledText("✓", .green)
        case .failed: StyledText("✗", .red)
        }
    }

    static func time(_ task: ShownTask, _ context: RenderContext) -> StyledText {
        switch task.snapshot.state {
        case .running:
            task.started.map { StyledText(DurationText.since($0, context.now)) } ?? StyledText()
        case .new:
            StyledText(
                DurationText.ago(task.snapshot.spec?.created ?? task.snapshot.changed, context.now), .dim)
        case .done, .failed:
            StyledText(DurationText.ago(task.ended, context.now), .dim)
        }
    }

    /// The row's last column: what the task is doing, waits for, or came to.
    static func detail(_ task: ShownTask, _ context: RenderContext) -> StyledText {
        let snapshot = task.snapshot
        switch task.group {
        case .waiting:
            if snapshot.isCancelling { return StyledText("being cancelled", .yellow) }
            let more = task.asks.count > 1 ? " (and \(task.asks.count - 1) more)" : ""
            guard let ask = task.asks.first(where: { !$0.isAnswered }) else { return StyledText("answered", .yellow) }
            return StyledText(ask.headline + more, [.yellow, .bold])
        case .running:
            if snapshot.isCancelling { return StyledText("being cancelled", .yellow) }
            if let damage = snapshot.damage { return StyledText(SafeText.oneLine(damage), .red) }
            if snapshot.isHeld { return StyledText("held", .yellow) }
            return task.activity?.line ?? StyledText()
        case .new:
            let reason = task.waitReason ?? .turn
            let isPlain = reason == .turn || reason == .unread
            return StyledText(reason.text(context), isPlain ? .dim : .yellow)
        case .done, .failed:
            return ending(task)
        }
    }

    /// Verdict, then what changed on disk for one that ended well, or the reason for one that did not.
    static func ending(_ task: ShownTask) -> StyledText {
        let snapshot = task.snapshot
        let isGood = snapshot.state == .done
        var text = StyledText(snapshot.verdict?.rawValue ?? "no verdict", isGood ? .green : .red)
        if snapshot.isArchived { text.append(" (archived)", .dim) }
        if let reason = snapshot.reason ?? snapshot.damage, !reason.isEmpty {
            text += StyledText(": ") + StyledText(SafeText.oneLine(reason))
        } else if let changes = task.outcome?.changesText {
            text += StyledText("  ") + changes
        }
        return text
    }

    private static func usage(_ task: ShownTask) -> StyledText {
        let outcome = task.outcome
        let activity = task.activity
        let text = TaskActivity.usage(
            tokens: outcome?.tokens ?? activity?.tokens, cost: outcome?.cost ?? activity?.cost)
        return text.map { StyledText("  \($0)", .dim) } ?? StyledText()
    }

    /// How to answer what is asked, how to release what is held.
    private static func below(_ task: ShownTask, _ context: RenderContext) -> [StyledText] {
        switch task.group {
        case .waiting:
            task.asks.prefix(3).flatMap { ask in
                ask.commands(task: task.shortID, among: task.asks, context).prefix(3).map { StyledText($0, .bold) }
            }
        case .new where task.waitReason == .held:
            [StyledText(context.command("release \(task.shortID)"), .dim)]
        default: []
        }
    }
}
