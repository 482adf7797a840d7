import JSON

/// A part of a path that is different for each task.
struct PathParameter {
    let name: String

    /// Those of a router's path, in order.
    static func all(in path: String) -> [PathParameter] {
        path.matches(of: /\{([a-z]+)\}/).map { PathParameter(name: String($0.1)) }
    }

    var schema: Schema {
        switch name {
        case "id", "ask", "endpoint", "source": .string(pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")
        case "name": .string(pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
        case "number": .integer(1...Int.max)
        case "sid": .string(pattern: "^[A-Za-z0-9_-]{1,200}$")
        default: .string()
        }
    }

    private var text: String {
        switch name {
        case "id": "The task's id: the name of its directory."
        case "sid": "The session's id at its server."
        case "pid": "The permission's id: of `GET /api/permissions`."
        case "ask": "The ask's name, as it is told in `asks`."
        case "path": "Below the task's directory, as it is told in `files`."
        case "endpoint": "The name of an endpoint: of its directory in `outbox/`."
        case "source": "The name of a source, as `GET /api/webhooks/sources` lists it."
        case "name": "The name of a schedule: of its file `schedules/NAME.yaml`."
        case "number": "The number of an event."
        case "version": "Which build of the dashboard: its page says so."
        case "file": "The name of one of its files."
        default: name
        }
    }

    var json: JSONValue {
        [
            "name": .string(name), "in": "path", "required": true, "description": .string(text),
            "schema": .object(schema.json),
        ]
    }
}
