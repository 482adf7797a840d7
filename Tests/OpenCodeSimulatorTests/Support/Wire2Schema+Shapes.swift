import JSON

/// The shapes of wire 2. A string is the name of a shape, or of a JSON type; `any` is anything.
extension Wire2Schema {
    static let created = object(["created": "integer"])

    static let shapes: [String: JSONValue] = [
        "Server": object([
            "version": "string", "pid": "integer", "healthy?": "boolean", "urls?": list("string"),
            "paths?": object(["tmp": "string", "home?": "string"]),
        ]),
        "Location": object(["directory": "string"]),
        "ModelRef": object(["id": "string", "providerID": "string", "variant?": "string"]),
        "MaybeModel": .object(["anyOf": [expand("Model"), ["type": "null"]]]),
        "Model": object([
            "id": "string", "modelID": "string", "providerID": "string", "name": "string", "capabilities": "object",
            "variants": list(object(["id": "string"])), "time": object(["released": "integer"]), "cost": list("object"),
            "status": choice("active"), "enabled": "boolean",
            "limit": object(["context": "integer", "output": "integer"]),
        ]),
        "Agent": object([
            "id": "string", "mode": choice("primary", "subagent", "all"), "hidden": "boolean", "request": "object",
            "permissions": list("Rule"),
        ]),
        "Rule": object(["action": "string", "resource": "string", "effect": choice("allow", "deny", "ask")]),
        "Tokens": object([
            "input": "integer", "output": "integer", "reasoning": "integer",
            "cache": object(["read": "integer", "write": "integer"]),
        ]),
        "Info": object([
            "id": id("ses_"), "parentID?": id("ses_"), "projectID": "string", "agent?": "string", "model?": "ModelRef",
            "title?": "string", "location": "Location", "subpath?": "string", "cost": "number", "tokens": "Tokens",
            "outcome?": outcome,
            "time": object([
                "created": "integer", "updated": "integer", "idle?": "integer", "viewed?": "integer",
                "archived?": "integer",
            ]),
            "metadata?": "object", "permissions?": list("Rule"), "revert?": "object",
        ]),
        "Error": object(["type": "string", "message": "string", "status?": "integer"]),
        "FileStatus": object([
            "file": "string", "additions": "integer", "deletions": "integer",
            "status?": choice("added", "deleted", "modified"),
        ]),
        "Diff": object([
            "file": "string", "patch": "string", "additions": "integer", "deletions": "integer",
            "status?": choice("added", "deleted", "modified"),
        ]),
        "Permission": object([
            "id": id("per_"), "sessionID": id("ses_"), "action": "string", "resources": list("string"),
            "save?": list("string"), "metadata?": "object", "message?": "string",
            "source": object(["type": choice("tool"), "messageID": id("msg_"), "id": "string"]),
        ]),
        "Saved": object(["id": id("psv_"), "projectID": "string", "action": "string", "resource": "string"]),
        "Form": object([
            "id": id("frm_"), "sessionID": id("ses_"), "title?": "string", "metadata?": "object",
            "fields": list(
                object([
                    "key": "string",
                    "type": choice("string", "number", "integer", "boolean", "multiselect", "external"),
                    "title?": "string", "required?": "boolean", "when?": "object",
                    "options?": list(object(["value": "string", "label": "string"])),
                ])),
        ]),
        "Row": oneOf([
            row("user", ["text": "string", "files?": list("any"), "metadata?": "object"]),
            row(
                "assistant",
                [
                    "agent": "string", "model": "ModelRef", "content": list("Content"), "finish?": finish,
                    "rawFinish?": "string", "cost?": "number", "tokens?": "Tokens", "error?": "Error",
                    "retry?": object(["attempt": "integer", "at": "integer", "error": "Error"]),
                    "time": object(["created": "integer", "streamed?": "integer", "completed?": "integer"]),
                ]),
            row("synthetic", ["text": "string", "metadata?": "object"]), row("system", ["text": "string"]),
            row("agent-switched", ["agent": "string"]), row("model-switched", ["model": "ModelRef"]),
            row("idle", ["outcome": outcome]),
        ]),
        "Content": oneOf([
            object(["type": choice("text", "reasoning"), "text": "string"]),
            object([
                "type": choice("tool"), "id": "string", "name": "string",
                "time": object(["created": "integer", "ran?": "integer", "completed?": "integer"]),
                "state": oneOf([
                    object(["status": choice("streaming"), "input": "string"]),
                    object(["status": choice("running"), "input": "object", "metadata": "object"]),
                    object(["status": choice("completed"), "input": "object", "content": list("object")]),
                    object(["status": choice("error"), "input": "object", "error": "Error"]),
                ]),
            ]),
        ]),
    ]

    private static let outcome = choice("succeeded", "failed", "interrupted")
    private static let finish = choice("stop", "length", "tool-calls", "content-filter", "error", "unknown")

    private static func row(_ type: String, _ members: [String: JSONValue]) -> JSONValue {
        object(["id": id("msg_"), "type": choice(type), "time": created].merging(members) { $1 })
    }

    static func inbox(_ time: [String: JSONValue]) -> JSONValue {
        let payload = object(["text": "string", "files?": list("any"), "agents?": list("any"), "metadata?": "object"])
        let members: [String: JSONValue] = [
            "id": id("msg_"), "sessionID": id("ses_"), "type": choice("user"), "payload": payload,
            "delivery": choice("steer", "queue"),
        ]
        return object(members.merging(time) { $1 })
    }

