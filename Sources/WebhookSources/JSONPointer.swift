package import JSON

/// A place in a JSON document (RFC 6901): `/issue/labels/0/name`.
package struct JSONPointer: Sendable, Hashable {
    private let tokens: [String]

    /// Nil for a text that is no pointer.
    package init?(_ text: String) {
        if text.isEmpty {
            tokens = []
            return
        }
        guard text.hasPrefix("/") else { return nil }
        var tokens: [String] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            var token = ""
            var rest = part[...]
            while let tilde = rest.firstIndex(of: "~") {
                token += rest[..<tilde]
                let next = rest.index(after: tilde)
                guard next < rest.endIndex else { return nil }
                switch rest[next] {
                case "0": token.append("~")
                case "1": token.append("/")
                default: return nil
                }
                rest = rest[rest.index(after: next)...]
            }
            tokens.append(token + rest)
        }
        self.tokens = tokens
    }

    /// What stands there; nil if nothing does.
    package func value(in document: JSONValue) -> JSONValue? {
        var value = document
        for token in tokens {
            switch value {
            case .object(let object):
                guard let member = object[token] else { return nil }
                value = member
            case .array(let elements):
                // "01" is no index, and "-" is the one behind the last.
                guard let index = Int(token), String(index) == token, elements.indices.contains(index) else {
                    return nil
                }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }
}
