import JSON
import JSONSchema

/// What wire 2 answers, and what its events are: a table of shapes, nothing more and nothing less than each allows.
struct Wire2Schema: Sendable {
    let isEarly: Bool
    private let validator: SchemaValidator

    init(isEarly: Bool = false) {
        self.isEarly = isEarly
        var definitions = JSONObject()
        for (name, shape) in Self.shapes { definitions[name] = shape }
        definitions["Inbox"] = isEarly ? Self.inbox(["timeCreated": "integer"]) : Self.inbox(["time": Self.created])
        validator = SchemaValidator(definitions: definitions)
    }

    // MARK: answers

    /// Method and path, with `*` for what varies, and what the answer is; nil for 204 without a body.
    private static let answers: [(method: String, path: String, shape: JSONValue?)] = [
        ("GET", "/api/info", "Server"), ("GET", "/api/status", "Server"), ("GET", "/api/health", "Server"),
        ("GET", "/openapi.json", "any"), ("GET", "/api/integration", located(list("any"))),
        ("GET", "/api/model", located(list("Model"))), ("GET", "/api/model/default", located("MaybeModel")),
        ("GET", "/api/provider", located(list(object(["id": "string", "name": "string"])))),
        ("GET", "/api/agent", located(list("Agent"))), ("GET", "/api/vcs/diff", located(list("Diff"))),
        ("GET", "/api/vcs/status", located(list("FileStatus"))), ("POST", "/api/location/reload", nil),
        ("POST", "/api/session", data("Info")), ("GET", "/api/session", page("Info")),
        ("GET", "/api/session/active", data(map(object(["type": choice("running")])))),
        ("GET", "/api/session/*", data("Info")), ("DELETE", "/api/session/*", nil), ("PATCH", "/api/session/*", nil),
        ("POST", "/api/session/*/rename", nil), ("POST", "/api/session/*/model", nil),
        ("POST", "/api/session/*/agent", nil), ("PUT", "/api/session/*/environment", nil),
        ("GET", "/api/session/*/diff", data(list("Diff"))), ("POST", "/api/session/*/prompt", data("Inbox")),
        ("GET", "/api/session/*/inbox", data(list("Inbox"))), ("DELETE", "/api/session/*/inbox/*", nil),
        ("PATCH", "/api/session/*/inbox/*", nil), ("POST", "/api/session/*/inbox/*/steer", nil),
        ("POST", "/api/session/*/inbox/*/queue", nil), ("GET", "/api/session/*/message", page("Row")),
        ("GET", "/api/session/*/message/*", data("Row")), ("GET", "/api/session/*/context", data(list("Row"))),
        ("POST", "/api/session/*/interrupt", object(["interrupted": "boolean"])),
        ("GET", "/api/permission/request", located(list("Permission"))),
        ("GET", "/api/permission/saved", data(list("Saved"))), ("DELETE", "/api/permission/saved/*", nil),
        ("GET", "/api/session/*/permission", data(list("Permission"))),
        ("GET", "/api/session/*/permission/*", data("Permission")),
        ("POST", "/api/session/*/permission/*/reply", nil), ("GET", "/api/form", located(list("Form"))),
        ("GET", "/api/form/request", located(list("Form"))), ("GET", "/api/session/*/form", data(list("Form"))),
        ("GET", "/api/session/*/form/*", data("Form")), ("POST", "/api/session/*/form/*/reply", nil),
        ("POST", "/api/session/*/form/*/cancel", nil), ("DELETE", "/api/session/*/form/*", nil),
    ]

    /// The tags of errors, with their status and what they hold beside a message.
    private static let errors: [String: (status: Int, members: [String: JSONValue])] = [
        "UnauthorizedError": (401, [:]), "InvalidRequestError": (400, ["field?": "string"]),
        "InvalidCursorError": (400, [:]), "SessionNotFoundError": (404, ["sessionID": "string"]),
        "MessageNotFoundError": (404, ["sessionID": "string", "messageID": "string"]),
        "LocationNotFoundError": (404, ["location": "Location"]), "ConflictError": (409, [:]),
        "PermissionNotFoundError": (404, ["requestID": "string"]), "FormNotFoundError": (404, ["id": "string"]),
        "FormAlreadySettledError": (409, ["id": "string"]), "FormInvalidAnswerError": (400, ["id": "string"]),
        "RouteNotFound": (404, [:]), "MethodNotAllowed": (405, [:]),
    ]

    func problems(_ method: String, _ path: String, _ answer: TestAnswer) -> [String] {
        let place = "\(method) \(path) \(answer.status)"
        if answer.headers["content-type"]?.hasPrefix("text/html") == true {
            return path.hasPrefix("/api/") || answer.status != 200 ? ["\(place): a web page"] : []
        }
        if answer.status >= 400 { return error(answer).map { "\(place): \($0)" } }
        guard let found = Self.operation(method, path) else { return ["\(place): not in the table"] }
        guard let shape = found else {
            return answer.status == 204 && answer.text.isEmpty ? [] : ["\(place): \(answer.text.prefix(200))"]
        }
        if answer.status != 200 || answer.headers["content-type"] != "application/json" {
            return ["\(place): \(answer.headers["content-type"] ?? "no content type")"]
        }
        return validator.problems(answer.json, Self.expand(shape)).map { "\(place): \($0)" }
    }

    private func error(_ answer: TestAnswer) -> [String] {
        guard let tag = answer.json["_tag"]?.string, let (status, members) = Self.errors[tag] else {
            return ["no error: \(answer.text.prefix(200))"]
        }
        if answer.status != status { return ["\(tag) comes with \(status)"] }
        let own: [String: JSONValue] = ["_tag": "string", "message": "string"]
        return validator.problems(answer.json, Self.expand(Self.object(own.merging(members) { $1 })))
    }

    /// Nil if there is none; the inner nil is an answer without a body.
    private static func operation(_ method: String, _ path: String) -> JSONValue?? {
        let segments = path.split(separator: "/")
        let fitting = answers.filter { operation in
            let parts = operation.path.split(separator: "/")
            return operation.method == method && parts.count == segments.count
                && zip(parts, segments).allSatisfy { $0 == "*" || $0 == $1 }
        }
        return fitting.min { $0.path.filter { $0 == "*" }.count < $1.path.filter { $0 == "*" }.count }.map(\.shape)
    }

    // MARK: events

    func problems(event: JSONValue) -> [String] {
        let type = event["type"]?.string ?? ""
        let frame: [String: JSONValue] = [
            "id": Self.id("evt_"), "created": "integer", "type": "string", "location?": "Location", "data": "any",
            "durable?": Self.object(["aggregateID": Self.id("ses_"), "seq": "integer", "version": "integer"]),
        ]
        var found = validator.problems(event, Self.expand(Self.object(frame)))
        guard let (isDurable, members) = Self.events[type] else { return found + ["no event is called \(type)"] }
        if (event["durable"] != nil) != isDurable { found.append("durable: \(event["durable"] != nil)") }
        return (found + validator.problems(event["data"] ?? .null, Self.expand(members))).map { "\(type): \($0)" }
    }
}
