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
/// another task.
package actor RemoteInboxService: Service {
    private let spool: SpoolDirectory
    private let connector: any Connector
    private let reader: TaskSourceReader
    private let settings: RemoteInboxSettings
    private let logger: Logger
    /// Files that are not taken yet, as they looked last. Lost by a restart, which costs a look.
    private var settling: [String: Look] = [:]
    private var pause: PollPause
    private var problem: String?

    private struct Look: Equatable {
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
                    try await look()
                    tell(nil)
                    pause.succeeded()
                } catch {
                    if Task.isCancelled { return }
                    tell("\(error)")
                    pause.failed()
                }
            }
            var next = pause.next()
            // A second look soon, if a file may be complete by then.
            if !settling.isEmpty, !pause.isFailing { next = min(next, max(settings.settle, .milliseconds(100))) }
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

    private func look() async throws {
        let isListed = settings.files.isEmpty
        let listed = isListed ? try await list() : settings.files.map { RemoteFile(path: $0) }
        // A directory that is not there may be one that is not mounted: nothing is gone from it.
        guard let files = listed else { return }
        let spool = spool
        let connectorName = settings.name
        let taken = try await BlockingPool.run { () throws(SpoolError) in try spool.takenNames(of: connectorName) }
        var sight = Sight()
        var failures: [any Error] = []
        for file in files where DropName.isWanted(file.name) && TaskFormat(fileName: file.name) != nil {
            // Of storage that is out of order not every file is asked for.
            if Task.isCancelled || spool.isClosed || failures.count >= Self.mostFailures { break }
            do {
                try await consider(file, isListed, taken, &sight)
            } catch {
                failures.append(error)
                if let before = settling[file.path] { sight.unsettled[file.path] = before }
            }
        }
        settling = sight.unsettled
        if let first = failures.first { throw first }
        // Only a look that saw everything says what is gone.
        if !Task.isCancelled, !spool.isClosed { try await forget(taken.subtracting(sight.present)) }
    }

    /// What a look at the storage saw.
    private struct Sight {
        /// Names in `taken/` of the files that are there.
        var present: Set<String> = []
        var unsettled: [String: Look] = [:]
    }

    private func consider(
        _ file: RemoteFile, _ isListed: Bool, _ taken: Set<String>, _ sight: inout Sight
    ) async throws {
        let downloaded = isListed ? nil : try await download(file)
        if !isListed, downloaded == nil { return }
        // Without a version, the size must do; where nothing is listed, only the content tells.
        let version = downloaded?.version ?? file.version ?? file.size.map { "size \($0)" } ?? "listed"
        let remote = RemoteNote(connector: settings.name, path: file.path, version: version)
        let takenName = SpoolDirectory.takenName(path: file.path, version: version)
        sight.present.insert(takenName)
        let note = taken.contains(takenName) ? try await self.note(takenName) : nil
        if note?.task != nil || note?.reason != nil { return }
        guard let content = try await complete(file, remote, downloaded, note, &sight.unsettled) else { return }
        try await take(content, remote, note)
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
        var content = downloaded
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

    private func take(_ content: Content, _ remote: RemoteNote, _ before: TakenNote?) async throws {
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
            try await tellReason(error.description, of: RemotePath.name(of: remote.path))
            try await write(TakenNote(remote: remote, key: planned.key, reason: error.description))
            logger.warning(
                "rejected", metadata: ["connector": name, "file": "\(remote.path)", "reason": "\(error)"])
        }
        CrashPoint.remoteRecorded.reached()
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

    /// Whoever dropped it looks into their folder, not into our log.
    private func tellReason(_ reason: String, of fileName: String) async throws(ConnectorError) {
        guard let outbox = settings.outbox else { return }
        do {
            try await connector.upload(
                Array("\(fileName) could not become a task:\n\(reason)\n".utf8),
                to: RemotePath.join(outbox, Self.reasonName(fileName)))
        } catch {
            if error.kind != .unsupported { throw error }
        }
    }

    private static func reasonName(_ fileName: String) -> String {
        "\(ResultName(source: fileName).stem).\(ResultName.Kind.rejected.rawValue).txt"
    }

    // MARK: forgetting

    /// What is not there any more is forgotten, unless its task is still to be put back.
    private func forget(_ names: Set<String>) async throws {
        let (spool, connectorName) = (spool, settings.name)
        for name in names.sorted() {
            let forgotten = try await BlockingPool.run { () throws(SpoolError) in
                try spool.forgetEnded(name, of: connectorName)
            }
            guard let note = forgotten, note.reason != nil, let outbox = settings.outbox else { continue }
            let path = RemotePath.join(outbox, Self.reasonName(RemotePath.name(of: note.remote.path)))
            do {
                try await connector.delete(path)
            } catch {
                if error.kind != .unsupported { throw error }
            }
        }
    }
}
