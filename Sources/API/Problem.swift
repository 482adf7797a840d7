import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// An answer that says what went wrong: `application/problem+json` (RFC 9457).
struct Problem: Error, Sendable {
    /// What can go wrong: the last part of `type`, with its status and title.
    enum Kind: String, Sendable, CaseIterable {
        case badJSON = "bad-json"
        case invalidTask = "invalid-task"
        case invalidBody = "invalid-body"
        case badForm = "bad-form"
        case invalidQuery = "invalid-query"
        case invalidHeader = "invalid-header"
        case badHost = "bad-host"
        case malformedRequest = "malformed-request"
        case unauthorized
        case foreignOrigin = "foreign-origin"
        case missingScope = "missing-scope"
        case taskNotFound = "task-not-found"
        case askNotFound = "ask-not-found"
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case taskExists = "task-exists"
        case wrongState = "wrong-state"
        case ambiguous
        case unusableWorkspace = "unusable-workspace"
        case worktreeConflict = "worktree-conflict"
        case preconditionFailed = "precondition-failed"
        case bodyTooLarge = "body-too-large"
        case notJSON = "not-json"
        case foreignHost = "foreign-host"
        case keyReused = "key-reused"
        case headTooLarge = "head-too-large"
        case damaged
        case failure
        case unknownMethod = "unknown-method"
        case closed
        case spoolUnavailable = "spool-unavailable"
        case sessionNotFound = "session-not-found"
        case sessionInUse = "session-in-use"
        case foreignDirectory = "foreign-directory"
        case agentUnavailable = "agent-unavailable"
        case agentRefused = "agent-refused"
        case unsupported
        case storageFull = "storage-full"
    }

    /// One of several things that are wrong.
    struct Item: Sendable {
        var message: String
        /// Where in the body: a JSON pointer.
        var pointer: String?
        /// Where in the text of the body, from 1.
        var line: Int?
        var column: Int?
        /// Which part of the query.
        var parameter: String?

        var json: JSONValue {
            var object: JSONObject = ["message": .string(message)]
            object["pointer"] = pointer.map { .string($0) }
            object["line"] = line.map { .int($0) }
            object["column"] = column.map { .int($0) }
            object["parameter"] = parameter.map { .string($0) }
            return .object(object)
        }
    }

    var kind: Kind
    /// What is wrong with this request and how to mend it.
    var detail: String
    var items: [Item] = []
    var headers = HTTPFields()

    init(_ kind: Kind, _ detail: String, items: [Item] = []) {
        self.kind = kind
        self.detail = detail
        self.items = items
    }

    static let mediaType = "application/problem+json"

    /// The body of the answer.
    ///
    /// - Parameter request: The request's id, if it got as far as having one.
    func text(request: String? = nil) -> String {
        var object: JSONObject = [
            "type": .string("urn:openloom:problem:\(kind.rawValue)"),
            "title": .string(kind.title),
            "status": .int(kind.status.code),
            "detail": .string(detail),
        ]
        object["instance"] = request.map { .string("urn:openloom:request:\($0)") }
        object["errors"] = .array(items.map(\.json))
        return JSONValue.object(object).compact + "\n"
    }

    func response(to request: RequestRecord) -> Response {
        var response = Response(
            status: kind.status, headers: .json,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text(request: request.id))))
        response.headers[.contentType] = Self.mediaType
        for field in headers { response.headers[field.name] = field.value }
        return response
    }
}

extension Problem.Kind {
    var status: HTTPResponse.Status {
        switch self {
        case .badJSON, .invalidTask, .invalidBody, .badForm, .invalidQuery, .invalidHeader, .badHost, .malformedRequest:
            .badRequest
        case .unauthorized: .unauthorized
        case .foreignOrigin, .missingScope, .foreignDirectory: .forbidden
        case .taskNotFound, .askNotFound, .notFound, .sessionNotFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .taskExists, .wrongState, .ambiguous, .sessionInUse, .unusableWorkspace, .worktreeConflict: .conflict
        case .preconditionFailed: .preconditionFailed
        case .bodyTooLarge: .contentTooLarge
        case .notJSON: .unsupportedMediaType
        case .foreignHost: .misdirectedRequest
        case .keyReused: .unprocessableContent
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .damaged, .failure: .internalServerError
        case .unknownMethod, .unsupported: .notImplemented
        case .agentRefused: .badGateway
        case .closed, .spoolUnavailable, .agentUnavailable: .serviceUnavailable
        case .storageFull: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
        }
    }

    var title: String {
        switch self {
        case .badJSON: "The body is no JSON"
        case .invalidTask: "No task can be made of this"
        case .invalidBody: "The body is not what is taken here"
        case .badForm: "The form can't be read"
        case .askNotFound: "The task asks nothing of that name"
        case .invalidQuery: "The query can't be understood"
        case .invalidHeader: "A header can't be understood"
        case .preconditionFailed: "The task is another by now"
        case .keyReused: "The key came with another body before"
        case .badHost: "The Host header is missing or malformed"
        case .malformedRequest: "This is not HTTP as we understand it"
        case .unauthorized: "A token is needed"
        case .worktreeConflict: "Nothing was merged or removed"
        case .missingScope: "The token does not allow this"
        case .headTooLarge: "The request line and the headers are too large"
        case .foreignOrigin: "Pages of other origins have no access"
        case .taskNotFound: "No such task"
        case .notFound: "Nothing is here"
        case .methodNotAllowed: "This can't be done here"
        case .taskExists: "There is such a task already"
        case .wrongState: "The task is not in a state in which this can be done"
        case .ambiguous: "More than one task is meant"
        case .unusableWorkspace: "There is no such workspace here"
        case .bodyTooLarge: "The body is too large"
        case .notJSON: "The body is of a type that is not taken here"
        case .foreignHost: "This is not the host that was asked for"
        case .damaged: "A file of the spool is damaged"
        case .failure: "Something went wrong on our side"
        case .unknownMethod: "The method is not known"
        case .closed: "No tasks are accepted at present"
        case .spoolUnavailable: "The spool can't be read"
        case .sessionNotFound: "No such session"
        case .sessionInUse: "A task works in this session"
        case .foreignDirectory: "This directory is not shown here"
        case .agentUnavailable: "OpenCode can't be asked"
        case .agentRefused: "OpenCode says no"
        case .unsupported: "OpenCode can't do this"
        case .storageFull: "There is no room for it"
        }
    }
}

extension Problem {
    static func bodyTooLarge(limit: Int) -> Problem {
        Problem(.bodyTooLarge, "At most \(limit) bytes are read; put large material into the workspace instead.")
    }

    static func methodNotAllowed(_ method: String, allow: String) -> Problem {
        var problem = Problem(.methodNotAllowed, "\(method) is not possible here; use \(allow).")
        problem.headers[.allow] = allow
        return problem
    }

    /// One part of the query is not as it should be.
    static func invalidQuery(_ parameter: String, _ message: String) -> Problem {
        Problem(.invalidQuery, "\(parameter): \(message)", items: [Item(message: message, parameter: parameter)])
    }

    static func noTask(_ text: String) -> Problem {
        Problem(.taskNotFound, "There is no task \"\(text.prefix(160))\"; GET /api/tasks lists them.")
    }
}
