import Verification

/// What the agent is told when its claim did not hold.
enum TurnPrompt {
    /// Bytes of outputs that go into a prompt, all together.
    private static let mostOutput = 24_000

    /// - Parameters:
    ///   - results: Of all checks; those that passed are counted.
    ///   - turn: The turn that this prompt begins.
    static func text(_ results: [CheckResult], turn: Int, of turns: Int) -> String {
        let failed = results.filter { !$0.passed }
        var left = mostOutput
        let parts = failed.map { part($0, &left) }
        return """
            You said that the task is done. It was checked, and \(count(failed.count, of: results.count)) not pass:

            \(parts.joined(separator: "\n\n"))

            Go on until all of this is as it should be, without weakening what is checked. What had to stay unchanged \
            has to be put back as it was. This is turn \(turn) of \(turns).

            ---
            \(CompletionProtocol.instructions)
            """
    }

    private static func count(_ failed: Int, of all: Int) -> String {
        if all == 1 { return "the check did" }
        return failed == 1 ? "1 of \(all) checks did" : "\(failed) of \(all) checks did"
    }

    private static func part(_ result: CheckResult, _ left: inout Int) -> String {
        var lines = ["\(result.number). \(result.title)"]
        if result.title != result.expected { lines.append("   Expected: \(result.expected)") }
        lines.append("   Found: \(result.found)")
        if let tail = result.tail, !tail.allSatisfy(\.isWhitespace) {
            let shown = String(tail.suffix(left))
            left = max(0, left - shown.utf8.count)
            let fence = fence(around: shown)
            lines += [
                "   The end of its output:", "", fence + "text",
                shown.hasSuffix("\n") ? String(shown.dropLast()) : shown, fence,
            ]
        }
        return lines.joined(separator: "\n")
    }

    /// Longer than any run of backticks in the text, which could end it early.
    private static func fence(around text: String) -> String {
        var longest = 2
        var run = 0
        for byte in text.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        return String(repeating: "`", count: longest + 1)
    }
}
