package import JSON
import Report
package import Spool

/// What a running task does: `activity.json`, as far as people look at it.
package struct TaskActivity: Sendable, Hashable {
    package var message: String?
    package var tool: String?
    package var tokens: Int?
    package var cost: Double?
    package var updated: Timestamp?

    package init(json: JSONValue) {
        message = Self.text(json["message"])
        tool = Self.text(json["tool"])
        tokens = Self.tokenCount(json["tokens"])
        cost = json["cost"]?.double
        updated = json["updated"]?.string.flatMap(Timestamp.init(iso8601:))
    }

    /// The tool in hand, then what was said last; empty when neither is known.
    package var line: StyledText {
        let said = message.map { StyledText("“\($0)”", .dim) }
        guard let tool else { return said ?? StyledText() }
        return StyledText(tool, .cyan) + (said.map { StyledText(" ") + $0 } ?? StyledText())
    }

    /// `12.3k tokens · $0.12`; nil when neither is known.
    package static func usage(tokens: Int?, cost: Double?) -> String? {
        let parts = [
            tokens.flatMap { $0 > 0 ? "\(NumberText.count($0)) tokens" : nil },
            cost.flatMap { $0 > 0 ? NumberText.price($0) : nil },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: " · ")
    }

    /// A number, or the sum of an object's input, output and reasoning.
    package static func tokenCount(_ json: JSONValue?) -> Int? {
        guard let json else { return nil }
        if let count = json.int { return count }
        guard json.object != nil else { return nil }
        var sum = 0
        for name in ["input", "output", "reasoning"] {
            let (next, overflow) = sum.addingReportingOverflow(json[name]?.int ?? 0)
            if !overflow { sum = next }
        }
        return sum
    }

    /// A string, or the name and title of an object.
    private static func text(_ json: JSONValue?) -> String? {
        guard let json else { return nil }
        let parts = json.string.map { [$0] } ?? ["name", "tool", "title", "text"].compactMap { json[$0]?.string }
        let line = SafeText.oneLine(parts.joined(separator: " "))
        return line.isEmpty ? nil : line
    }
}
