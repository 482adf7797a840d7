package import JSON

/// An endpoint that a task itself names: an entry of `notify` in `task.json`.
package struct TaskNotification: Sendable, Hashable {
    package var url: String
    /// What it hears of; empty for everything.
    package var events: [TaskEvent.Kind]
    package var format: WebhookFormat

    package init(url: String, events: [TaskEvent.Kind] = [], format: WebhookFormat = .openloom) {
        self.url = url
        self.events = events
        self.format = format
    }

    /// The kinds that webhooks tell of.
    package static let kinds = TaskEvent.Kind.allCases.filter { $0 != .deleted }

    package var json: JSONValue {
        var object: JSONObject = ["url": .string(url)]
        if !events.isEmpty { object["events"] = JSONValue(events.map(\.rawValue)) }
        if format != .openloom { object["format"] = .string(format.rawValue) }
        return .object(object)
    }

    /// Nil where something is of another kind than it should be.
    package init?(json: JSONValue) {
        guard let url = json["url"]?.string else { return nil }
        let names = json["events"]?.array ?? []
        let events = names.compactMap { $0.string.flatMap(TaskEvent.Kind.init(rawValue:)) }
        guard events.count == names.count else { return nil }
        var format = WebhookFormat.openloom
        if let word = json["format"] {
            guard let known = word.string.flatMap(WebhookFormat.init(rawValue:)) else { return nil }
            format = known
        }
        self.init(url: url, events: events, format: format)
    }
}
