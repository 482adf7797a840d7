import JSON

/// A session of ``AgentDouble``: at most one prompt, and its answer once the turn has ended.
struct AgentSession: Sendable {
    let id: String
    let directory: String
    let title: String
    let asked: ContinuousClock.Instant
    var prompt: (message: String, parts: JSONValue)?
    var hasEnded = false

    init(id: String, directory: String, title: String, asked: ContinuousClock.Instant) {
        self.id = id
        self.directory = directory
        self.title = title
        self.asked = asked
    }

    var isBusy: Bool { prompt != nil && !hasEnded }

    /// What stands in the parentheses at the end of the title.
    var task: String {
        guard title.hasSuffix(")"), let open = title.lastIndex(of: "(") else { return title }
        return String(title[title.index(after: open)...].dropLast())
    }

    var json: JSONValue {
        [
            "id": .string(id), "slug": "bench", "projectID": "global", "directory": .string(directory),
            "title": .string(title), "version": "1.18.31", "time": Self.time,
        ]
    }

    /// The daemon compares none of these times.
    private static let time: JSONValue = ["created": 1_760_000_000_000, "updated": 1_760_000_000_000]

    var messages: [JSONValue] {
        guard let prompt else { return [] }
        let user: JSONValue = [
            "info": ["id": .string(prompt.message), "sessionID": .string(id), "role": "user", "time": Self.time],
            "parts": prompt.parts,
        ]
        if !hasEnded { return [user] }
        let tokens: JSONValue = ["input": 1000, "output": 100, "reasoning": 0, "cache": ["read": 0, "write": 0]]
        let assistant: JSONValue = [
            "info": [
                "id": .string(prompt.message + "a"), "sessionID": .string(id), "role": "assistant",
                "parentID": .string(prompt.message), "providerID": "bench", "modelID": "none", "finish": "stop",
                "cost": 0.01, "tokens": tokens, "time": ["created": 1_760_000_000_000, "completed": 1_760_000_000_001],
            ],
            "parts": [["id": "prt_1", "type": "text", "text": "Done.\nTASK COMPLETE\n"]],
        ]
        return [user, assistant]
    }
}
