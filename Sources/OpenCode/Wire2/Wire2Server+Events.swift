import JSON

extension Wire2Server {
    package func follow(_ handle: @Sendable (AgentHint) -> Void) async throws(AgentError) {
        try await client.follow("/api/event", onOpen: {}) { frame throws(AgentError) in
            // The server tells a failure of the stream itself as an event.
            if frame["type"]?.string == "effect/httpapi/stream/failure" {
                throw AgentError(.refused, "the OpenCode server's event stream failed", status: 200)
            }
            if let hint = Self.hint(frame) { handle(hint) }
        }
    }

    /// What an event means for us; nil for those that mean nothing, and for those that we do not know.
    static func hint(_ frame: JSONValue) -> AgentHint? {
        guard let type = frame["type"]?.string else { return nil }
        let data = frame["data"]
        let session =
            data?["sessionID"]?.string ?? data?["request"]?["sessionID"]?.string ?? data?["form"]?["sessionID"]?.string
        switch type {
        case "server.connected": return .connected
        case "location.shutdown", "config.updated": return .reset
        default: break
        }
        guard let session else { return nil }
        if type.hasPrefix("permission.") || type.hasPrefix("form.") { return .ask(session: session) }
        let news = ["session.inbox.", "session.execution.", "session.step.", "session.retry.", "session.deleted"]
        if news.contains(where: type.hasPrefix) { return .turn(session: session) }
        return type.hasPrefix("session.") ? .activity(session: session) : nil
    }
}
