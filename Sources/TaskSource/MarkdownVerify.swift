import JSON

/// The section of a Markdown text whose heading is `Verify`: a list of checks, one in each item.
///
/// `- exists: PATH`, `* [ ] PATH exists`, `1. NAME`; what an item may say is ``VerifyLine``'s. Blank lines, comments and a
/// fence's lines are passed over; anything else in the section is reported, so that no check is lost by a slip.
enum MarkdownVerify {
    struct Item {
        var text: String
        var line: Int
    }

    /// - Parameter firstLine: The number of the first of `lines` in its file.
    static func items(in lines: ArraySlice<Substring>, firstLine: Int) throws(TaskSourceError) -> [Item] {
        var scanner = MarkdownHeading()
        var level: Int?
        var items: [Item] = []
        var problems: [TaskSourceProblem] = []
        for (offset, line) in lines.enumerated() {
            let wasPlain = scanner.isPlain
            let heading = scanner.heading(at: line)
            let text = Characters.trimmed(String(line))
            if let heading {
                let depth = max(1, text.prefix { $0 == "#" }.count)
                if heading.lowercased() == "verify", text.hasPrefix("#") {
                    level = depth
                } else if let open = level, depth <= open {
                    level = nil
                }
                continue
            }
            guard level != nil, !text.isEmpty, wasPlain, scanner.isPlain, !text.hasPrefix("<!--") else { continue }
            if let item = item(text) {
                items.append(Item(text: item, line: firstLine + offset))
            } else {
                problems.append(
                    TaskSourceProblem(
                        key: TaskKey.verify.rawValue, place: .line(firstLine + offset),
                        message:
                            "\(Quoting.text(text)) is no item of a list; below the heading \"Verify\" each line is a "
                            + "check such as \"- README.md exists\". Give the heading another name if it is none of checks"
                    ))
            }
        }
        if let error = TaskSourceError(problems) { throw error }
        return items
    }

    /// An item's text, without its mark and its check box.
    static func item(_ line: String) -> String? {
        var rest = line[...]
        if let first = rest.first, "-*+".contains(first) {
            rest = rest.dropFirst()
        } else {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let after = rest.dropFirst(digits.count)
            guard (1...9).contains(digits.count), let mark = after.first, ".)".contains(mark) else { return nil }
            rest = after.dropFirst()
        }
        guard rest.first == " " || rest.first == "\t" else { return nil }
        var text = Characters.trimmed(String(rest))
        for box in ["[ ]", "[x]", "[X]"] where text.hasPrefix(box) {
            text = Characters.trimmed(String(text.dropFirst(box.count)))
        }
        return text.isEmpty ? nil : text
    }
}
