import Connectors
import JSON
import Logging
import Spool

/// Which files of an inbox are whose, where several daemons with spools of their own look at it.
///
/// Storage of others has no rename that only one can win, and no locks. What all kinds have is a listing in which a file
/// is that was put there before. That is enough. A claim is a file `INBOX/.openloom-claims/HASH.CLAIMANT.NONCE`:
///
/// 1. The claims are listed. A file that somebody else claims is left alone.
/// 2. Of those that nobody claims, some are claimed.
/// 3. The claims are listed again. A file is ours if only we claim it; from then on it is ours for good, also after a
///    crash: our claim is found by step 1. If others claim it as well, all but the lowest claimant withdraw, and the
///    lowest waits until a listing shows it alone.
/// 4. The inbox is listed again, so that what is taken is what is there now. Then the file is taken:
///    ``RemoteInboxService``.
/// 5. The claim is removed when the file is gone from the inbox and its task is put back, and not before.
///
/// Why no file is taken by two: each takes it only after a listing that began after its claim was there, and that shows
/// no other claim. Of two that claim the same, one's claim was there first; the other's listing came after both, so it
/// shows the first one's claim, unless that has been removed: then the first has put the file away, and step 4 does not
/// show it any more.
actor RemoteClaims {
    /// In the inbox. A directory, so it is in no listing of files.
    static let directory = ".openloom-claims"
    /// Of one look: the others have their turn, and so have other daemons.
    private static let batch = 100
    /// Requests at the same time.
    private static let width = 4
    /// How long others may have a file before the log says so.
    private let patience: Duration

    private let connector: any Connector
    private let place: String
    private let connectorName: String
    private let claimant: String
    private let node: String
    private let logger: Logger
    /// Our claims as they were listed last, by the hash of the file's name; nil before the first listing.
    private var own: [String: [ClaimName]]?
    /// Hashes of files that are ours for good.
    private var held: Set<String> = []
    /// When claims of others were first seen.
    private var seen: [ClaimName: ContinuousClock.Instant] = [:]
    /// Claimants of whom the log told.
    private var told: Set<String> = []

    init(
        connector: any Connector, inbox: String, name: String, claimant: String, node: String, patience: Duration,
        logger: Logger
    ) {
        self.connector = connector
        place = RemotePath.join(inbox, Self.directory)
        connectorName = name
        self.claimant = claimant
        self.node = node
        self.patience = patience
        self.logger = logger
    }

    /// Whose a file is.
    enum Standing: Sendable {
        case ours
        case others
        case nobodys
    }

    /// Whose the files are, by hash.
    struct Finding: Sendable {
        fileprivate var ours: Set<String> = []
        fileprivate var others: Set<String> = []
        /// Whether one is ours that was not before: then the inbox must be listed again.
        fileprivate(set) var hasNew = false

        func standing(of name: String) -> Standing {
            let hash = ClaimName.hash(of: name)
            return ours.contains(hash) ? .ours : others.contains(hash) ? .others : .nobodys
        }
    }

    /// Steps 1 to 3.
    ///
    /// - Parameters:
    ///   - names: Of all files in the inbox.
    ///   - ready: Of those that could be taken now, and those that have been taken.
    ///   - taken: The hashes of those that have been taken, which are ours whoever else claims them. Asked for only if
    ///     somebody does.
    func look(
        at names: [String], ready: [String], taken: @Sendable () async throws -> Set<String>
    ) async throws -> Finding {
        let wanted = ready.map { (name: $0, hash: ClaimName.hash(of: $0)) }.filter { !held.contains($0.hash) }
        if own != nil, wanted.isEmpty { return Finding(ours: held) }
        var claims = try await list()
        let unclaimed = choice(of: wanted.filter { claims[$0.hash] == nil })
        if !unclaimed.isEmpty {
            try await claim(unclaimed)
            CrashPoint.remoteClaimed.reached()
            claims = try await list()
        }
        let finding = try await settle(claims, taken)
        if finding.hasNew { CrashPoint.remoteClaimStands.reached() }
        await tell(of: claims, names)
        return finding
    }

    /// A batch of files, by hash from ours on: who looks in the same moment begins elsewhere.
    private func choice(of files: [(name: String, hash: String)]) -> [String] {
        if files.count <= Self.batch { return files.map(\.name) }
        let sorted = files.sorted { $0.hash < $1.hash }
        let first = sorted.firstIndex { $0.hash >= claimant } ?? 0
        return (sorted[first...] + sorted[..<first]).prefix(Self.batch).map(\.name)
    }

    private func list() async throws(ConnectorError) -> [String: [ClaimName]] {
        let names = (try await connector.list(place) ?? []).compactMap { ClaimName($0.name) }
        let claims = Dictionary(grouping: names, by: \.hash)
        own = claims.mapValues { $0.filter { $0.claimant == claimant } }.filter { !$0.value.isEmpty }
        held = held.filter { own?[$0] != nil }
        return claims
    }

    private func claim(_ names: [String]) async throws(ConnectorError) {
        let since = Timestamp.now().iso8601
        do {
            try await each(names) { [self] name throws(ConnectorError) in try await claim(name, since) }
        } catch {
            throw ConnectorError(
                error.kind,
                "files can't be claimed: \(error.message); if no other daemon looks at the inbox, set shared: false")
        }
    }

    private nonisolated func claim(_ name: String, _ since: String) async throws(ConnectorError) {
        let claim = ClaimName(hash: ClaimName.hash(of: name), claimant: claimant)
        let note: JSONValue = [
            "file": .string(name), "node": .string(node), "claimant": .string(claimant), "since": .string(since),
        ]
        try await connector.upload(Array(note.pretty.utf8), to: RemotePath.join(place, claim.fileName))
    }

    /// Step 3: what the last listing means.
    private func settle(
        _ claims: [String: [ClaimName]], _ taken: @Sendable () async throws -> Set<String>
    ) async throws -> Finding {
        var finding = Finding()
        var lost: [ClaimName] = []
        var known: Set<String>?
        for (hash, present) in claims {
            let isContested = present.contains { $0.claimant != claimant }
            guard present.contains(where: { $0.claimant == claimant }) else {
                finding.others.insert(hash)
                continue
            }
            if isContested, !held.contains(hash) {
                if known == nil { known = try await taken() }
                if known?.contains(hash) != true {
                    finding.others.insert(hash)
                    let isLowest = present.allSatisfy { $0.claimant >= claimant }
                    if !isLowest { lost += present.filter { $0.claimant == claimant } }
                    continue
                }
            }
            finding.ours.insert(hash)
        }
        finding.hasNew = !finding.ours.isSubset(of: held)
        try await remove(lost)
        held = finding.ours
        return finding
    }

    /// Step 5.
    ///
    /// - Parameters:
    ///   - names: Of all files in the inbox.
    ///   - taken: The hashes of those that are known to have been taken. Asked for only if something is to be removed.
    func release(except names: [String], taken: @Sendable () async throws -> Set<String>) async throws {
        guard let own else { return }
        var gone = own
        for name in names { gone[ClaimName.hash(of: name)] = nil }
        guard !gone.isEmpty else { return }
        for hash in try await taken() { gone[hash] = nil }
        try await remove(gone.values.flatMap { $0 })
        if !gone.isEmpty { CrashPoint.remoteClaimReleased.reached() }
    }

    private func remove(_ claims: [ClaimName]) async throws(ConnectorError) {
        try await each(claims) { [self] claim throws(ConnectorError) in
            try await connector.delete(RemotePath.join(place, claim.fileName))
        }
        for claim in claims {
            own?[claim.hash] = nil
            held.remove(claim.hash)
        }
    }

    /// A few at a time.
    private nonisolated func each<Element: Sendable>(
        _ elements: [Element], _ body: @escaping @Sendable (Element) async throws(ConnectorError) -> Void
    ) async throws(ConnectorError) {
        var rest = elements[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.width)
            rest = rest.dropFirst(Self.width)
            let failure = await withTaskGroup(of: ConnectorError?.self) { group in
                for element in part {
                    group.addTask {
                        do throws(ConnectorError) {
                            try await body(element)
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: nil) { $0 = $0 ?? $1 }
            }
            if let failure { throw failure }
        }
    }

    // MARK: claims that last

    /// Says once of each daemon that it has had files for long: it may be gone for good.
    private func tell(of claims: [String: [ClaimName]], _ names: [String]) async {
        let files = Dictionary(names.map { (ClaimName.hash(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
        let others = claims.values.joined().filter { $0.claimant != claimant && files[$0.hash] != nil }
        seen = Dictionary(others.map { ($0, seen[$0] ?? .now) }, uniquingKeysWith: { first, _ in first })
        let late = Dictionary(grouping: seen.filter { .now - $0.value >= patience }.keys, by: \.claimant)
        told.formIntersection(late.keys)
        for (other, claims) in late where told.insert(other).inserted {
            guard let first = claims.min(by: { $0.fileName < $1.fileName }) else { continue }
            let path = RemotePath.join(place, first.fileName)
            let bytes = try? await connector.download(path, limit: 4096)
            let note = bytes.flatMap { try? JSONValue(parsing: $0) }
            let shown: (String) -> String = { key in
                (note?[key]?.string ?? "unknown").unicodeScalars.prefix(100)
                    .reduce(into: "") { $0.unicodeScalars.append($1.value < 32 ? " " : $1) }
            }
            logger.notice(
                "another daemon has had files for long; if it is gone for good, delete its claims",
                metadata: [
                    "connector": "\(connectorName)", "file": "\(files[first.hash] ?? "")", "node": "\(shown("node"))",
                    "since": "\(shown("since"))", "claim": "\(path)", "files": "\(claims.count)",
                ])
        }
    }
}
