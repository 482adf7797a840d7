package import JSON

/// The part of JSON Schema that OpenCode's description of its API and our own use. A keyword that is not known here is an error, not luck.
package struct SchemaValidator: Sendable {
    /// Finds what a `$ref` names.
    package let definitions: JSONObject

    package init(definitions: JSONObject) { self.definitions = definitions }

    private static let known: Set = [
        "$ref", "additionalProperties", "anyOf", "const", "default", "description", "enum", "exclusiveMinimum",
        "format", "items", "maxItems", "minItems", "minProperties", "maxLength", "maximum", "minLength", "minimum",
        "oneOf", "pattern", "properties",
        "propertyNames", "required", "type",
    ]

    /// What is wrong with a value, each with its place; empty if nothing is.
    package func problems(_ value: JSONValue, _ schema: JSONValue, at place: String = "$") -> [String] {
        guard let schema = schema.object else { return ["\(place): the schema is no object"] }
        if let unknown = schema.keys.first(where: { !Self.known.contains($0) && !$0.hasPrefix("x-") && $0 != "ref" }) {
            return ["\(place): the schema has \(unknown), which is not understood"]
        }
        if let reference = schema["$ref"]?.string {
            let name = String(reference.split(separator: "/").last ?? "")
            guard let target = definitions[name] else { return ["\(place): no schema \(reference)"] }
            return problems(value, target, at: place)
        }
        var found: [String] = []
        let types = schema["type"]?.array?.compactMap(\.string) ?? schema["type"]?.string.map { [$0] } ?? []
        if !types.isEmpty, !types.contains(where: { Self.isOf($0, value) }) {
            return ["\(place): is \(value.kind), not \(types.joined(separator: " or "))"]
        }
        if let constant = schema["const"], constant != value { found.append("\(place): is not \(constant.compact)") }
        if let list = schema["enum"]?.array, !list.contains(value) {
            found.append("\(place): \(value.compact.prefix(80)) is none of \(JSONValue.array(list).compact)")
        }
        if let text = value.string { found += Self.textProblems(text, schema, place) }
        if let number = value.double {
            if let least = schema["minimum"]?.double, number < least { found.append("\(place): under \(least)") }
            if let most = schema["maximum"]?.double, number > most { found.append("\(place): over \(most)") }
            if let least = schema["exclusiveMinimum"]?.double, number <= least {
                found.append("\(place): at most \(least)")
            }
        }
        for choices in [schema["anyOf"], schema["oneOf"]].compactMap({ $0?.array }) {
            found += choice(value, choices, place)
        }
        if let object = value.object { found += members(object, schema, place) }
        if let most = schema["maxItems"]?.int, let count = value.array?.count, count > most {
            found.append("\(place): has \(count) items")
        }
        if let least = schema["minItems"]?.int, let count = value.array?.count, count < least {
            found.append("\(place): has \(count) items")
        }
        if let least = schema["minProperties"]?.int, let count = value.object?.count, count < least {
            found.append("\(place): has \(count) members")
        }
        if let items = schema["items"], let list = value.array {
            for (index, item) in list.enumerated() { found += problems(item, items, at: "\(place)[\(index)]") }
        }
        return found
    }

    private func choice(_ value: JSONValue, _ choices: [JSONValue], _ place: String) -> [String] {
        var nearest: [String]?
        for choice in choices {
            let wrong = problems(value, choice, at: place)
            if wrong.isEmpty { return [] }
            if wrong.count < nearest?.count ?? .max { nearest = wrong }
        }
        return ["\(place): none of \(choices.count) choices fits; nearest: \(nearest ?? [])"]
    }

    private func members(_ object: JSONObject, _ schema: JSONObject, _ place: String) -> [String] {
        var found: [String] = []
        for name in schema["required"]?.array?.compactMap(\.string) ?? [] where object[name] == nil {
            found.append("\(place): \(name) is missing")
        }
        let properties = schema["properties"]?.object
        for (name, value) in object {
            if let known = properties?[name] {
                found += problems(value, known, at: "\(place).\(name)")
                continue
            }
            switch schema["additionalProperties"] {
            case .some(.bool(false)): found.append("\(place): \(name) is not allowed")
            case .some(.object(let more)): found += problems(value, .object(more), at: "\(place).\(name)")
            default: break
            }
        }
        return found
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("null", .null),
            ("number", .int), ("number", .double), ("integer", .int):
            true
        default: false
        }
    }

    private static func textProblems(_ text: String, _ schema: JSONObject, _ place: String) -> [String] {
        var found: [String] = []
        let length = text.unicodeScalars.count
        if let least = schema["minLength"]?.int, length < least { found.append("\(place): shorter than \(least)") }
        if let most = schema["maxLength"]?.int, length > most { found.append("\(place): longer than \(most)") }
        guard let pattern = schema["pattern"]?.string else { return found }
        guard let regex = try? Regex(pattern).matchingSemantics(.unicodeScalar) else {
            return found + ["\(place): pattern \(pattern) not understood"]
        }
        if text.firstMatch(of: regex) == nil {
            found.append("\(place): \(JSONValue.string(text).compact.prefix(80)) does not match \(pattern)")
        }
        return found
    }
}
