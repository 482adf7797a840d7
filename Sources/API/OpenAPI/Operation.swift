import HTTPTypes
import JSON

/// What a route does, takes and answers: its part of `/api/openapi.json`.
///
/// What is so for every route (the gate's refusals, the spool that can't be read) is added by ``OpenAPIDocument``.
struct Operation: Sendable {
    /// The chapters of the document.
    enum Tag: String, CaseIterable, Sendable {
        case tasks, events, webhooks, health, about

        var text: String {
            switch self {
            case .tasks: "Tasks: create, list, show, change and delete them."
            case .events: "Event streams: what happens, as it happens."
            case .webhooks: "Webhooks: what was sent to whom, and what waits."
            case .health: "Whether the daemon lives and works, and its figures."
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
