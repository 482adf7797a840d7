import JSON

/// What a route of wire 2 refuses, with the status and the body of the API.
struct Wire2Failure: Error {
    let answer: Answer

    private init(_ status: Int, _ tag: String, _ message: String, _ more: JSONObject = [:]) {
        var body: JSONObject = ["_tag": .string(tag)]
        for (name, value) in more { body[name] = value }
        body["message"] = .string(message)
        answer = .json(.object(body), status: status)
    }

    static let unauthorized = Wire2Failure(401, "UnauthorizedError", "Authentication required")

    static func invalid(_ message: String, field: String? = nil) -> Self {
        var more = JSONObject()
        more["field"] = field.map { .string(String($0.prefix(80))) }
        return Self(400, "InvalidRequestError", message, more)
    }

    static let invalidCursor = Wire2Failure(400, "InvalidCursorError", "Invalid cursor")

    static func noSession(_ id: String) -> Self {
        Self(404, "SessionNotFoundError", "Session not found: \(id.prefix(80))", ["sessionID": .string(id)])
    }

    static func noMessage(_ id: String, in session: String) -> Self {
        Self(
            404, "MessageNotFoundError", "Message not found: \(id.prefix(80))",
            ["sessionID": .string(session), "messageID": .string(id)])
    }

    static func noLocation(_ directory: String) -> Self {
        Self(
            404, "LocationNotFoundError", "Directory not found: \(directory.prefix(200))",
            ["location": ["directory": .string(directory)]])
    }

    static func noPermission(_ id: String) -> Self {
        Self(404, "PermissionNotFoundError", "Permission request not found", ["requestID": .string(id)])
    }

    static func noForm(_ id: String) -> Self { Self(404, "FormNotFoundError", "Form not found", ["id": .string(id)]) }

    static func formIsSettled(_ id: String) -> Self {
        Self(409, "FormAlreadySettledError", "Form is already settled", ["id": .string(id)])
    }

    static func wrongAnswer(_ id: String, _ message: String) -> Self {
        Self(400, "FormInvalidAnswerError", message, ["id": .string(id)])
    }

    static func conflict(_ message: String) -> Self { Self(409, "ConflictError", message) }

    static func unknown(_ status: Int) -> Self { Self(status, "UnknownError", "The simulator was told to fail") }

    static let noRoute = Wire2Failure(404, "RouteNotFound", "No such route")
    static let noMethod = Wire2Failure(405, "MethodNotAllowed", "The path does not take this method")
}
