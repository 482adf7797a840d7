import Blocking
import Spool

/// Finds sessions by their ids, and the sessions that started them.
struct SessionFinder: Sendable {
    let book: WorkspaceBook
    let gateway: any AgentGateway

    /// Deeper than any agent goes; the chain is the server's word.
    private static let depth = 16

    /// A session in a directory that we may touch.
    ///
    /// - Throws: ``Problem``; ``SpoolError``.
    func find(_ id: String) async throws -> GatewaySession {
        let book = book
        let known = try await BlockingPool.run { () throws(SpoolError) in try book.directories() }
        guard let session = try await look(id, among: known) else { throw Problem.noSession(id) }
        let isOurs = await BlockingPool.run { book.covers(session.directory, known: known) }
        guard isOurs else {
            throw Problem(
                .foreignDirectory,
                "The session works outside of the directories that workspaces.allow names, and no recent task does.")
        }
        return session
    }

    /// Nil when no server knows it.
    func look(_ id: String, among directories: [String]) async throws(Problem) -> GatewaySession? {
        guard Self.isID(id) else { return nil }
        return try await asking { () async throws(GatewayError) in
            try await gateway.session(id, among: directories)
        }
    }

    /// The sessions that led to this one, the nearest first.
    func ancestors(of session: GatewaySession) async throws(Problem) -> [String] {
        var found: [String] = []
        var current = session.parent
        while let id = current, found.count < Self.depth, !found.contains(id) {
            found.append(id)
            current = try await look(id, among: [session.directory])?.parent
        }
        return found
    }

    /// `ses_…`; nothing else goes into a server's path.
    static func isID(_ text: String) -> Bool {
        (1...200).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x5F || byte == 0x2D
            }
    }
}
