import HTTPTypes
import JSON

/// What a route does, takes and answers: its part of `/api/openapi.json`.
///
/// What is so for every route (the gate's refusals, the spool that can't be read) is added by ``OpenAPIDocument``.
struct Operation: Sendable {
    /// The chapters of the document.
    enum Tag: String, CaseIterable, Sendable {
        case tasks, schedules, asks, files, events, sessions, workspaces, usage, webhooks, health, about

        var text: String {
            switch self {
            case .tasks: "Tasks: create, list, show, change and delete them."
            case .schedules: "Schedules: what makes tasks by the clock."
            case .asks: "What agents ask, and answers to it."
            case .files: "What lies in a task's directory: source, log, evidence, result."
            case .events: "Event streams: what happens, as it happens."
            case .sessions: "Sessions of the agent's servers, and what agents ask for in them."
            case .workspaces: "Where tasks work."
            case .usage: "What tasks have used of providers."
            case .webhooks: "Webhooks: what was sent to whom, and what waits."
            case .health: "Whether the daemon lives and works, its figures, and its two switches."
            case .about: "What there is."
            }
        }
    }

    /// Beside those in the path.
    struct Parameter: Sendable {
        enum Place: String, Sendable { case query, header }

        var name: String
        var place = Place.query
        var schema: Schema
        var text: String
        var isRequired = false
    }

    struct Content: Sendable {
        var mediaType = "application/json"
        var schema: Schema
        var example: JSONValue?
    }

    struct Answer: Sendable {
        var status = 200
        var text: String
        var content: [Content]
        var headers: [String: Schema] = [:]

        init(status: Int = 200, text: String, content: [Content] = [], headers: [String: Schema] = [:]) {
            self.status = status
            self.text = text
            self.content = content
            self.headers = headers
        }

        /// A success with JSON.
        init(content schema: Schema, example: JSONValue, headers: [String: Schema] = [:]) {
            self.init(text: "Done.", content: [Content(schema: schema, example: example)], headers: headers)
        }
    }

    /// A verb and a noun in one word, for who generates code from the document.
    var id: String
    var tag: Tag
    /// One line.
    var summary: String
    /// More than one line, where it takes that.
    var text: String?
    var parameters: [Parameter] = []
    var body: [Content] = []
    var isBodyOptional = false
    var answers: [Answer]
    /// What this route in particular refuses with.
    var problems: [Problem.Kind] = []

    /// One that answers with JSON.
    init(
        _ id: String, _ tag: Tag, _ summary: String, text: String? = nil, parameters: [Parameter] = [],
        body: [Content] = [], answer: Schema, example: JSONValue? = nil, problems: [Problem.Kind] = []
    ) {
        self.init(
            id, tag, summary, text: text, parameters: parameters, body: body,
            answers: [Answer(text: "Done.", content: [Content(schema: answer, example: example)])],
            problems: problems)
    }

    init(
        _ id: String, _ tag: Tag, _ summary: String, text: String? = nil, parameters: [Parameter] = [],
        body: [Content] = [], answers: [Answer], problems: [Problem.Kind] = []
    ) {
        self.id = id
        self.tag = tag
        self.summary = summary
        self.text = text
        self.parameters = parameters
        self.body = body
        self.answers = answers
        self.problems = problems
    }
}
