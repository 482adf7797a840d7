package import JSON

extension Wire2Server {
    package func records(in directory: String, limit: Int) async throws(AgentError) -> [SessionRecord] {
        let query = [("directory", directory), ("limit", String(min(limit, 200))), ("order", "desc")]
        var seen = 0
        let items = try await pages("/api/session", query: query) { _ in
            seen += 1
            return seen >= limit
        }
        return items.prefix(limit).compactMap(Self.record).filter { $0.session.directory == directory }
    }

    package func record(_ id: String, in directory: String) async throws(AgentError) -> SessionRecord? {
        do {
            return Self.record(try await info(id))
        } catch  where error.code == .notFound {
            return nil
        }
    }

    private static func record(_ json: JSONValue) -> SessionRecord? {
        guard let session = try? session(json), let object = json.object else { return nil }
        return SessionRecord(session, object)
    }

    package func activities(in directory: String) async throws(AgentError) -> [String: String] {
        let active = try await client.call("GET", "/api/session/active").json["data"]?.object ?? [:]
        return Dictionary(active.map { ($0.name, "busy") }) { first, _ in first }
    }

    package func messages(of session: AgentSession, last count: Int) async throws(AgentError) -> [JSONValue] {
        var seen: Set<String> = []
        let rows = try await rows(of: session) { row in
            if Self.message(row, session: session.id) != nil, let id = row["id"]?.string { seen.insert(id) }
            return seen.count >= count
        }
        return Array(rows.compactMap { Self.message($0, session: session.id) }.suffix(count))
    }

    package func differences(of session: AgentSession) async throws(AgentError) -> [JSONValue] {
        // Left alone, the server speaks of the last prompt only.
        let prompts = try await rows(of: session) { _ in false }.filter { $0["type"]?.string == "user" }
            .compactMap { $0["id"]?.string }
        guard let first = prompts.first, let last = prompts.last else { return [] }
        let path = Self.path(session.id) + "/diff"
        do {
            return try await client.call("GET", path, query: [("from", first), ("to", last)]).json["data"]?.array ?? []
        } catch  where error.code == .notFound {
            // A build without differences by session: then those of the work tree.
            let query = Self.location(session.directory) + [("mode", "working")]
            return try await client.call("GET", "/api/vcs/diff", query: query).json["data"]?.array ?? []
        }
    }

    package func setArchived(_ time: Int?, _ session: AgentSession) async throws(AgentError) {
        throw AgentError(
            .refused, "OpenCode 2 has no archive that its clients may fill; delete the session, or leave it",
            status: 501, wasPossiblyReceived: false)
    }

    package func delete(_ session: AgentSession) async throws(AgentError) {
        let answer = try await client.exchange("DELETE", Self.path(session.id))
        try client.check(answer, "DELETE /api/session/…")
    }
}
