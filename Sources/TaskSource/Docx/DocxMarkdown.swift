/// Writes a document's content as Markdown, which agents read.
enum DocxMarkdown {
    /// Spaces by which a list stands inside of an item, be its marker `- ` or `10. `.
    private static let indent = 4

    /// As many as Word draws. Longer rows keep their cells, but shorter ones are not filled up to more.
    static let mostColumns = 63

    static func text(_ blocks: [DocxBlock]) -> String {
        var out = ""
        var previous: DocxBlock?
        var index = 0
        while index < blocks.count {
            let block = blocks[index]
            index += 1
            var lines: String
            switch block.kind {
            case .heading(let level): lines = String(repeating: "#", count: min(level, 6)) + " " + oneLine(block.text)
            case .paragraph: lines = block.text
            case .item(let marker, let level): lines = item(block.text, marker: marker, level: level)
            case .table(let rows): lines = table(rows)
            case .code:
                // Lines of code that follow each other are one piece.
                var code = [block.text]
                while index < blocks.count, case .code = blocks[index].kind {
                    code.append(blocks[index].text)
                    index += 1
                }
                lines = fenced(code)
            }
            if lines.isEmpty { continue }
            if let previous { out += areTight(previous, block) ? "\n" : "\n\n" }
            out += lines
            previous = block
        }
        return out
    }

    private static func areTight(_ above: DocxBlock, _ below: DocxBlock) -> Bool {
        guard case .item = above.kind, case .item = below.kind else { return false }
        return true
    }

    private static func oneLine(_ text: String) -> String {
        text.split(separator: "\n").joined(separator: " ")
    }

    private static func item(_ text: String, marker: String, level: Int) -> String {
        let outer = String(repeating: " ", count: level * indent)
        let inner = outer + String(repeating: " ", count: marker.utf8.count)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return outer + marker + lines.joined(separator: "\n" + inner)
    }

    private static func fenced(_ code: [String]) -> String {
        var lines = code.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        while lines.first?.allSatisfy(\.isWhitespace) == true { lines.removeFirst() }
        if lines.isEmpty { return "" }
        // The fence must be longer than any in the code.
        var longest = 2
        for line in lines {
            longest = max(longest, line.drop { $0 == " " }.prefix { $0 == "`" }.count)
        }
        let fence = String(repeating: "`", count: longest + 1)
        return ([fence[...]] + lines + [fence[...]]).joined(separator: "\n")
    }

    private static func table(_ rows: [[DocxCell]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        if columns == 0 { return "" }
        // A frame around some paragraphs is often a table of one cell.
        if columns == 1, rows.count == 1 { return text(rows[0][0].blocks) }
        var lines: [String] = []
        for row in rows {
            let cells = row.map(cell) + Array(repeating: "", count: max(0, min(columns, mostColumns) - row.count))
            lines.append("| " + cells.joined(separator: " | ") + " |")
            if lines.count == 1 { lines.append("|" + String(repeating: " --- |", count: columns)) }
        }
        return lines.joined(separator: "\n")
    }

    private static func cell(_ cell: DocxCell) -> String {
        var out = ""
        for scalar in cell.plain.unicodeScalars {
            switch scalar {
            case "|": out += "\\|"
            case "\n": out += "<br>"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
