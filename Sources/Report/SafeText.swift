/// Text from outside, made fit for a terminal.
package enum SafeText {
    /// The most that is shown of one piece of text, in Unicode scalars.
    package static let limit = 16 * 1024

    /// The text with everything escaped that a terminal would obey instead of showing: control characters, line
    /// separators, and what turns the direction of writing or hides text.
    package static func escaped(_ text: String) -> String {
        // Nearly all text needs nothing done.
        if text.utf8.count <= limit, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit) {
            if mustBeEscaped(scalar) {
                result.append(contentsOf: escape(scalar).unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// The text on one line: every run of white space is one space. Control characters are escaped.
    package static func oneLine(_ text: String) -> String {
        let head = String(text.unicodeScalars.prefix(limit))
        return escaped(head.split(whereSeparator: \.isWhitespace).joined(separator: " "))
    }

    /// The text with a replacement character for each that is not shown but obeyed: for paths and ids.
    package static func replaced(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit).map { mustBeEscaped($0) ? "\u{FFFD}" : $0 }))
    }

    /// Many lines, with a replacement character for what a terminal would obey, and without blank lines at the end.
    package static func lines(_ text: String) -> String {
        var scalars = text.unicodeScalars.map {
            $0 != "\n" && $0 != "\t" && mustBeEscaped($0) ? "\u{FFFD}" : $0
        }
        while let last = scalars.last, last == "\n" || last == " " { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }

    static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: scalar.value != 0x200D  // joins the parts of an emoji
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case "\u{1B}": "\\e"
        default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
    }
}
