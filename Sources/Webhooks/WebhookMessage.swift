import JSON
import Report
package import Spool

/// A webhook's headers and body in one of the formats.
package enum WebhookMessage {
    /// The longest text that Discord takes, in characters, and a good measure for the others.
    static let longestText = 2000

    package static func make(
        _ body: EventBody, format: WebhookFormat
    ) -> (headers: [(name: String, value: String)], body: OutboxDelivery.Body) {
        switch format {
        case .openloom: return ([], .json(body.json))
        case .slack:
            // What Slack reads as a link, a mention or an entity begins with one of these.
            let text = (title(body) + "\n" + detail(body)).replacing("&", with: "&amp;")
                .replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            return ([], .json(["text": .string(text)]))
        case .discord:
            let text = String((title(body) + "\n" + detail(body)).prefix(longestText))
            // Whatever the text says, nobody is called by it.
            return ([], .json(["content": .string(text), "allowed_mentions": ["parse": []]]))
        case .ntfy:
            let headers = [
                (name: "Title", value: oneLine(title(body))), (name: "Tags", value: tag(body.event)),
                (name: "Priority", value: body.event.kind == .failed || body.event.status == "waiting" ? "4" : "3"),
            ]
            let text = detail(body)
            return (headers, .text(text.isEmpty ? body.event.status : text))
        }
    }

    /// `Fix the login: completed (verified: 2 checks passed, 3 files changed, 41s, $0.12)`
    static func title(_ body: EventBody) -> String {
        let name = body.event.name.prefix(bytes: 200)
        return "\(name): \(word(body.event))" + ((body.report?.summary ?? body.verdict).map { " (\($0))" } ?? "")
    }

    private static func word(_ event: TaskEvent) -> String {
        switch event.kind {
        case .created: "created"
        case .started: "started"
        case .updated: event.status
        case .completed: "completed"
        case .failed: "failed"
        case .deleted: "deleted"
        }
    }

    static func detail(_ body: EventBody) -> String {
        let text = (body.event.kind == .failed ? body.reason : nil) ?? body.summary ?? ""
        return text.prefix(bytes: 1500)
    }

    /// Short names of emoji that ntfy knows.
    private static func tag(_ event: TaskEvent) -> String {
        switch event.kind {
        case .completed: "white_check_mark"
        case .failed: "x"
        case .created, .started, .updated, .deleted: event.status == "waiting" ? "question" : "arrow_forward"
        }
    }

    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
