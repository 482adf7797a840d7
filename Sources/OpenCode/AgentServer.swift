package import JSON

/// A server on which coding agents work. Everything above speaks to this; no wire is known there.
///
/// Every call is bounded in time and size. Every call about a session carries its directory, which must be the real path
/// of the workspace.
package protocol AgentServer: AgentWire {
    /// Finds out what answers there. To be called after every (re)connect: a server may update itself.
    func identify() async throws(AgentError) -> ServerIdentity
}

/// What can be asked of a server of a known kind.
package protocol AgentWire: AgentSessions {
    /// Follows the server's event stream until it ends, handing out hints. A stream is never the truth, and silence on it
    /// means nothing.
    func follow(_ handle: @Sendable (AgentHint) -> Void) async throws(AgentError)

    /// Returns if the server has what the choice names in the directory, and may be asked for it.
    ///
    /// - Throws: ``AgentError`` with code `refused` and the names that there are.
    func check(_ choice: AgentChoice, in directory: String) async throws(AgentError)
    func createSession(_ request: SessionRequest) async throws(AgentError) -> AgentSession
    /// Nil when the server does not know it.
    func session(_ id: String, in directory: String) async throws(AgentError) -> AgentSession?
    /// Sessions with exactly this title.
    func sessions(titled title: String, in directory: String) async throws(AgentError) -> [AgentSession]

    /// Ids of the user messages of a session: what a prompt whose id the server chooses is told apart from.
    func promptIDs(in session: AgentSession) async throws(AgentError) -> [String]
    /// Sends a prompt and returns when the server has taken it, which is before anything happens.
    func send(_ prompt: AgentPrompt, to session: AgentSession) async throws(AgentError)
    /// The id under which a prompt arrived; nil when it is not there (yet).
    func find(_ mark: PromptMark, in session: AgentSession) async throws(AgentError) -> String?

    /// What the turn of the prompt with that id has come to; with nil, what the session does.
    func observe(_ session: AgentSession, prompt id: String?) async throws(AgentError) -> TurnObservation

    /// Open permissions and questions of every session in the directory.
    func asks(in directory: String) async throws(AgentError) -> [AgentAsk]
    /// Answers. That the server takes the answer does not prove that the ask was still open.
    func answer(_ ask: AgentAsk, _ reply: AskReply, in directory: String) async throws(AgentError)

    /// Asks the server to stop what runs in the session. A request: verify by observing.
    ///
    /// - Parameter prompt: The id of our prompt, so that it is not begun later should it still wait for its turn.
    func abort(_ session: AgentSession, prompt: String?) async throws(AgentError)
    /// Sessions that the session started.
    func children(of session: AgentSession) async throws(AgentError) -> [AgentSession]
    /// The files that the server says were changed for the prompt. A hint only: it misses what shells did, and counts what
    /// others did. Nil where it does not say.
    func reportedChanges(of session: AgentSession, prompt id: String?) async throws(AgentError) -> [ReportedChange]?
    /// The whole conversation, in the server's own form, bounded; nil if it is too large.
    func transcript(of session: AgentSession) async throws(AgentError) -> JSONValue?
}
