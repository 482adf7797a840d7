/// Text of strangers within Markdown: it stays text.
enum MarkdownText {
    /// One line of text in which no character means anything to Markdown or HTML.
    static func line(_ text: String) -> String {
        var result = ""
        for scalar in SafeText.oneLine(text).unicodeScalars {
            switch scalar {
            case "\\", "`", "*", "_", "[", "]", "<", ">", "|", "#", "!", "~", "&":
                result += "\\"
                result.unicodeScalars.append(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A path or an id as code, also within a table.
    static func code(_ text: String) -> String {
        let plain = String(
            String.UnicodeScalarView(text.unicodeScalars.map { SafeText.mustBeEscaped($0) ? "\u{FFFD}" : $0 }))
        if plain.isEmpty { return "" }
        let fence = String(repeating: "`", count: longestRun(in: plain) + 1)
        let space = plain.hasPrefix("`") || plain.hasSuffix("`") ? " " : ""
        // Within a table a bar ends the cell even in code, unless it is escaped.
        return fence + space + plain.replacing("|", with: "\\|") + space + fence
    }

    /// Many lines, word for word but for what a terminal would obey.
    static func fenced(_ text: String, limit: Int) -> String {
        var scalars = text.unicodeScalars.prefix(limit).map {
            $0 != "\n" && $0 != "\t" && SafeText.mustBeEscaped($0) ? "\u{FFFD}" : $0
        }
        while let last = scalars.last, last == "\n" || last == " " { scalars.removeLast() }
        let shown = String(String.UnicodeScalarView(scalars))
        let fence = String(repeating: "`", count: max(3, longestRun(in: shown) + 1))
        let cut = text.unicodeScalars.count > limit ? "\nThe rest is in `result.json` or `transcript.json`.\n" : ""
        return "\(fence)text\n\(shown)\n\(fence)\n\(cut)"
    }

    /// - Parameter rows: Cells that are Markdown already.
    static func table(_ head: [String], _ rows: [[String]]) -> String {
        func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
        return row(head) + row(head.map { _ in "---" }) + rows.map(row).joined()
    }

    private static func longestRun(in text: String) -> Int {
        var (longest, run) = (0, 0)
        for scalar in text.unicodeScalars {
            run = scalar == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}
