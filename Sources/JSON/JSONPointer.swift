/// RFC 6901: a way to a value inside of another.
package enum JSONPointer {
    /// Whether a tilde stands there that is neither `~0` nor `~1`.
    package static func hasStrayTilde(_ pointer: String) -> Bool {
        var rest = pointer[...]
        while let tilde = rest.firstIndex(of: "~") {
            rest = rest[rest.index(after: tilde)...]
            guard rest.first == "0" || rest.first == "1" else { return true }
        }
        return false
    }

    /// The value that a pointer leads to; nil if it leads nowhere. The empty pointer leads to the whole.
    package static func value(at pointer: String, in root: JSONValue) -> JSONValue? {
        if pointer.isEmpty { return root }
        guard pointer.hasPrefix("/") else { return nil }
        var value = root
        for part in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let name = unescaped(part)
            switch value {
            case .object:
                guard let member = value[name] else { return nil }
                value = member
            case .array:
                guard let index = index(name), let element = value[index] else { return nil }
                value = element
            default: return nil
            }
        }
        return value
    }

    /// An index is written without leading zeros.
    private static func index(_ text: String) -> Int? {
        guard text == "0" || text.first.map({ "123456789".contains($0) }) == true else { return nil }
        return text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    private static func unescaped(_ part: Substring) -> String {
        guard part.contains("~") else { return String(part) }
        var result = ""
        var isEscaped = false
        for character in part {
            if isEscaped {
                result += character == "1" ? "/" : "~"
                isEscaped = false
            } else if character == "~" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return result
    }
}
