import JSON

/// What is sent for a form: a value for each field by its key.
enum FormAnswer {
    /// The first option of everything that has options, and yes to what is yes or no.
    ///
    /// - Returns: Nil when something is asked for that nobody can choose for another.
    static func standard(_ fields: [AgentAsk.Question]) -> JSONValue? {
        var object: JSONObject = [:]
        for field in fields {
            guard let key = field.key else { return nil }
            if field.kind == .boolean {
                object[key] = true
            } else if field.kind != .external, let first = field.options.first,
                let value = try? value(of: [first], for: field)
            {
                object[key] = value
            } else if field.isRequired || field.kind == .external {
                return nil
            }
        }
        return .object(object)
    }

    /// What a person chose or wrote, a list for each field.
    ///
    /// - Throws: ``AgentError`` with code `refused` for what is no value of the field's type.
    static func chosen(_ labels: [[String]], _ fields: [AgentAsk.Question]) throws(AgentError) -> JSONValue {
        var object: JSONObject = [:]
        for (field, texts) in zip(fields, labels) {
            guard let key = field.key, !texts.isEmpty || field.isMultiple else { continue }
            object[key] = try value(of: texts, for: field)
        }
        return .object(object)
    }

    private static let truths = ["true": true, "yes": true, "false": false, "no": false]

    private static func value(of texts: [String], for field: AgentAsk.Question) throws(AgentError) -> JSONValue {
        let values = texts.map { text in
            guard let index = field.options.firstIndex(of: text), let values = field.values else { return text }
            return values.indices.contains(index) ? values[index] : text
        }
        if field.isMultiple { return JSONValue(values) }
        let text = values.first ?? ""
        let value: JSONValue? =
            switch field.kind {
            case .text: .string(text)
            case .integer: Int(text).map { .int($0) }
            case .number: Int(text).map { .int($0) } ?? Double(text).flatMap { $0.isFinite ? .double($0) : nil }
            case .boolean: truths[text.lowercased()].map { .bool($0) }
            case .external: nil
            }
        guard let value else {
            throw AgentError(
                .refused, "\"\(text.prefix(80))\" is no \(field.kind.rawValue), which \(field.header) asks for",
                wasPossiblyReceived: false)
        }
        return value
    }
}
