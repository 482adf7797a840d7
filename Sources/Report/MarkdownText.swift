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
        let plain = SafeText.replaced(text)
        if plain.isEmpty { return "" }
        let fence = String(repeating: "`", count: longestRun(in: plain) + 1)
        let space = plain.hasPrefix("`") || plain.hasSuffix("`") ? " " : ""
        // Within a table a bar ends the cell even in code, unless it is escaped.
        return fence + space + plain.replacing("|", with: "\\|") + space + fence
    }

    /// Many lines, word for word but for what a terminal would obey.
    static func fenced(_ text: String) -> String {
        let shown = SafeText.lines(text)
        let fence = String(repeating: "`", count: max(3, longestRun(in: shown) + 1))
        return "\(fence)text\n\(shown)\n\(fence)\n"
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
