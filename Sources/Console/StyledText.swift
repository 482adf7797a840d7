import Report

/// A line for a terminal. Whatever text goes in is escaped, so that nothing from outside can command the terminal.
package struct StyledText: Sendable, Hashable, ExpressibleByStringLiteral {
    private struct Span: Sendable, Hashable {
        var text: String
        var style: Style
    }

    private var spans: [Span]

    package init() { spans = [] }

    package init(_ text: String, _ style: Style = []) {
        spans = text.isEmpty ? [] : [Span(text: SafeText.escaped(text), style: style)]
    }

    package init(stringLiteral value: String) { self.init(value) }

    package var width: Int { spans.reduce(0) { $0 + $1.text.displayWidth } }
    package var isEmpty: Bool { spans.isEmpty }

    package static func + (left: StyledText, right: StyledText) -> StyledText {
        var sum = left
        sum.spans += right.spans
        return sum
    }

    package static func += (left: inout StyledText, right: StyledText) { left.spans += right.spans }

    package mutating func append(_ text: String, _ style: Style = []) { self += StyledText(text, style) }

    /// The text with `style` added to all of it.
    package func styled(_ style: Style) -> StyledText {
        var copy = self
        for index in copy.spans.indices { copy.spans[index].style.formUnion(style) }
        return copy
    }

    /// At most `columns` wide; what was cut off is replaced by `…`.
    package func truncated(to columns: Int) -> StyledText {
        if width <= columns { return self }
        var result = StyledText()
        // One column is the ellipsis'.
        var room = columns - 1
        for span in spans {
            let kept = span.text.prefix(columns: room)
            result.spans.append(Span(text: kept, style: span.style))
            if kept.utf8.count < span.text.utf8.count { break }
            room -= kept.displayWidth
        }
        if columns > 0 { result.spans.append(Span(text: "…", style: result.spans.last?.style ?? [])) }
        return result
    }

    /// At most `columns` wide, cut at the front: what matters of a path is its end. Takes the style of the first piece.
    package func truncatedAtFront(to columns: Int) -> StyledText {
        if width <= columns { return self }
        var kept: [Character] = []
        // One column is the ellipsis'.
        var room = columns - 1
        for character in spans.map(\.text).joined().reversed() {
            room -= character.displayWidth
            if room < 0 { break }
            kept.append(character)
        }
        return columns > 0 ? StyledText("…" + String(kept.reversed()), spans.first?.style ?? []) : StyledText()
    }

    /// Exactly `columns` wide.
    package func fitted(to columns: Int) -> StyledText {
        let short = truncated(to: columns)
        let missing = columns - short.width
        return missing > 0 ? short + StyledText(String(repeating: " ", count: missing)) : short
    }

    /// The text without spaces at its end.
    package var trimmed: StyledText {
        var copy = self
        while var last = copy.spans.popLast() {
            while last.text.last == " " { last.text.removeLast() }
            if last.text.isEmpty { continue }
            copy.spans.append(last)
            break
        }
        return copy
    }

    /// What is written to the terminal or the file.
    package func rendered(colors: Bool) -> String {
        spans.map { colors && !$0.style.isEmpty ? $0.style.sequence + $0.text + Style.reset : $0.text }.joined()
    }
}

extension String {
    /// The longest beginning that is not wider than `columns`.
    fileprivate func prefix(columns: Int) -> String {
        var room = columns
        return String(
            prefix { character in
                room -= character.displayWidth
                return room >= 0
            })
    }
}
