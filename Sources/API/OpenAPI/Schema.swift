import JSON

/// A JSON Schema (2020-12, as OpenAPI 3.1 has it), put together from the few forms that our answers and bodies have.
struct Schema: Sendable {
    var json: JSONObject

    private init(_ json: JSONObject) { self.json = json }

    /// One of the components, by its name.
    static func ref(_ name: String) -> Schema { Schema(["$ref": .string("#/components/schemas/\(name)")]) }

    static let anything = Schema([:])

    static let bool = Schema(["type": "boolean"])

    static func constant(_ value: JSONValue) -> Schema { Schema(["const": value]) }

    /// - Parameters:
    ///   - longest: In characters; then it must not be empty either.
    ///   - most: In characters, where it may be empty.
    static func string(
        longest: Int? = nil, atMost most: Int? = nil, pattern: String? = nil, format: String? = nil
    ) -> Schema {
        var json: JSONObject = ["type": "string"]
        json["minLength"] = longest == nil ? nil : 1
        json["maxLength"] = (longest ?? most).map { .int($0) }
        json["pattern"] = pattern.map { .string($0) }
        json["format"] = format.map { .string($0) }
        return Schema(json)
    }

    static func word(_ words: [String]) -> Schema {
        Schema(["type": "string", "enum": .array(words.map { .string($0) })])
    }

    /// Words joined by commas, as a query has them.
    static func words(_ words: [String]) -> Schema {
        let choice = "(\(words.joined(separator: "|")))"
        return .string(pattern: "^\(choice)(,\(choice))*$")
    }

    static func integer(_ range: ClosedRange<Int>? = nil, from least: Int? = nil) -> Schema {
        var json: JSONObject = ["type": "integer"]
        json["minimum"] = (range?.lowerBound ?? least).map { .int($0) }
        json["maximum"] = (range?.upperBound).map { .int($0) }
        return Schema(json)
    }

    static func number(above: Double? = nil, from least: Double? = nil, to most: Double? = nil) -> Schema {
        var json: JSONObject = ["type": "number"]
        json["exclusiveMinimum"] = above.map { .double($0) }
        json["minimum"] = least.map { .double($0) }
        json["maximum"] = most.map { .double($0) }
        return Schema(json)
    }

    static func array(of items: Schema, shortest: Int? = nil, longest: Int? = nil) -> Schema {
        var json: JSONObject = ["type": "array", "items": .object(items.json)]
        json["minItems"] = shortest.map { .int($0) }
        json["maxItems"] = longest.map { .int($0) }
        return Schema(json)
    }

    /// - Parameters:
    ///   - members: Those that are always there.
    ///   - optional: Those that may be missing.
    ///   - isClosed: Whether others are refused. Answers are open: a newer version may have more.
    static func object(
        _ members: KeyValuePairs<String, Schema>, optional: KeyValuePairs<String, Schema> = [:], isClosed: Bool = false,
        fewest: Int? = nil
    ) -> Schema {
        var properties: JSONObject = [:]
        for (name, schema) in members { properties[name] = .object(schema.json) }
        for (name, schema) in optional { properties[name] = .object(schema.json) }
        var json: JSONObject = ["type": "object", "properties": .object(properties)]
        if !members.isEmpty { json["required"] = .array(members.map { .string($0.key) }) }
        if isClosed { json["additionalProperties"] = false }
        json["minProperties"] = fewest.map { .int($0) }
        return Schema(json)
    }

    /// An object whose members have names that nobody knows before.
    static func map(of values: Schema? = nil) -> Schema {
        var json: JSONObject = ["type": "object"]
        json["additionalProperties"] = values.map { .object($0.json) }
        return Schema(json)
    }

    static func any(of choices: Schema...) -> Schema {
        Schema(["anyOf": .array(choices.map { .object($0.json) })])
    }

    /// An object that has the members of at least one of the choices.
    func needing(_ choices: [KeyValuePairs<String, Schema>]) -> Schema {
        var copy = self
        copy.json["anyOf"] = .array(
            choices.map { members in
                var properties: JSONObject = [:]
                for (name, schema) in members { properties[name] = .object(schema.json) }
                return ["properties": .object(properties), "required": JSONValue(members.map(\.key))]
            })
        return copy
    }

    /// Or `null`.
    var orNull: Schema {
        guard let type = json["type"]?.string, json["enum"] == nil else {
            return .any(of: self, Schema(["type": "null"]))
        }
        var copy = self
        copy.json["type"] = [.string(type), "null"]
        return copy
    }

    func described(_ text: String) -> Schema {
        var copy = self
        copy.json["description"] = .string(text)
        return copy
    }
}
