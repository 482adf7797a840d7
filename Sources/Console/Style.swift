/// How a piece of text looks: only what every terminal can show, and in the eight colours that follow its theme.
package struct Style: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let bold = Style(rawValue: 1)
    package static let dim = Style(rawValue: 2)
    package static let red = Style(rawValue: 4)
    package static let green = Style(rawValue: 8)
    package static let yellow = Style(rawValue: 16)
    package static let blue = Style(rawValue: 32)
    package static let cyan = Style(rawValue: 64)

    private static let codes: [(Style, String)] = [
        (.bold, "1"), (.dim, "2"), (.red, "31"), (.green, "32"), (.yellow, "33"), (.blue, "34"), (.cyan, "36"),
    ]

    /// The escape sequence that switches the style on; empty for plain text.
    var sequence: String {
        if isEmpty { return "" }
        let numbers = Self.codes.filter { contains($0.0) }.map(\.1)
        return "\u{1B}[\(numbers.joined(separator: ";"))m"
    }

    static let reset = "\u{1B}[0m"
}
