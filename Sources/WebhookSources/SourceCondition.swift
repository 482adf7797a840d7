package import JSON

/// One thing that must be so for a rule to apply: a header, or what stands at a place in the body.
package struct SourceCondition: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        /// In lower case.
        case header(String)
        case body(JSONPointer)
    }

    package enum Test: Sendable, Hashable {
        /// It is one of these.
        case isOne([JSONValue])
        /// Something else than `null` stands there, or nothing does.
        case exists(Bool)
        /// A list has one of these as an element.
        case contains([JSONValue])
        /// The text begins with this word, alone or with white space behind it.
        case command(String)
    }

    package var place: Place
    package var test: Test

    package init(_ place: Place, _ test: Test) {
        self.place = place
        self.test = test
    }

    func holds(_ headers: [String: String], _ body: JSONValue) -> Bool {
        let value: JSONValue? =
            switch place {
            case .header(let name): headers[name].map { .string($0) }
            case .body(let pointer): pointer.value(in: body)
            }
        switch test {
        case .isOne(let values): return value.map(values.contains) ?? false
        case .exists(let wanted): return (value ?? .null != .null) == wanted
        case .contains(let values): return value?.array?.contains(where: values.contains) ?? false
        case .command(let word): return value?.string.map { Self.text($0, beginsWith: word) } ?? false
        }
    }

    static func text(_ text: String, beginsWith word: String) -> Bool {
        guard text.hasPrefix(word) else { return false }
        return text.dropFirst(word.count).first.map(\.isWhitespace) ?? true
    }
}