    /// By type: whether it is kept in the session's history, and its data.
    static let events: [String: (isDurable: Bool, data: JSONValue)] = {
        let plain: [String: (Bool, JSONValue)] = [
            "server.connected": (false, object([:])), "config.updated": (false, object([:])),
            "permission.asked": (false, "Permission"),
            "permission.replied": (
                false, session(["requestID": id("per_"), "reply": choice("once", "always", "reject")])
            ),
            "form.created": (false, object(["form": "Form"])),
            "form.replied": (false, session(["id": id("frm_"), "answer": "object"])),
            "form.cancelled": (false, session(["id": id("frm_")])),
            "session.usage.updated": (false, session(["cost": "number", "tokens": "Tokens"])),
            "session.created": (true, session(["info": "Info"])),
            "session.renamed": (true, session(["title": "string"])),
            "session.deleted": (true, session([:])), "session.agent.selected": (true, session(["agent": "string"])),
            "session.model.selected": (true, session(["model": "ModelRef"])),
            "session.permissions.updated": (true, session(["permissions": list("Rule")])),
            "session.inbox.enqueued": (true, session(["inboxID": id("msg_"), "item": "object"])),
            "session.inbox.delivered": (true, session(["inboxID": id("msg_")])),
            "session.inbox.cancelled": (true, session(["inboxID": id("msg_")])),
            "session.inbox.updated": (true, session(["inboxID": id("msg_"), "delivery": choice("steer", "queue")])),
            "session.synthetic": (true, session(["text": "string", "metadata?": "object"])),
            "session.execution.started": (true, session([:])), "session.execution.succeeded": (true, session([:])),
            "session.execution.failed": (true, session(["error": "Error"])),
            "session.execution.interrupted": (true, session(["reason": choice("user", "shutdown")])),
        ]
        let steps: [String: (Bool, [String: JSONValue])] = [
            "step.started": (true, ["agent": "string", "model": "ModelRef"]), "step.streamed": (false, [:]),
            "step.ended": (true, ["finish": finish, "cost": "number", "tokens": "Tokens"]),
            "step.failed": (true, ["error": "Error"]), "text.started": (true, ["ordinal": "integer"]),
            "text.delta": (false, ["ordinal": "integer", "delta": "string"]),
            "text.ended": (true, ["ordinal": "integer", "text": "string"]),
            "tool.input.started": (true, ["id": "string", "name": "string"]),
            "tool.input.ended": (true, ["id": "string", "text": "string"]),
            "tool.called": (true, ["id": "string", "input": "object", "executed": "boolean"]),
            "tool.progress": (false, ["id": "string", "content": list("object")]),
            "tool.success": (true, ["id": "string", "content": list("object"), "executed": "boolean"]),
            "tool.failed": (true, ["id": "string", "error": "Error", "executed": "boolean"]),
            "retry.scheduled": (true, ["attempt": "integer", "at": "integer", "error": "Error"]),
        ]
        let named = steps.map { name, step in
            let members = step.1.merging(["assistantMessageID": id("msg_")]) { $1 }
            return ("session.\(name)", (step.0, session(members)))
        }
        return plain.merging(named) { $1 }.mapValues { (isDurable: $0.0, data: $0.1) }
    }()

    // MARK: how shapes are written

    private static func session(_ members: [String: JSONValue]) -> JSONValue {
        object(members.merging(["sessionID": id("ses_")]) { $1 })
    }

    /// A name that ends in `?` need not be there. No other names are allowed.
    static func object(_ members: [String: JSONValue]) -> JSONValue {
        var properties = JSONObject()
        var required: [String] = []
        for (name, shape) in members {
            let isOptional = name.hasSuffix("?")
            properties[isOptional ? String(name.dropLast()) : name] = expand(shape)
            if !isOptional { required.append(name) }
        }
        return [
            "type": "object", "properties": .object(properties), "required": JSONValue(required),
            "additionalProperties": false,
        ]
    }

    static func list(_ shape: JSONValue) -> JSONValue { ["type": "array", "items": expand(shape)] }
    static func map(_ shape: JSONValue) -> JSONValue { ["type": "object", "additionalProperties": expand(shape)] }
    static func choice(_ words: String...) -> JSONValue { ["type": "string", "enum": JSONValue(words)] }
    static func id(_ prefix: String) -> JSONValue { ["type": "string", "pattern": .string("^\(prefix).*")] }
    static func oneOf(_ shapes: [JSONValue]) -> JSONValue { ["anyOf": .array(shapes.map(expand))] }
    static func data(_ shape: JSONValue) -> JSONValue { object(["data": shape]) }
    static func located(_ shape: JSONValue) -> JSONValue { object(["location": "Location", "data": shape]) }

    static func page(_ shape: JSONValue) -> JSONValue {
        let cursor: JSONValue = ["anyOf": [["type": "string"], ["type": "null"]]]
        return object(["data": list(shape), "cursor": object(["previous": cursor, "next": cursor])])
    }

    static func expand(_ shape: JSONValue) -> JSONValue {
        guard let name = shape.string else { return shape }
        if name == "any" { return [:] }
        let types = ["string", "integer", "number", "boolean", "object", "array"]
        return types.contains(name) ? ["type": .string(name)] : ["$ref": .string(name)]
    }
}
