import JSON

extension Wire1Server {
    package func reportedChanges(
        of session: AgentSession, prompt id: String?
    ) async throws(AgentError) -> [ReportedChange]? {
        let query = Self.scope(session) + (id.map { [("messageID", $0)] } ?? [])
        return try await client.call("GET", Self.path(session.id) + "/diff", query: query).json.array?
            .compactMap { ReportedChange($0) }
    }
}
