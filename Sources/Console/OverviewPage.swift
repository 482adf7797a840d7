import Spool
import SystemPackage

/// The lines of `openloom ls` and `openloom watch`.
package enum OverviewPage {
    package struct Options: Sendable, Hashable {
        /// Whole ids, names and reasons, however wide, and what each task has used.
        package var long = false
        /// Whether to say how to list what was left out; a live view can't act on it.
        package var namesCommands = true

        package init(long: Bool = false, namesCommands: Bool = true) {
            self.long = long
            self.namesCommands = namesCommands
        }
    }

    /// - Parameter lineLimit: For a view that must fit a screen: ended tasks give way first, then new ones.
    package static func lines(
        _ overview: SpoolOverview, _ context: RenderContext, options: Options = Options(), lineLimit: Int? = nil
    ) -> [StyledText] {
        if overview.counts.tasks == 0 { return beginning(overview, context) + notices(overview, context) }
        var shown = overview
        var lines = page(shown, context, options)
        guard let lineLimit else { return lines }
        while lines.count > lineLimit, shown.ended.popLast() != nil {
            shown.endedLeftOut += 1
            lines = page(shown, context, options)
        }
        while lines.count > lineLimit, shown.new.popLast() != nil {
            shown.newLeftOut += 1
            lines = page(shown, context, options)
        }
        if lines.count <= lineLimit { return lines }
        let end = notices(shown, context).count + 1
        return lines.prefix(max(0, lineLimit - end)) + lines.suffix(min(end, lineLimit))
    }

    private static func page(
        _ overview: SpoolOverview, _ context: RenderContext, _ options: Options
    ) -> [StyledText] {
        let columns = OverviewColumns(overview.tasks.map { OverviewRow($0, context, options) }, context, options)
        var lines: [StyledText] = []
        func add(_ heading: StyledText, _ tasks: [ShownTask], leftOut: Int = 0) {
            if tasks.isEmpty && leftOut == 0 { return }
            lines.append(heading)
            for task in tasks { lines += columns.lines(OverviewRow(task, context, options)) }
            if leftOut > 0 {
                let how = options.namesCommands ? ": \(context.command("ls --all"))" : ""
                lines.append(StyledText("  … \(leftOut) more\(how)", .dim))
            }
            lines.append("")
        }
        add(heading("Waiting for you", [.yellow, .bold]), overview.waiting)
        add(heading("Running", [.cyan, .bold]), overview.running)
        add(heading("New", .bold), overview.new, leftOut: overview.newLeftOut)
        add(heading("Ended", .bold), overview.ended, leftOut: overview.endedLeftOut)
        lines.append(summary(overview.counts))
        return lines + notices(overview, context)
    }

    private static func heading(_ text: String, _ style: Style) -> StyledText { StyledText(text, style) }

    /// `2 running · 1 waiting for you · 5 new · 12 done · 1 failed`
    package static func summary(_ counts: SpoolOverview.Counts) -> StyledText {
        let parts: [(Int, String, Style)] = [
            (counts.running, "running", .cyan), (counts.waiting, "waiting for you", [.yellow, .bold]),
            (counts.new, "new", []), (counts.done, "done", .green), (counts.failed, "failed", .red),
        ]
        var line = StyledText()
        for (count, word, style) in parts where count > 0 {
            if !line.isEmpty { line.append(" · ", .dim) }
            line.append("\(count) \(word)", style)
        }
        return line.isEmpty ? "no tasks" : line
    }

    /// What keeps the spool from doing its work, and how to mend it.
    package static func notices(_ overview: SpoolOverview, _ context: RenderContext) -> [StyledText] {
        var lines: [StyledText] = []
        let root = context.path(overview.spool.string)
        if overview.isClosed {
            lines.append(StyledText("closed: nothing is accepted until you rm \(root)/closed", .yellow))
        }
        if overview.isPaused {
            lines.append(StyledText("paused: nothing is started until you rm \(root)/pause", .yellow))
        }
        if overview.daemons.isEmpty {
            lines.append(
                StyledText("no daemon runs: nothing moves until you start ", .yellow)
                    + StyledText(context.command("serve"), [.yellow, .bold]))
        }
        if overview.counts.rejected > 0 {
            let what = overview.counts.rejected == 1 ? "1 drop was" : "\(overview.counts.rejected) drops were"
            lines.append(StyledText("\(what) rejected: the reasons are in \(root)/rejected/*.reason.txt", .yellow))
        }
        return lines
    }

    /// What an empty spool shows: how to begin.
    private static func beginning(_ overview: SpoolOverview, _ context: RenderContext) -> [StyledText] {
        let root = context.path(overview.spool.string)
        return [
            StyledText("No tasks yet in \(root)"),
            "",
            StyledText("Give it work   ") + StyledText(context.command("submit job.md"), .bold),
            StyledText("               or drop a file into \(root)/inbox"),
            StyledText("Try it         ") + StyledText("openloom demo", .bold)
                + StyledText("   without an agent or an account"),
        ]
    }
}
