import Report

/// Breaks text into lines.
package enum TextWrap {
    /// The text's own lines, without empty ones at its end, each broken at spaces so that it is at most `width` columns
    /// wide; longer words are cut.
    ///
    /// - Returns: At most `limit` lines, and whether there would be more.
    package static func lines(of text: String, width: Int, limit: Int) -> (lines: [String], hasMore: Bool) {
        let columns = max(8, width)
        var result: [String] = []
        let whole = text.unicodeScalars.count <= SafeText.limit
        var head = (whole ? text : String(text.unicodeScalars.prefix(SafeText.limit)))[...]
        while let last = head.last, last.isWhitespace { head.removeLast() }
        for line in head.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            for piece in wrapped(SafeText.escaped(expandingTabs(line)), columns) {
                if result.count == limit { return (result, true) }
                result.append(piece)
            }
        }
        return (result, !whole)
    }

    private static func expandingTabs(_ line: Substring) -> String {
        line.contains("\t") ? line.map { $0 == "\t" ? "    " : String($0) }.joined() : String(line)
    }

    private static func wrapped(_ line: String, _ columns: Int) -> [String] {
        if line.displayWidth <= columns { return [line] }
        var lines: [String] = []
        var current = ""
        var width = 0
        var lastSpace: (text: String, width: Int)?
        for character in line {
            let more = character.displayWidth
            if width + more > columns {
                if let space = lastSpace {
                    lines.append(space.text)
                    current = String(current.dropFirst(space.text.count + 1))
                    width -= space.width + 1
                } else {
                    lines.append(current)
                    current = ""
                    width = 0
                }
                lastSpace = nil
            }
            if character == " ", !current.isEmpty { lastSpace = (current, width) }
            current.append(character)
            width += more
        }
        if !current.isEmpty { lines.append(current) }
        return lines
    }
}
