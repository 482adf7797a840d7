package import JSON

/// What people ask of a server's sessions, whoever made them. No task needs any of it.
package protocol AgentSessions: Sendable {
    /// Sessions of the directory, newest first, at most so many: with those that are archived, and those that other
    /// sessions started.
    func records(in directory: String, limit: Int) async throws(AgentError) -> [SessionRecord]
    /// Nil when the server does not know it.
    ///
    /// - Parameter directory: Of the session, if it is known; else any, or an empty one for the server's own.
    func record(_ id: String, in directory: String) async throws(AgentError) -> SessionRecord?
    /// What the sessions of a directory do that do something, `busy` or `retry`; all others are idle.
    func activities(in directory: String) async throws(AgentError) -> [String: String]
    /// The last messages, oldest first, at most so many, each as `{info, parts}`.
    func messages(of session: AgentSession, last count: Int) async throws(AgentError) -> [JSONValue]
    /// What the server says that the session changed: `{file, patch, additions, deletions, status}` each.
    func differences(of session: AgentSession) async throws(AgentError) -> [JSONValue]
    /// - Parameter time: When it was archived, in milliseconds since 1970; nil to take it out of the archive.
    /// - Throws: ``AgentError`` with status 501 where sessions can't be archived.
    func setArchived(_ time: Int?, _ session: AgentSession) async throws(AgentError)
    /// With the sessions that it started.
    func delete(_ session: AgentSession) async throws(AgentError)
}

/// A session as a server tells of it.
package struct SessionRecord: Sendable, Hashable {
    package var session: AgentSession
    /// Milliseconds since 1970.
    package var created: Int?
    package var updated: Int?
    /// Nil or 0 for one that is not archived.
    package var archived: Int?
    /// In the form that wire 1 has, whatever the wire.
    package var json: JSONObject

    /// - Parameter session: Read from the same object, as each wire names its directory in its own way.
    init(_ session: AgentSession, _ json: JSONObject) {
        self.session = session
        self.json = json
        let time = json["time"]
        created = time?["created"]?.int
        updated = time?["updated"]?.int
        archived = time?["archived"]?.int
        self.json["directory"] = .string(session.directory)
        self.json["parentID"] = JSONValue(session.parent)
        let title = [session.title, json["slug"]?.string ?? ""].first { !$0.isEmpty }
        self.session.title = title ?? session.id
        self.json["title"] = .string(self.session.title)
    }
}
