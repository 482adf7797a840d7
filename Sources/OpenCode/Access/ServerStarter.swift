/// Who can start a server where there is none.
package protocol ServerStarter: Sendable {
    /// The server that runs for us already, if one does; starts none where there never was one.
    func known() async -> ServerCandidate?
    /// The running server that was started for us, or a new one.
    ///
    /// - Throws: ``AgentError`` with code `unreachable` and what to do about it.
    func ensure() async throws(AgentError) -> ServerCandidate
}
