extension JSONValue {
    /// The shortest JSON text of this value, on one line.
    package var compact: String {
        var out = ""
        write(to: &out, indent: nil)
        return out
    }

    /// JSON for a person: two spaces a level, a line per member, a final newline.
    package var pretty: String {
        var out = ""
        write(to: &out, indent: 0)
        return out + "\n"
    }

    private func write(to out: inout String, indent: Int?) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .int(let value): out += String(value)
        // JSON has no word for these; a reader can do more with null than with a broken document.
        case .double(let value): out += value.isFinite ? "\(value)" : "null"
        case .string(let value): Self.quote(value, to: &out)
        case .array(let values):
            Self.list(values, brackets: ("[", "]"), indent: indent, to: &out) { value, inner, out in
                value.write(to: &out, indent: inner)
            }
        case .object(let members):
            Self.list(members, brackets: ("{", "}"), indent: indent, to: &out) { member, inner, out in
                Self.quote(member.name, to: &out)
                out += inner == nil ? ":" : ": "
                member.value.write(to: &out, indent: inner)
            }
        }
    }

    private static func list<Items: Sequence>(
        _ items: Items, brackets: (String, String), indent: Int?, to out: inout String,
        each: (Items.Element, Int?, inout String) -> Void
    ) {
        let inner = indent.map { $0 + 2 }
        var first = true
        out += brackets.0
        for item in items {
            if !first { out += "," }
            first = false
            if let inner { out += "\n" + String(repeating: " ", count: inner) }
            each(item, inner, &out)
        }
        if let indent, !first { out += "\n" + String(repeating: " ", count: indent) }
        out += brackets.1
    }

    private static func quote(_ text: String, to out: inout String) {
        out += "\""
        // Copy runs that need no escape in one piece; most strings are one run.
        var run = text.utf8.startIndex
        let bytes = text.utf8
        for index in bytes.indices {
            let byte = bytes[index]
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F else { continue }
            out += text[run..<index]
            run = bytes.index(after: index)
            switch byte {
            case 0x22: out += "\\\""
            case 0x5C: out += "\\\\"
            case 0x0A: out += "\\n"
            case 0x0D: out += "\\r"
            case 0x09: out += "\\t"
            default: out += "\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
            }
        }
        out += text[run...]
        out += "\""
    }
}
