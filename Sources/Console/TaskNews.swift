import Spool

/// Tells what is different about one task since the last look, a line each: `openloom run`, and `watch ID` into a pipe.
package struct TaskNews: Sendable {
    private var lastLogLine = 0
    private var asked: Set<String> = []
    private var doing = ""
    private var waited: WaitReason?

    package init() {}

    /// The lines for what came since the last call.
    package mutating func lines(_ details: TaskDetails, _ context: RenderContext) -> [StyledText] {
        let task = details.task
        var lines: [StyledText] = []
        for line in details.log where line.number > lastLogLine {
            lines.append(line.line(context))
            lastLogLine = line.number
        }
        if let reason = task.waitReason, reason != .turn, reason != .unread, reason != waited {
            lines.append(note(StyledText("waits: \(reason.text(context))", .yellow), context))
        }
        waited = task.waitReason
        if let now = task.activity?.line {
            let text = now.rendered(colors: false)
            if text != doing, !text.isEmpty { lines.append(note(now, context)) }
            doing = text
        }
        for ask in task.asks where asked.insert(ask.id).inserted {
            lines.append(note(StyledText("\(ask.id) \(ask.headline)", [.yellow, .bold]), context))
            for command in ask.commands(task: task.shortID, among: task.asks, context) {
                lines.append(StyledText("            ") + StyledText(command, .bold))
            }
        }
        asked.formIntersection(task.asks.map(\.id))
        return lines
    }

    private func note(_ text: StyledText, _ context: RenderContext) -> StyledText {
        StyledText(context.clock(context.now), .dim) + StyledText("  ") + text
    }
}
