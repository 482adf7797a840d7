import JSON

/// Writes YAML that readers of YAML 1.1 and 1.2 take for the same values.
///
/// Texts are quoted, whatever they look like; one with many lines is a literal block where nothing in it could end the
/// block or be lost. Names of members are expected to be ours: short, and of letters, digits and `_`.
struct YAMLText {
    private var lines: [String] = []

    static func text(_ value: JSONValue) -> String {
        var writer = YAMLText()
        switch value {
        case .object(let members) where !members.isEmpty: writer.write(members, indent: 0, lead: "")
        case .array(let values) where !values.isEmpty: writer.write(values, indent: 0, lead: "")
        default: writer.lines.append(scalar(value))
        }
        return writer.lines.joined(separator: "\n") + "\n"
    }

    /// - Parameter lead: What the first line begins with: white space, or that and dashes.
    private mutating func write(_ members: JSONObject, indent: Int, lead: String) {
        var lead = lead
        for (name, value) in members {
            let prefix = lead + Self.key(name) + ":"
            lead = Self.spaces(indent)
            let inner = indent + 2
            switch value {
            case .object(let members) where !members.isEmpty:
                lines.append(prefix)
                write(members, indent: inner, lead: Self.spaces(inner))
            case .array(let values) where !values.isEmpty:
                lines.append(prefix)
                write(values, indent: inner, lead: Self.spaces(inner))
            case .string(let text) where Self.canBeLiteral(text):
                lines.append(prefix + (text.unicodeScalars.last == "\n" ? " |" : " |-"))
                write(literal: text, indent: inner)
            default: lines.append("\(prefix) \(Self.scalar(value))")
            }
        }
    }

    private mutating func write(_ values: [JSONValue], indent: Int, lead: String) {
        var lead = lead
        for value in values {
            let prefix = lead + "-"
            lead = Self.spaces(indent)
            switch value {
            case .object(let members) where !members.isEmpty:
                write(members, indent: indent + 2, lead: prefix + " ")
            case .array(let values) where !values.isEmpty:
                write(values, indent: indent + 2, lead: prefix + " ")
            default: lines.append("\(prefix) \(Self.scalar(value))")
            }
        }
    }

    private mutating func write(literal text: String, indent: Int) {
        let content = text.unicodeScalars.last == "\n" ? text.unicodeScalars.dropLast() : text.unicodeScalars[...]
        for line in content.split(separator: "\n", omittingEmptySubsequences: false) {
            lines.append(line.isEmpty ? "" : Self.spaces(indent) + String(line))
        }
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    /// Whether a literal block says exactly this: its first line tells the indentation, so it may not begin with white
    /// space; and its end is cut by a rule, so that it may not end with an empty line.
    private static func canBeLiteral(_ text: String) -> Bool {
        var scalars = text.unicodeScalars[...]
        guard scalars.contains("\n"), let first = scalars.first, first != " ", first != "\n" else { return false }
        if scalars.last == "\n" { scalars.removeLast() }
        let lastLine = scalars.split(separator: "\n", omittingEmptySubsequences: false).last ?? []
        guard lastLine.contains(where: { $0 != " " }) else { return false }
        return scalars.allSatisfy { $0 == "\n" || isPlain($0) }
    }

    /// Whether a character stands for itself in every version of YAML, and is not taken for white space or a line's end.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...: true
        default: false
        }
    }

    private static func key(_ name: String) -> String {
        let isWord = !name.isEmpty && name.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
        // What YAML 1.1 takes for true, false or nothing, and what looks like a number.
        let words: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        let isTaken = words.contains(name.lowercased()) || name.utf8.first.map { !isLetter($0) } ?? true
        return isWord && !isTaken ? name : quoted(name)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }

    private static func scalar(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): return quoted(text)
        case .double(let number):
            // YAML 1.1 wants a point in every number with an exponent.
            let text = value.compact
            guard number.isFinite, !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
            return "\(text[..<exponent]).0\(text[exponent...])"
        default: return value.compact
        }
    }

    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": bytes += [UInt8(ascii: "\\"), UInt8(scalar.value)]
            case "\n": bytes += "\\n".utf8
            case "\t": bytes += "\\t".utf8
            case "\r": bytes += "\\r".utf8
            default:
                bytes += isPlain(scalar) ? Array(String(scalar).utf8) : Array(escape(scalar.value).utf8)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func escape(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        let (mark, width) = value <= 0xFF ? ("x", 2) : value <= 0xFFFF ? ("u", 4) : ("U", 8)
        return "\\\(mark)\(String(repeating: "0", count: width - digits.count))\(digits)"
    }
}
