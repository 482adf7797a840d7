import JSON

extension Wire1Server {
    package func follow(_ handle: @Sendable (AgentHint) -> Void) async throws(AgentError) {
        try await client.follow("/global/event", onOpen: { handle(.connected) }) { frame in
            if let hint = Self.hint(frame) { handle(hint) }
        }
    }

    /// What an event means for us; nil for those that mean nothing. Takes the frames of `/global/event` and `/event`.
    static func hint(_ frame: JSONValue) -> AgentHint? {
        let event = frame["payload"] ?? frame
        let properties = event["properties"]
        let session =
            properties?["sessionID"]?.string ?? properties?["info"]?["sessionID"]?.string
            ?? properties?["part"]?["sessionID"]?.string
        switch event["type"]?.string {
        // The same things a second time.
        case "sync", nil: return nil
        case "session.error":
            let failure =
                failure(properties?["error"]) ?? AgentFailure(name: "UnknownError", message: "", mayPass: false)
            return .failure(session: session, failure)
        case "server.instance.disposed", "global.disposed": return .reset
        case "session.status", "session.idle": return session.map { .turn(session: $0) }
        case "message.updated":
            // The last step's completion and an error are news; all else is progress.
            let info = properties?["info"]
            let isNews =
                info?["role"]?.string == "user" || info?["time"]?["completed"]?.double != nil || info?["error"] != nil
            return session.map { isNews ? .turn(session: $0) : .activity(session: $0) }
        case "permission.asked", "permission.replied", "question.asked", "question.replied", "question.rejected":
            return session.map { .ask(session: $0) }
        case .some(let type):
            return type.hasPrefix("message.") ? session.map { .activity(session: $0) } : nil
        }
    }
}
