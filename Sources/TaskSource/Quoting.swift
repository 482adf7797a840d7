import JSON

/// How a stranger's words stand in our messages: short, on one line, and seen to be theirs.
enum Quoting {
    /// A text in double quotes, control characters escaped.
    static func text(_ text: String) -> String {
        let short = text.unicodeScalars.count > 80 ? String(text.unicodeScalars.prefix(80)) + "…" : text
        return JSONValue.string(short).compact
    }

    /// A key: as it is if it looks like one, else in quotes.
    static func name(_ name: String) -> String {
        let isPlain =
            name.utf8.count <= 80 && !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x5F || byte == 0x2D || byte == 0x2E
            }
        return isPlain ? name : text(name)
    }

    /// A value: scalars as they are, lists and mappings by their kind.
    static func value(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): self.text(text)
        case .null, .bool, .int, .double: value.compact
        case .array: "a list"
        case .object: "a mapping"
        }
    }
}
