/// What a scalar means by the core schema of YAML 1.2.
///
/// Narrower than the schema where it would lose what a person wrote: a number with a leading zero (`007`, a phone
/// number), one that does not fit, `.inf` and `.nan` stay strings. `yes`, `no`, `on` and `off` are strings, as 1.2 has
/// it.
package enum YAMLScalar: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    /// Always finite.
    case float(Double)
    case string(String)

    /// Reads a scalar without quotes and without a tag.
    package init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .bool(true)
        case "false", "False", "FALSE": self = .bool(false)
        default: self = Self.number(text) ?? .string(text)
        }
    }

    /// Reads a scalar with a tag; nil if the text is none of that kind.
    init?(_ text: String, tag: YAMLTag) {
        let plain = YAMLScalar(plain: text)
        switch (tag, plain) {
        case (.string, _): self = .string(text)
        case (.null, .null), (.bool, .bool), (.int, .int), (.float, .float): self = plain
        case (.float, .int(let value)): self = .float(Double(value))
        default: return nil
        }
    }

    private static func number(_ text: String) -> YAMLScalar? {
        // Most scalars are words: the first byte tells.
        guard let first = text.utf8.first, isDigit(first) || "+-.".utf8.contains(first), text.utf8.count <= 400 else {
            return nil
        }
        if text.hasPrefix("0x") { return radix(text.dropFirst(2), 16) }
        if text.hasPrefix("0o") { return radix(text.dropFirst(2), 8) }

        var rest = Substring(text).utf8
        if let sign = rest.first, "+-".utf8.contains(sign) { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit)
        if whole.count > 1, whole.first == UInt8(ascii: "0") { return nil }
        rest = rest.dropFirst(whole.count)
        if rest.isEmpty { return whole.isEmpty ? nil : Int(text).map { .int($0) } }

        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let fraction = rest.prefix(while: isDigit)
            if whole.isEmpty, fraction.isEmpty { return nil }
            rest = rest.dropFirst(fraction.count)
        } else if whole.isEmpty {
            return nil
        }
        if let exponent = rest.first, "eE".utf8.contains(exponent) {
            rest = rest.dropFirst()
            if let sign = rest.first, "+-".utf8.contains(sign) { rest = rest.dropFirst() }
            let digits = rest.prefix(while: isDigit)
            if digits.isEmpty { return nil }
            rest = rest.dropFirst(digits.count)
        }
        guard rest.isEmpty, let value = Double(text), value.isFinite else { return nil }
        return .float(value)
    }

    private static func radix(_ digits: Substring, _ radix: Int) -> YAMLScalar? {
        // `Int(_:radix:)` would take a sign after the prefix.
        guard let first = digits.utf8.first, !"+-".utf8.contains(first) else { return nil }
        return Int(digits, radix: radix).map { .int($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
