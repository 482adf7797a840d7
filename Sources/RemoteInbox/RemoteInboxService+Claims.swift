import Blocking
import Connectors
import Spool

/// What the claims of an inbox have to know of what has been taken.
extension RemoteInboxService {
    /// Nil if nobody else looks at the inbox.
    func sharedClaims() async throws(SpoolError) -> RemoteClaims? {
        guard let node = settings.sharedAs else { return nil }
        if let claims { return claims }
        let (spool, name) = (spool, settings.name)
        let claimant = try await BlockingPool.run { () throws(SpoolError) in try spool.claimant(of: name) }
        let made = RemoteClaims(
            connector: connector, inbox: settings.inbox, name: name, claimant: claimant, node: node,
            patience: settings.claimPatience, logger: logger)
        claims = made
        return made
    }

    /// The names of files that could be taken now, and of those that have been taken.
    ///
    /// - Parameter taken: What has been taken, by its name in the spool.
    func ready(_ files: [RemoteFile], _ taken: Set<String>) -> [String] {
        files.filter(Self.isWanted).filter { file in
            let version = Self.version(file)
            if taken.contains(SpoolDirectory.takenName(path: file.path, version: version)) { return true }
            guard let look = settling[file.path], look.version.hasPrefix(version) else { return false }
            return .now - look.since >= settings.settle
        }.map(\.name)
    }

    /// What stands in claims for the names of all files that are known to have been taken.
    func takenHashes() async throws(SpoolError) -> Set<String> {
        Set(try await notes().map { ClaimName.hash(of: RemotePath.name(of: $0.remote.path)) })
    }

    func notes() async throws(SpoolError) -> [TakenNote] {
        let (spool, connector) = (spool, settings.name)
        return try await BlockingPool.run { () throws(SpoolError) in
            var notes: [TakenNote] = []
            for name in try spool.takenNames(of: connector) {
                if let note = try spool.takenNote(name, of: connector) { notes.append(note) }
            }
            return notes
        }
    }
}
