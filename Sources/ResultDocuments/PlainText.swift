import Report

/// A report as plain text.
///
/// What strangers say is indented or stands on a line of ours, so that it can't look like a heading.
enum PlainText {
    static func text(_ document: ReportDocument) -> String {
        let title = SafeText.oneLine(document.title)
        return underlined(title, with: "=") + document.blocks.map { "\n" + text($0) }.joined()
    }

    private static func text(_ block: ReportDocument.Block) -> String {
        switch block {
        case .heading(let text): underlined(text, with: "-")
        case .lead(let text): SafeText.oneLine(text) + "\n"
        case .paragraph(let spans): line(spans) + "\n"
        case .table(let head, let rows): table(head, rows)
        case .verbatim(let text):
            SafeText.lines(text).split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty ? "\n" : "    \($0)\n" }.joined()
        case .list(let items): items.map { "- \(line($0))\n" }.joined()
        }
    }

    private static func table(_ head: [String], _ rows: [[[ReportDocument.Span]]]) -> String {
        if head.allSatisfy(\.isEmpty) {
            return rows.map { row in row.map(line).joined(separator: ": ") + "\n" }.joined()
        }
        return head.joined(separator: " | ") + "\n"
            + rows.map { row in row.map(line).joined(separator: " | ") + "\n" }.joined()
    }

    private static func line(_ spans: [ReportDocument.Span]) -> String { spans.map(\.plain).joined() }

    private static func underlined(_ text: String, with mark: Character) -> String {
        "\(text)\n\(String(repeating: mark, count: max(3, min(text.unicodeScalars.count, 72))))\n"
    }
}

extension ReportDocument.Span {
    /// The words alone, on one line.
    var plain: String {
        switch self {
        case .word(let text), .strong(let text): text
        case .text(let text): SafeText.oneLine(text)
        case .code(let text): SafeText.replaced(text)
        }
    }
}
