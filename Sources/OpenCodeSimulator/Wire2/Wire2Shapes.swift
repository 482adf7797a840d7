import JSON

/// How wire 2 writes what the server knows.
enum Wire2Shapes {
    static func info(_ session: StoredSession, isEarly: Bool, faults: SimulatorFaults) -> JSONValue {
        var object: JSONObject = ["id": .string(session.id)]
        object["parentID"] = session.parentID.map { .string($0) }
        object["projectID"] = "global"
        object["agent"] = session.agent.map { .string($0) }
        object["model"] = session.model.map { model($0, session.wire2.variant) }
        object["title"] = .string(session.title)
        object["location"] = location(faults.wrongDirectory ?? session.directory)
        object["cost"] = .double(session.usage.cost)
        object["tokens"] = session.usage.json
        var time: JSONObject = ["created": .int(session.created), "updated": .int(session.updated)]
        if !isEarly {
            object["outcome"] = session.wire2.outcome.map { .string($0) }
            time["idle"] = session.wire2.idle.map { .int($0) }
            object["metadata"] = session.wire2.metadata
        }
        object["time"] = .object(time)
        if session.wire2.hasRules { object["permissions"] = .array(session.rules.map(\.wire2)) }
        return .object(object)
    }

    static func location(_ directory: String) -> JSONValue { ["directory": .string(directory)] }

    static func model(_ model: ModelReference, _ variant: String?) -> JSONValue {
        var object: JSONObject = ["id": .string(model.modelID), "providerID": .string(model.providerID)]
        object["variant"] = variant.map { .string($0) }
        return .object(object)
    }

    static func error(_ type: String, _ message: String, status: Int? = nil) -> JSONValue {
        var object: JSONObject = ["type": .string(type), "message": .string(message)]
        object["status"] = status.map { .int($0) }
        return .object(object)
    }

    static func error(_ failure: AgentFailure) -> JSONValue {
        switch failure {
        case .providerAuth: error("provider.auth", "The provider's API key is missing or wrong", status: 401)
        case .api(429, _): error("provider.rate-limit", "The provider answered 429", status: 429)
        case .api(let status, _):
            error(
                status >= 500 ? "provider.internal" : "provider.invalid-request", "The provider answered \(status)",
                status: status)
        case .contextOverflow:
            error("provider.invalid-request", "The conversation is longer than the model's context", status: 400)
        case .outputLength: error("provider.invalid-output", "The answer is longer than the model's limit")
        case .structuredOutput: error("provider.invalid-output", "The model did not produce structured output")
        case .aborted: aborted
        case .unknown(let message): error("unknown", message)
        }
    }

    static let aborted = error("aborted", "Step interrupted")

    /// The tools and permissions of wire 1 that have another name in wire 2, so that a script suits both.
    static func action(_ name: String) -> String {
        switch name {
        case "bash": "shell"
        case "task": "subagent"
        default: name
        }
    }

    static func form(_ form: AgentForm, id: String, session: String) -> JSONValue {
        var object: JSONObject = ["id": .string(id), "sessionID": .string(session)]
        object["title"] = form.title.map { .string($0) }
        object["fields"] = .array(form.fields.map(field))
        return .object(object)
    }

    private static func field(_ field: AgentForm.Field) -> JSONValue {
        var object: JSONObject = [
            "key": .string(field.key), "type": .string(field.kind.rawValue), "title": .string(field.title),
            "required": true,
        ]
        if !field.options.isEmpty || field.kind == .multiselect {
            object["options"] = .array(field.options.map { ["value": .string($0), "label": .string($0)] })
        }
        return .object(object)
    }
}
