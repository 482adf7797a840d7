package import JSON

extension Wire1Server {
    package func records(in directory: String, limit: Int) async throws(AgentError) -> [SessionRecord] {
        let query = [("directory", directory), ("limit", String(limit))]
        guard let items = try await client.call("GET", "/session", query: query).json.array else {
            throw AgentError(.malformed, "the OpenCode server's list of sessions is no list")
        }
        // A server may answer for the whole project.
        return items.prefix(limit).compactMap(Self.record).filter { $0.session.directory == directory }
    }

    package func record(_ id: String, in directory: String) async throws(AgentError) -> SessionRecord? {
        let query = directory.isEmpty ? [] : [("directory", directory)]
        do {
            return Self.record(try await client.call("GET", Self.path(id), query: query).json)
        } catch  where error.code == .notFound {
            return nil
        }
    }

    private static func record(_ json: JSONValue) -> SessionRecord? {
        guard let session = try? session(json), let object = json.object else { return nil }
        return SessionRecord(session, object)
    }

    package func activities(in directory: String) async throws(AgentError) -> [String: String] {
        let json = try await client.call("GET", "/session/status", query: [("directory", directory)]).json
        var activities: [String: String] = [:]
        for (id, entry) in json.object ?? [:] where entry["type"]?.string != "idle" {
            // A state that we do not know is not idle.
            activities[id] = entry["type"]?.string == "retry" ? "retry" : "busy"
        }
        return activities
    }

    package func messages(of session: AgentSession, last count: Int) async throws(AgentError) -> [JSONValue] {
        var seen = 0
        let items = try await messages(of: session) { _ in
            seen += 1
            return seen >= count
        }
        return Array(items.suffix(count))
    }

    package func differences(of session: AgentSession) async throws(AgentError) -> [JSONValue] {
        try await client.call("GET", Self.path(session.id) + "/diff", query: Self.scope(session)).json.array ?? []
    }

    package func setArchived(_ time: Int?, _ session: AgentSession) async throws(AgentError) {
        // 0 and not null: servers refuse a time that is no number.
        let body: JSONValue = ["time": ["archived": .int(time ?? 0)]]
        _ = try await client.call("PATCH", Self.path(session.id), query: Self.scope(session), body: body)
    }

    package func delete(_ session: AgentSession) async throws(AgentError) {
        _ = try await client.call("DELETE", Self.path(session.id), query: Self.scope(session))
    }
}
