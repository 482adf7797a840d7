import Blocking
package import Connectors
package import Logging
import ServiceLifecycle
package import Spool
package import TaskSource

/// Makes tasks of files in a connector's storage.
///
/// A file stays where it is until its task has ended, so whoever dropped it sees it, and nothing is lost with this
/// machine. What has been taken is written down in `connectors/NAME/taken/`, a file each, in this order:
///
/// 1. `taken/HASH` names the file and the idempotency key that its task will have; synced.
/// 2. The task is submitted with that key. It is durable at the instant of the rename into `new/`.
/// 3. `taken/HASH` names the task.
///
/// A kill after 1 leaves a key without a task: the next look submits with the same key, and gets the task that there
/// is, or makes it. `taken/HASH` is removed when the file is gone from the storage: one that is put there again is
/// another task. Where other daemons look at the same inbox, a claim comes before all this, and goes after it:
/// ``RemoteClaims``.
package actor RemoteInboxService: Service {
    let spool: SpoolDirectory
    let connector: any Connector
    private let reader: TaskSourceReader
    let settings: RemoteInboxSettings
    let logger: Logger
    /// Files that are not taken yet, as they looked last. Lost by a restart, which costs a look.
    private(set) var settling: [String: Look] = [:]
    /// Whether one of them may be complete soon.
    private var isSettling = false
    /// The path at which the next look begins, if the last one did not come so far.
    private var start: String?
    private var pause: PollPause
    private var problem: String?
    /// Nil if nobody else looks at the inbox, and before the first look.
    var claims: RemoteClaims?

    struct Look: Equatable {
        var version: String
        var since: ContinuousClock.Instant
    }

    package init(
        spool: SpoolDirectory, connector: any Connector, reader: TaskSourceReader, settings: RemoteInboxSettings,
        logger: Logger
    ) {
        self.spool = spool
        self.connector = connector
        self.reader = reader
        self.settings = settings
        self.logger = logger
        pause = PollPause(interval: settings.pollInterval)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.poll() }
    }

    private func poll() async {
        while !Task.isCancelled {
            if !spool.isClosed {
                do {
                    let failure = try await look()
                    tell(failure.map { "\($0)" })
                    pause.succeeded()
                } catch {
                    if Task.isCancelled { return }
                    tell("\(error)")
                    pause.failed()
                }
            }
            var next = pause.next()
            // A second look soon, if a file may be complete by then.
            if isSettling, !pause.isFailing { next = min(next, max(settings.settle, .milliseconds(100))) }
            guard (try? await Task.sleep(for: next)) != nil else { return }
        }
    }

    /// Says once what is wrong, and once that it is well again.
    private func tell(_ found: String?) {
        guard found != problem else { return }
        if let found {
            logger.warning("can't look at a connector's files", metadata: ["connector": name, "reason": "\(found)"])
        } else {
            logger.notice("a connector works again", metadata: ["connector": name])
        }
        problem = found
    }

    private var name: Logger.MetadataValue { "\(settings.name)" }

    // MARK: one look

    /// - Returns: Why some files could not be read.
    /// - Throws: If the storage seems to be out of order.
    private func look() async throws -> (any Error)? {
        let isListed = settings.files.isEmpty
        let listed = isListed ? try await list() : settings.files.map { RemoteFile(path: $0) }
        // A directory that is not there may be one that is not mounted: nothing is gone from it.
        guard var files = listed else { return nil }
        let spool = spool
        let connectorName = settings.name
        let taken = try await BlockingPool.run { () throws(SpoolError) in try spool.takenNames(of: connectorName) }
        var claimed: RemoteClaims.Finding?
        if let claims = try await sharedClaims() {
            let found = try await claims.look(
                at: files.map(\.name), ready: ready(files, taken), taken: { try await self.takenHashes() })
            if found.hasNew {
                guard let again = try await list() else { return nil }
                files = again
            }
            claimed = found
        }
        let wanted = files.filter(Self.isWanted)
        let first = start.flatMap { path in wanted.firstIndex { $0.path == path } } ?? 0
        let order = Array(wanted[first...] + wanted[..<first])
        start = nil
        var sight = Sight()
        if isListed { for file in wanted { sight.see(file, Self.version(file)) } }
        var failure: (any Error)?
        var failuresInARow = 0
        var isAnyDone = false
        for (index, file) in order.enumerated() {
            if Task.isCancelled || spool.isClosed { return failure }
            // Of storage that is out of order not every file is asked for. The others have their turn next time.
            if failuresInARow >= Self.mostFailures {
                start = file.path
                for later in order[index...] { sight.postpone(later, settling) }
                break
            }
            do {
                let isDone = try await consider(file, isListed, taken, claimed, &sight)
                isAnyDone = isAnyDone || isDone
                if isDone { failuresInARow = 0 }
            } catch {
                failure = failure ?? error
                failuresInARow += 1
                sight.postpone(file, settling)
            }
        }
        settling = sight.unsettled
        isSettling = settling.keys.contains { !sight.postponed.contains($0) }
        if let failure {
            // Where the storage could be listed, a file or two that can't be read are no reason to look less often.
            if !isAnyDone, !isListed || failuresInARow >= Self.mostFailures { throw failure }
            if !isListed { return failure }
        }
        // What is there was listed, whether it could be read or not.
        if !Task.isCancelled, !spool.isClosed {
            try await forget(taken.subtracting(sight.present), sight, isListed)
            try await claims?.release(except: files.map(\.name), taken: { try await self.takenHashes() })
        }
        return failure
    }

    static func isWanted(_ file: RemoteFile) -> Bool {
        DropName.isWanted(file.name) && TaskFormat(fileName: file.name) != nil
    }

    /// What a look at the storage saw.
    private struct Sight {
        /// Names in `taken/` of the files that are there.
        var present: Set<String> = []
        /// Paths of the files that are there.
        var paths: Set<String> = []
        /// Paths of those that can't become tasks.
        var rejected: Set<String> = []
        var unsettled: [String: Look] = [:]
        /// Paths of files that could not be read, or that others have.
        var postponed: Set<String> = []

        mutating func see(_ file: RemoteFile, _ version: String) {
            present.insert(SpoolDirectory.takenName(path: file.path, version: version))
            paths.insert(file.path)
        }

        /// Remembers how a file looks that is not read now.
        mutating func keep(_ file: RemoteFile, _ look: Look, _ before: [String: Look]) {
            let last = before[file.path]
            unsettled[file.path] = last?.version == look.version ? last : look
        }

        /// Remembers how a file looked before.
        mutating func postpone(_ file: RemoteFile, _ before: [String: Look]) {
            unsettled[file.path] = before[file.path]
            postponed.insert(file.path)
        }
    }

    /// - Returns: Whether there was anything to do.
    private func consider(
        _ file: RemoteFile, _ isListed: Bool, _ taken: Set<String>, _ claimed: RemoteClaims.Finding?,
        _ sight: inout Sight
    ) async throws -> Bool {
        let downloaded = isListed ? nil : try await download(file)
        if !isListed, downloaded == nil { return true }
        // Without a version, the size must do; where nothing is listed, only the content tells.
        let version = downloaded?.version ?? Self.version(file)
        let remote = RemoteNote(connector: settings.name, path: file.path, version: version)
        let takenName = SpoolDirectory.takenName(path: file.path, version: version)
        sight.see(file, version)
        let note = taken.contains(takenName) ? try await self.note(takenName) : nil
        if note?.reason != nil { sight.rejected.insert(file.path) }
        if note?.task != nil || note?.reason != nil { return !isListed }
        if note == nil, let claimed {
            switch claimed.standing(of: file.name) {
            case .ours: break
            case .nobodys:
                sight.keep(file, Look(version: version, since: .now), settling)
                return true
            case .others:
                sight.keep(file, Look(version: version, since: .now), settling)
                sight.postponed.insert(file.path)
                return true
            }
        }
        guard let content = try await complete(file, remote, downloaded, note, &sight.unsettled) else { return true }
        if try await !take(content, remote, note) { sight.rejected.insert(file.path) }
        return true
    }

    /// What is told of a file as it is, without looking into it.
    static func version(_ file: RemoteFile) -> String {
        file.version ?? file.size.map { "size \($0)" } ?? "listed"
    }

    private func note(_ name: String) async throws(SpoolError) -> TakenNote? {
        let (spool, connector) = (spool, settings.name)
        return try await BlockingPool.run { () throws(SpoolError) in try spool.takenNote(name, of: connector) }
    }

    private func list() async throws(ConnectorError) -> [RemoteFile]? {
        do {
            return try await connector.list(settings.inbox)
        } catch {
            if error.kind != .unsupported { throw error }
            throw ConnectorError(
                .unsupported, "it can't list; name the files that it is to download with files, instead of inbox")
        }
    }

    private static let mostFailures = 3

    /// The content of a file of which two looks, far enough apart, found the same; nil for one that is still written to.
    private func complete(
        _ file: RemoteFile, _ remote: RemoteNote, _ downloaded: Content?, _ note: TakenNote?,
        _ unsettled: inout [String: Look]
    ) async throws(ConnectorError) -> Content? {
        // One that is listed as too large is not asked for.
        var content = downloaded ?? (file.size.map { $0 > settings.fileBytes } == true ? .tooLarge : nil)
        if file.version == nil, content == nil {
            // It does not say when it changed, so it has to be looked into.
            guard let found = try await download(file) else { return nil }
            content = found
        }
        let look = Look(version: remote.version + (content?.version ?? ""), since: .now)
        // One that was being taken when a daemon died had been complete.
        if note == nil {
            guard let before = settling[file.path], before.version == look.version else {
                unsettled[file.path] = look
                return nil
            }
            guard look.since - before.since >= settings.settle else {
                unsettled[file.path] = before
                return nil
            }
        }
        if let content { return content }
        guard let found = try await download(file) else { return nil }
        if case .bytes(let bytes) = found, let size = file.size, size != bytes.count {
            unsettled[file.path] = look
            return nil
        }
        return found
    }

    private enum Content: Sendable {
        case bytes([UInt8])
        case tooLarge

        /// Tells it from other contents.
        var version: String {
            switch self {
            case .bytes(let bytes): ContentHash.text(bytes)
            case .tooLarge: "too large"
            }
        }
    }

    private func download(_ file: RemoteFile) async throws(ConnectorError) -> Content? {
        do {
            guard let bytes = try await connector.download(file.path, limit: settings.fileBytes) else { return nil }
            return .bytes(bytes)
        } catch {
            if error.kind == .tooLarge { return .tooLarge }
            throw error
        }
    }

    // MARK: taking

    /// - Returns: False if it can't become a task.
    private func take(_ content: Content, _ remote: RemoteNote, _ before: TakenNote?) async throws -> Bool {
        var isTaken = true
        let planned = before ?? TakenNote(remote: remote, key: Self.newKey(settings.name))
        let spool = spool
        do {
            let submission = try submission(content, planned)
            let isPlanned = before != nil
            let id = try await BlockingPool.run { () throws(SpoolError) in
                if !isPlanned { try spool.write(planned) }
                CrashPoint.remoteNoted.reached()
                let id = try spool.submit(submission)
                CrashPoint.remoteSubmitted.reached()
                return id
            }
            try await write(TakenNote(remote: remote, key: planned.key, task: id))
            logger.info("accepted", metadata: ["task": "\(id)", "connector": name, "file": "\(remote.path)"])
        } catch let error as TaskSourceError {
            isTaken = false
            try await tellReason(error.description, of: remote.path)
            try await write(TakenNote(remote: remote, key: planned.key, reason: error.description))
            logger.warning(
                "rejected", metadata: ["connector": name, "file": "\(remote.path)", "reason": "\(error)"])
        }
        CrashPoint.remoteRecorded.reached()
        return isTaken
    }

    private func write(_ note: TakenNote) async throws(SpoolError) {
        let spool = spool
        try await BlockingPool.run { () throws(SpoolError) in try spool.write(note) }
    }

    private func submission(_ content: Content, _ note: TakenNote) throws(TaskSourceError) -> Submission {
        let fileName = RemotePath.name(of: note.remote.path)
        guard case .bytes(let bytes) = content else {
            throw TaskSourceError(
                TaskSourceProblem(message: "the file is larger than the \(settings.fileBytes) bytes that are read"))
        }
        var spec = try reader.read(
            bytes: bytes, fileName: fileName, project: nil, workspace: settings.workspace,
            origin: TaskOrigin(.connector, source: "\(settings.name):\(note.remote.path)"), now: .now())
        spec.key = spec.key ?? note.key
        if spec.permissions == nil { spec.permissions = settings.permissions }
        for check in settings.verify where !spec.verify.contains(where: { $0.rule == check.rule }) {
            spec.verify.append(check)
        }
        return Submission(
            spec: spec, source: bytes, fileExtension: TaskFormat(fileName: fileName)?.rawValue ?? "txt",
            remote: note.remote)
    }

    private static func newKey(_ name: String) -> String {
        "connector \(name) \(UInt64.random(in: .min ... .max))-\(Timestamp.now().milliseconds)"
    }

    // MARK: reasons

    /// Whoever dropped it looks into their folder, not into our log. Nobody else's file is replaced.
    private func tellReason(_ reason: String, of path: String) async throws {
        guard let place = reasonPlace(of: path) else { return }
        let text = Self.reasonText(reason, of: path)
        do throws(ConnectorError) {
            switch try await download(RemoteFile(path: place)) {
            case nil: break
            case .tooLarge: return
            case .bytes(let present):
                if present == text { return }
                // A beginning is what broke off.
                if !text.starts(with: present) {
                    guard await reasons(of: path).contains(present) else { return }
                }
            }
            try await connector.upload(text, to: place)
        } catch {
            if error.kind != .unsupported { throw error }
        }
    }

    /// What was told of a path.
    private func reasons(of path: String) async -> [[UInt8]] {
        let notes = (try? await self.notes()) ?? []
        return notes.filter { $0.remote.path == path }.compactMap(\.reason)
            .map { Self.reasonText($0, of: path) }
    }

    /// Where it is told why a file can't become a task; nil if nowhere.
    private func reasonPlace(of path: String) -> String? {
        settings.outbox.map {
            let stem = ResultName(source: RemotePath.name(of: path)).stem
            return RemotePath.join($0, "\(stem).\(ResultName.Kind.rejected.rawValue).txt")
        }
    }

    private static func reasonText(_ reason: String, of path: String) -> [UInt8] {
        Array("\(RemotePath.name(of: path)) could not become a task:\n\(reason)\n".utf8)
    }

    // MARK: forgetting

    /// What is not there any more is forgotten, unless its task is still to be put back.
    private func forget(_ names: Set<String>, _ sight: Sight, _ isListed: Bool) async throws {
        let (spool, connectorName, isShared) = (spool, settings.name, claims != nil)
        for name in names.sorted() {
            guard let note = try await note(name) else { continue }
            // Where nothing is listed, or a page of links says what there is, a file that is not there for one look is not
            // gone: another has to have its path.
            if !isListed || settings.isReadOnly, !sight.paths.contains(note.remote.path) { continue }
            // The reason first: once the note is gone nobody knows whose it is.
            if let reason = note.reason, !sight.rejected.contains(note.remote.path) {
                try await withdraw(reason, of: note.remote.path)
                CrashPoint.remoteReasonWithdrawn.reached()
            }
            _ = try await BlockingPool.run { () throws(SpoolError) in
                try spool.forgetEnded(name, of: connectorName, isShared: isShared)
            }
        }
    }

    /// Removes the file that says why a path could not become a task, if it is as we wrote it.
    private func withdraw(_ reason: String, of path: String) async throws(ConnectorError) {
        guard let place = reasonPlace(of: path) else { return }
        do throws(ConnectorError) {
            guard case .bytes(let present) = try await download(RemoteFile(path: place)),
                present == Self.reasonText(reason, of: path)
            else { return }
            try await connector.delete(place)
        } catch {
            if error.kind != .unsupported { throw error }
        }
    }
}
