package import Spool

/// Tells what is different since the last look, a line per task: `openloom watch` into a pipe.
package struct SpoolNews: Sendable {
    /// What was seen last; of an ended task only where it lies, as nothing else of it is read.
    private var seen: [TaskID: String] = [:]
    private var isFirst = true

    package init() {}

    /// Looks at the spool. The first look tells of every task that has not ended.
    ///
    /// - Returns: The lines, and the tasks whose own directories can bring news.
    package mutating func look(
        at spool: SpoolDirectory, _ context: RenderContext
    ) throws(SpoolError) -> (lines: [StyledText], watched: [TaskID: TaskState]) {
        let all = try spool.listAll()
        let reader = TaskReader(spool: spool, all: all)
        var lines: [StyledText] = []
        for id in seen.keys.filter({ all[$0] == nil }).sorted() {
            lines.append(Self.line(id: reader.names.short(id), word: "deleted", "", context))
            seen[id] = nil
        }
        for (id, state) in all.sorted(by: { $0.key < $1.key }) {
            if state.isEnded, isFirst || seen[id] == state.rawValue {
                seen[id] = state.rawValue
                continue
            }
            guard let task = reader.read(id, in: state) else { continue }
            let key = Self.key(task)
            if seen[id] != key { lines.append(Self.line(task, context)) }
            seen[id] = key
        }
        isFirst = false
        return (lines, all.filter { !$0.value.isEnded })
    }

    private static func key(_ task: ShownTask) -> String {
        if task.snapshot.state.isEnded { return task.snapshot.state.rawValue }
        let flags = (task.snapshot.isHeld ? " held" : "") + (task.snapshot.isCancelling ? " cancelling" : "")
        return "\(task.group.rawValue)\(flags) \(task.snapshot.asks.joined(separator: " "))"
    }

    /// `09:30:00  k3x9a  running  Fix the login page`
    package static func line(_ task: ShownTask, _ context: RenderContext) -> StyledText {
        let snapshot = task.snapshot
        let word = snapshot.isCancelling ? "cancelling" : snapshot.isHeld ? "held" : task.group.rawValue
        var line = line(id: task.shortID, word: word, snapshot.name, context)
        switch task.group {
        case .waiting:
            line.append("  ")
            line += OverviewRow.detail(task, context)
            for ask in task.asks {
                if let command = ask.commands(task: task.shortID, among: task.asks, context).first {
                    line += StyledText("  ") + StyledText(command, .bold)
                }
            }
        case .done, .failed: line += StyledText("  ") + OverviewRow.ending(task)
        case .new, .running: break
        }
        return line
    }

    private static func line(id: String, word: String, _ name: String, _ context: RenderContext) -> StyledText {
        let styles: [String: Style] = [
            "waiting": [.yellow, .bold], "running": .cyan, "done": .green, "failed": .red, "held": .yellow,
        ]
        var line = StyledText(context.clock(context.now), .dim)
        line += StyledText("  ") + StyledText(id, .bold) + StyledText("  ")
        line += StyledText(word, styles[word] ?? []).fitted(to: 7)
        return name.isEmpty ? line.trimmed : line + StyledText("  ") + StyledText(name)
    }
}
