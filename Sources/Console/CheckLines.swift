package import JSON
import Report

/// Checks on a terminal, a line each, and another for what was found where one did not pass.
package enum CheckLines {
    package struct Check: Sendable, Hashable {
        package var name: String
        /// `passed`, `failed` or `error`.
        package var outcome: String
        package var expected: String
        package var found: String
        package var milliseconds: Int

        /// From `checks` of `result.json`.
        package init(json: JSONValue) {
            name = json["name"]?.string ?? "?"
            outcome = json["outcome"]?.string ?? (json["passed"]?.bool == true ? "passed" : "failed")
            expected = json["expected"]?.string ?? ""
            found = json["found"]?.string ?? ""
            milliseconds = json["duration_ms"]?.int ?? 0
        }
    }

    package static func lines(_ checks: [Check]) -> [StyledText] {
        checks.flatMap { check -> [StyledText] in
            let mark =
                switch check.outcome {
                case "passed": StyledText("✓", .green)
                case "failed": StyledText("✗", .red)
                default: StyledText("!", .yellow)
                }
            let time = StyledText("  \(time(check.milliseconds))", .dim)
            let line = StyledText("  ") + mark + " " + StyledText(SafeText.oneLine(check.name)) + time
            if check.outcome == "passed" { return [line] }
            return [line, StyledText("    " + SafeText.oneLine(check.found), .dim)]
        }
    }

    private static func time(_ milliseconds: Int) -> String {
        milliseconds < 1000 ? "\(milliseconds)ms" : DurationText.exact(Double(milliseconds) / 1000)
    }

    /// The end of what a command printed.
    package static func output(of name: String, _ tail: String) -> [StyledText] {
        let lines = tail.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).suffix(20)
        return [StyledText("  " + SafeText.oneLine(name), .bold)]
            + lines.map { StyledText("    " + SafeText.oneLine(String($0))) }
    }
}
