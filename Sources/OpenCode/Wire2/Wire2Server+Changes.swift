import JSON

extension Wire2Server {
    package func reportedChanges(
        of session: AgentSession, prompt id: String?
    ) async throws(AgentError) -> [ReportedChange]? {
        do {
            return Self.changes(try await client.call("GET", Self.path(session.id) + "/diff").json)
        } catch  where error.code == .notFound {
            // A build without differences by session: then those of the work tree.
            let query = Self.location(session.directory) + [("mode", "working")]
            return Self.changes(try await client.call("GET", "/api/vcs/diff", query: query).json)
        }
    }

    private static func changes(_ json: JSONValue) -> [ReportedChange]? {
        json["data"]?.array?.compactMap { ReportedChange($0) }
    }
}
