extension JSONValue {
    /// The shortest JSON text of this value, on one line.
    package var compact: String { String(decoding: compactBytes, as: UTF8.self) }

    /// The same in UTF-8.
    package var compactBytes: [UInt8] {
        var out: [UInt8] = []
        write(to: &out)
        return out
    }

    /// Appends the shortest JSON text of this value, in UTF-8.
    package func write(to out: inout [UInt8]) { write(to: &out, indent: nil) }

    /// JSON for a person: two spaces a level, a line per member, a final newline.
    package var pretty: String {
        var out: [UInt8] = []
        write(to: &out, indent: 0)
        out.append(UInt8(ascii: "\n"))
        return String(decoding: out, as: UTF8.self)
    }

    private func write(to out: inout [UInt8], indent: Int?) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .int(let value): out += String(value).utf8
        // JSON has no word for these; a reader can do more with null than with a broken document.
        case .double(let value): out += (value.isFinite ? "\(value)" : "null").utf8
        case .string(let value): Self.quote(value, to: &out)
        case .array(let values):
            Self.list(values, brackets: ("[", "]"), indent: indent, to: &out) { value, inner, out in
                value.write(to: &out, indent: inner)
            }
        case .object(let members):
            Self.list(members, brackets: ("{", "}"), indent: indent, to: &out) { member, inner, out in
                Self.quote(member.name, to: &out)
                out.append(UInt8(ascii: ":"))
                if inner != nil { out.append(UInt8(ascii: " ")) }
                member.value.write(to: &out, indent: inner)
            }
        }
    }

    private static func list<Items: Sequence>(
        _ items: Items, brackets: (Unicode.Scalar, Unicode.Scalar), indent: Int?, to out: inout [UInt8],
        each: (Items.Element, Int?, inout [UInt8]) -> Void
    ) {
        let inner = indent.map { $0 + 2 }
        var first = true
        out.append(UInt8(ascii: brackets.0))
        for item in items {
            if !first { out.append(UInt8(ascii: ",")) }
            first = false
            if let inner { breakLine(inner, to: &out) }
            each(item, inner, &out)
        }
        if let indent, !first { breakLine(indent, to: &out) }
        out.append(UInt8(ascii: brackets.1))
    }

    private static func breakLine(_ indent: Int, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\n"))
        out += repeatElement(UInt8(ascii: " "), count: indent)
    }

    private static func quote(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            // Copy runs that need no escape in one piece; most strings are one run.
            var run = 0
            for (index, byte) in bytes.enumerated() {
                guard byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F else { continue }
                out += bytes[run..<index]
                run = index + 1
                switch byte {
                case 0x22: out += "\\\"".utf8
                case 0x5C: out += "\\\\".utf8
                case 0x0A: out += "\\n".utf8
                case 0x0D: out += "\\r".utf8
                case 0x09: out += "\\t".utf8
                default: out += ("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)).utf8
                }
            }
            out += bytes[run...]
        }
        out.append(UInt8(ascii: "\""))
    }
}
