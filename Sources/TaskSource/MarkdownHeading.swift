/// Finds the first heading of a Markdown text, as CommonMark has it: `# …`, or a paragraph underlined with `===` or
/// `---`; not in code, comments, lists or quotes.
struct MarkdownHeading {
    private var fence: (mark: Character, count: Int)?
    private var inComment = false
    /// A list item or quote goes on until a blank line.
    private var inContainer = false
    private var paragraph: [Substring] = []

    /// The heading's text; nil if there is none.
    static func first(in lines: some Sequence<Substring>) -> String? {
        var scanner = MarkdownHeading()
        for line in lines {
            if let heading = scanner.heading(at: line) { return heading }
        }
        return nil
    }

    /// Whether the next line is neither in a fence nor in a comment.
    var isPlain: Bool { fence == nil && !inComment }

    /// The heading that a line is, or ends; nil if it is none.
    mutating func heading(at line: Substring) -> String? {
        let indent = line.prefix { $0 == " " }.count
        let isTabbed = line.dropFirst(indent).first == "\t"
        let text = Substring(Characters.trimmed(String(line)))

        if let fence {
            let run = text.prefix { $0 == fence.mark }.count
            if indent < 4, run >= fence.count, run == text.count { self.fence = nil }
            return nil
        }
        if inComment {
            if line.contains("-->") { inComment = false }
            return nil
        }
        if text.isEmpty {
            paragraph = []
            inContainer = false
            return nil
        }
        if indent >= 4 || isTabbed {
            // Code, or a paragraph that goes on.
            if !paragraph.isEmpty { paragraph.append(text) }
            return nil
        }
        if let opened = Self.openingFence(text) {
            fence = opened
            paragraph = []
            return nil
        }
        if text.hasPrefix("<!--") {
            inComment = !text.dropFirst(4).contains("-->")
            paragraph = []
            return nil
        }
        if let heading = Self.atx(text) {
            paragraph = []
            inContainer = false
            if !heading.isEmpty { return heading }
            return nil
        }
        if !paragraph.isEmpty, !inContainer, text.allSatisfy({ $0 == "=" }) || text.allSatisfy({ $0 == "-" }) {
            return paragraph.joined(separator: " ")
        }
        if Self.opensContainer(text) {
            paragraph = []
            inContainer = true
        } else if Self.isRule(text) {
            paragraph = []
            inContainer = false
        } else if !inContainer {
            paragraph.append(text)
        }
        return nil
    }

    private static func openingFence(_ text: Substring) -> (mark: Character, count: Int)? {
        guard let mark = text.first, mark == "`" || mark == "~" else { return nil }
        let count = text.prefix { $0 == mark }.count
        guard count >= 3, mark == "~" || !text.dropFirst(count).contains("`") else { return nil }
        return (mark, count)
    }

    private static func atx(_ text: Substring) -> String? {
        let level = text.prefix { $0 == "#" }.count
        let rest = text.dropFirst(level)
        guard (1...6).contains(level), rest.first.map({ $0 == " " || $0 == "\t" }) ?? true else { return nil }
        var title = Substring(Characters.trimmed(String(rest)))
        // A closing run of # belongs to the mark-up if a space stands before it.
        let open = title.reversed().drop { $0 == "#" }
        if open.isEmpty {
            title = ""
        } else if open.count < title.count, open.first == " " || open.first == "\t" {
            title = title.prefix(open.count)
        }
        return Characters.trimmed(String(title))
    }

    private static func opensContainer(_ text: Substring) -> Bool {
        guard let first = text.first else { return false }
        if first == ">" { return true }
        if "-+*".contains(first) {
            return !isRule(text) && text.dropFirst().first.map { $0 == " " || $0 == "\t" } ?? true
        }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard (1...9).contains(digits.count) else { return false }
        let rest = text.dropFirst(digits.count)
        return rest.first.map { ".)".contains($0) } == true
            && rest.dropFirst().first.map { $0 == " " || $0 == "\t" } ?? true
    }

    private static func isRule(_ text: Substring) -> Bool {
        guard let mark = text.first, "-_*".contains(mark) else { return false }
        let marks = text.filter { $0 != " " && $0 != "\t" }
        return marks.count >= 3 && marks.allSatisfy { $0 == mark }
    }
}
