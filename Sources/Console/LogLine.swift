package import JSON
import Report
package import Spool

/// A line of a task's `log.jsonl`.
package struct LogLine: Sendable, Hashable {
    package var number: Int
    package var time: Timestamp?
    package var event: String
    package var json: JSONValue

    package init(json: JSONValue) {
        number = json["seq"]?.int ?? 0
        time = json["time"]?.string.flatMap(Timestamp.init(iso8601:))
        event = json["event"]?.string ?? "?"
        self.json = json
    }

    /// `09:30:00  claimed  node=tower pid=42`
    package func line(_ context: RenderContext) -> StyledText {
        var line = StyledText(time.map(context.clock) ?? "--:--:--", .dim)
        line.append("  ")
        line += StyledText(SafeText.oneLine(event), style)
        for (name, value) in json.object ?? [:] where !["seq", "time", "event"].contains(name) {
            if value == .null || value.string?.isEmpty ?? false { continue }
            line.append("  \(SafeText.oneLine(name))=", .dim)
            line.append(SafeText.oneLine(value.string ?? value.compact))
        }
        return line
    }

    private var style: Style {
        switch event {
        case "ended":
            json["verdict"]?.string.flatMap(Verdict.init(rawValue:))?.state == .done ? .green : .red
        case "requeued", "held", "cancel requested": .yellow
        default: .bold
        }
    }
}
