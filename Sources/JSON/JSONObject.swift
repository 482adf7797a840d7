/// The members of a JSON object, in the order in which they were written.
package struct JSONObject: Sendable {
    private var names: [String] = []
    private var values: [String: JSONValue] = [:]

    package init() {}

    package var count: Int { names.count }
    package var isEmpty: Bool { names.isEmpty }

    /// The member names, in order.
    package var keys: [String] { names }

    /// Reads, replaces (in place), appends, or with nil removes a member.
    package subscript(name: String) -> JSONValue? {
        get { values[name] }
        set {
            if let newValue {
                if values.updateValue(newValue, forKey: name) == nil { names.append(name) }
            } else if values.removeValue(forKey: name) != nil {
                names.removeAll { $0 == name }
            }
        }
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> AnyIterator<(name: String, value: JSONValue)> {
        var names = names.makeIterator()
        let values = values
        return AnyIterator {
            guard let name = names.next(), let value = values[name] else { return nil }
            return (name, value)
        }
    }
}

/// Two objects are equal when they have the same members; their order says nothing.
extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool { left.values == right.values }
    package func hash(into hasher: inout Hasher) { values.hash(into: &hasher) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        for (name, value) in elements { self[name] = value }
    }
}
