import JSON

/// How wire 1 writes what the server knows. The shapes are those of OpenCode's own description of its API.
enum Wire1Shapes {
    static func session(_ session: StoredSession, version: String, faults: SimulatorFaults) -> JSONValue {
        let directory = faults.wrongDirectory ?? session.directory
        var object: JSONObject = [
            "id": .string(session.id), "slug": .string(session.slug), "projectID": "global",
            "directory": .string(directory), "path": "", "title": .string(session.title),
            "version": .string(version), "cost": .double(session.usage.cost), "tokens": session.usage.json,
        ]
        var time: JSONObject = ["created": .int(session.created), "updated": .int(session.updated)]
        time["archived"] = session.archived.map { .int($0) }
        object["time"] = .object(time)
        object["parentID"] = session.parentID.map { .string($0) }
        object["agent"] = session.agent.map { .string($0) }
        object["model"] = session.model.map {
            ["id": .string($0.modelID), "providerID": .string($0.providerID)]
        }
        if session.hasRules { object["permission"] = .array(session.rules.map(\.json)) }
        return .object(object)
    }

    static func error(_ failure: AgentFailure, model: ModelReference) -> JSONValue {
        switch failure {
        case .providerAuth:
            [
                "name": "ProviderAuthError",
                "data": [
                    "providerID": .string(model.providerID), "message": "The provider's API key is missing or wrong",
                ],
            ]
        case .api(let status, let retryable):
            [
                "name": "APIError",
                "data": [
                    "message": .string("The provider answered \(status)"), "statusCode": .int(status),
                    "isRetryable": .bool(retryable),
                ],
            ]
        case .contextOverflow:
            [
                "name": "ContextOverflowError",
                "data": ["message": "The conversation is longer than the model's context"],
            ]
        case .outputLength: ["name": "MessageOutputLengthError", "data": [:]]
        case .structuredOutput:
            [
                "name": "StructuredOutputError",
                "data": ["message": "The model did not produce structured output", "retries": 0],
            ]
        case .aborted: ["name": "MessageAbortedError", "data": ["message": "The operation was aborted."]]
        case .unknown(let message): ["name": "UnknownError", "data": ["message": .string(message)]]
        }
    }

    static func question(_ field: AgentForm.Field) -> JSONValue {
        var object: JSONObject = [
            "question": .string("\(field.title)?"), "header": .string(String(field.title.prefix(30))),
            "options": .array(field.options.map { ["label": .string($0), "description": .string($0)] }),
        ]
        if field.kind == .multiselect { object["multiple"] = true }
        return .object(object)
    }

    static func part(
        _ id: String, _ type: String, session: String, message: String, _ more: JSONObject = [:]
    ) -> JSONObject {
        var part: JSONObject = [
            "id": .string(id), "sessionID": .string(session), "messageID": .string(message),
            "type": .string(type),
        ]
        for (name, value) in more { part[name] = value }
        return part
    }

    static func diff(_ change: FileChange) -> JSONValue {
        let before = lines(change.before)
        let after = lines(change.after)
        // The lines that both ends share are no change.
        var start = 0
        while start < before.count, start < after.count, before[start] == after[start] { start += 1 }
        var end = 0
        while end < before.count - start, end < after.count - start,
            before[before.count - 1 - end] == after[after.count - 1 - end]
        {
            end += 1
        }
        let removed = before[start..<(before.count - end)]
        let added = after[start..<(after.count - end)]
        func range(_ count: Int) -> String { count == 0 ? "\(start),0" : "\(start + 1),\(count)" }
        let head = "--- a/\(change.file)\n+++ b/\(change.file)\n@@ -\(range(removed.count)) +\(range(added.count)) @@\n"
        let body = removed.map { "-\($0)\n" }.joined() + added.map { "+\($0)\n" }.joined()
        return [
            "file": .string(change.file), "patch": .string(head + body), "additions": .int(added.count),
            "deletions": .int(removed.count), "status": .string(change.status),
        ]
    }

    private static func lines(_ text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
