import Blocking
package import Connectors
import JSON
package import Report
package import Spool
import SystemPackage
import TaskSource

/// Puts statuses and results into a connector's storage, and the source where those of ended tasks lie.
///
/// Decided from the tree and from what the storage has, as by ``ResultPlacer``: `remote.json` says which file it was,
/// `placed.json` what was put where. Storage may break off while it takes a file, so a file is ours if its content has
/// one of the hashes that are noted for this task, or is a beginning of what we are about to put there. A kill between
/// any two of these steps is mended by doing them again:
///
/// 1. `placed.json` names hash and place of the result; then it is uploaded, over nothing or over ours.
/// 2. The status is removed, if it is ours.
/// 3. `placed.json` names the source's new place; then the source is moved there, or, if another file has its path by
///    now, our copy is uploaded there.
/// 4. `placed.json` says that all of this is so; then `connectors/NAME/taken/` forgets the source, if it was moved.
///
/// Storage that can't be written to is left as it is: what can't be done there is not owed.
package struct RemotePlacer: ResultPlacing {
    private let spool: SpoolDirectory
    private let storage: any Connector
    private let name: String
    private let inbox: String
    private let outbox: String?
    private let archive: String?
    private let words: ReportWords

    private static let mostNames = 1000

    /// - Parameters:
    ///   - name: The connector's name.
    ///   - outbox: Nil for no results.
    ///   - archive: Nil to leave sources in the inbox, as `STEM.done.EXT`.
    package init(
        spool: SpoolDirectory, storage: any Connector, name: String, inbox: String, outbox: String?, archive: String?,
        words: ReportWords
    ) {
        self.spool = spool
        self.storage = storage
        self.name = name
        self.inbox = inbox
        self.outbox = outbox
        self.archive = archive
        self.words = words
    }

    package var connector: String? { name }
    package var isConcurrent: Bool { false }
    package func problems() -> [String] { [] }

    private var content: ResultContent { ResultContent(spool: spool, words: words) }

    /// What is known of a task before the storage is asked.
    private struct Task: Sendable {
        var id: TaskID
        var state: TaskState
        var remote: RemoteNote
        var note: PlacedNote
        var ended: String?
        /// The status's or result's bytes; nil if there is nothing to tell.
        var bytes: [UInt8]?
        var status = ""

        var source: String { RemotePath.name(of: remote.path) }
    }

    package func settle(_ id: TaskID, shown: String?) async throws(SpoolError) -> PlacingOutcome {
        for _ in 0..<5 {
            do {
                return try await attempt(id, shown: shown)
            } catch  where error.code == .taskNotFound && error.path.starts(with: spool.root) {
                // Moved while we looked, or gone.
                let spool = spool
                let isThere = await BlockingPool.run { (try? spool.locate(id)) != nil }
                guard isThere else { return .gone }
            }
        }
        return .notYet
    }

    private func attempt(_ id: TaskID, shown: String?) async throws(SpoolError) -> PlacingOutcome {
        let (spool, name, content, wantsResult) = (spool, name, content, outbox != nil)
        let found = try await BlockingPool.run { () throws(SpoolError) -> (Task?, PlacingOutcome) in
            try Self.look(id, spool, name, content, wantsResult, shown)
        }
        guard var task = found.0 else { return found.1 }
        guard task.state.isEnded else {
            if let bytes = task.bytes { try await place(bytes, as: .status, \.statusHashes, &task) }
            CrashPoint.statusPlaced.reached()
            return .status(task.status, task.note)
        }
        // Storage that is not mounted, or answers as if nothing were there, is no place for a result; and what is not there
        // now has not been taken away.
        let listed = try await names(in: inbox, isNeeded: true)
        if let bytes = task.bytes { try await place(bytes, as: .result, \.resultHashes, &task) }
        CrashPoint.resultPlaced.reached()
        try await removeStatus(task.note)
        CrashPoint.statusRemoved.reached()
        let isMoved = task.note.isSourcePlaced ? false : try await archiveSource(&task, listed)
        task.note.settle(task.ended)
        try await write(task)
        if isMoved {
            let remote = task.remote
            try await BlockingPool.run { () throws(SpoolError) in
                try spool.forgetTaken(
                    SpoolDirectory.takenName(path: remote.path, version: remote.version), of: remote.connector)
            }
        }
        CrashPoint.resultSettled.reached()
        return .result(task.note.stem.map { RemotePath.join(outbox ?? "", $0) } ?? task.remote.path)
    }

    /// Reads all that the task's directory says. Blocks.
    private static func look(
        _ id: TaskID, _ spool: SpoolDirectory, _ name: String, _ content: ResultContent, _ wantsResult: Bool,
        _ shown: String?
    ) throws(SpoolError) -> (Task?, PlacingOutcome) {
        let (paths, state) = try spool.locate(id)
        guard let json = try spool.readJSON(paths.remote), let remote = RemoteNote(json: json),
            remote.connector == name
        else { return (nil, .settled) }
        var task = Task(id: id, state: state, remote: remote, note: try spool.placedNote(id, in: state))
        guard state.isEnded else {
            let isTold = state == .running || !task.note.statusHashes.isEmpty
            guard isTold, wantsResult else { return (nil, .settled) }
            let snapshot = try spool.snapshot(id)
            if snapshot.state.isEnded || snapshot.status == shown {
                return (nil, snapshot.state.isEnded ? .notYet : .settled)
            }
            task.state = snapshot.state
            task.status = snapshot.status
            task.bytes = try content.status(snapshot, source: task.source)
            return (task, .settled)
        }
        guard let result = try spool.readJSON(paths.result), let ended = result["ended"]?.string else {
            return (nil, .notYet)
        }
        if task.note.placed == ended, task.note.isSourcePlaced { return (nil, .settled) }
        task.ended = ended
        if wantsResult { task.bytes = try content.result(id, state, result, source: task.source) }
        return (task, .settled)
    }

    private func write(_ task: Task) async throws(SpoolError) {
        let (spool, note, state) = (spool, task.note, task.state)
        try await BlockingPool.run { () throws(SpoolError) in try spool.write(note, in: state) }
    }

    // MARK: status and result

    private func place(
        _ bytes: [UInt8], as kind: ResultName.Kind, _ hashes: WritableKeyPath<PlacedNote, [String]>,
        _ task: inout Task
    ) async throws(SpoolError) {
        guard let outbox else { return }
        if task.note.directory != outbox { task.note.forgetPlace(directory: outbox) }
        let hash = ContentHash.text(bytes)
        for _ in 0..<PlacedNote.mostTries {
            let stem: String
            if let known = task.note.stem { stem = known } else { stem = try await freeStem(task.source, in: outbox) }
            task.note.stem = stem
            task.note.expect(hash, as: hashes)
            try await write(task)
            (kind == .status ? CrashPoint.statusNoted : .resultNoted).reached()
            let path = RemotePath.join(outbox, ResultName(stem: stem, source: task.source).file(kind))
            switch try await download(path, limit: max(PlacedNote.longestFile, bytes.count)) {
            case .missing: return try await upload(bytes, path)
            case .bytes(let present):
                let presentHash = ContentHash.text(present)
                if presentHash == hash { return }
                if task.note[keyPath: hashes].contains(presentHash) || bytes.starts(with: present) {
                    return try await upload(bytes, path)
                }
            case .tooLarge: break
            }
            // Somebody else's, or ours with a person's changes: left as it is.
            try await removeStatus(task.note)
            task.note.forgetPlace(directory: outbox)
        }
        throw SpoolError(.taskExists, "write", FilePath(RemotePath.join(outbox, task.source)))
    }

    /// The first name under which there is neither a status nor a result.
    private func freeStem(_ source: String, in outbox: String) async throws(SpoolError) -> String {
        let taken = try await names(in: outbox)
        for number in 1...Self.mostNames {
            let name = ResultName(source: source, number: number)
            var isFree = true
            for kind in [ResultName.Kind.status, .result] where isFree {
                if let taken {
                    isFree = !taken.contains(name.file(kind))
                } else {
                    isFree = try await download(RemotePath.join(outbox, name.file(kind))) == .missing
                }
            }
            if isFree { return name.stem }
        }
        throw SpoolError(.taskExists, "write", FilePath(RemotePath.join(outbox, source)))
    }

    package func removeStatus(_ note: PlacedNote) async throws(SpoolError) {
        guard !note.statusHashes.isEmpty, let directory = note.directory, let stem = note.stem else { return }
        let taken = try await names(in: directory)
        for format in TaskFormat.allCases {
            let name = ResultName(stem: stem, fileExtension: format.rawValue).file(.status)
            if taken?.contains(name) == false { continue }
            let path = RemotePath.join(directory, name)
            guard case .bytes(let present) = try await download(path),
                note.statusHashes.contains(ContentHash.text(present))
            else { continue }
            _ = try await perform("delete", path) { storage throws(ConnectorError) in try await storage.delete(path) }
        }
    }

    // MARK: the source

    /// Moves the source to the archive, or gives it the name of one that is done.
    ///
    /// - Parameter listed: The names in the inbox; nil where nothing can be listed.
    /// - Returns: Whether it is no longer where it was taken from.
    private func archiveSource(_ task: inout Task, _ listed: Set<String>?) async throws(SpoolError) -> Bool {
        let (spool, id, state) = (spool, task.id, task.state)
        let bytes = try await BlockingPool.run { () throws(SpoolError) -> [UInt8]? in
            guard let file = try spool.sourceFile(in: spool.paths.task(id, in: state).directory) else { return nil }
            return try spool.readFile(file, limit: 1 << 30)
        }
        guard let bytes else { return false }
        let path = task.remote.path
        let directory = archive ?? inbox
        // A source may be longer than what we put there ourselves.
        let limit = max(PlacedNote.longestFile, bytes.count)
        for _ in 0..<PlacedNote.mostTries {
            let before = task.note.source.flatMap {
                RemotePath.join(directory, RemotePath.name(of: $0)) == $0 ? $0 : nil
            }
            let target: String
            if let before { target = before } else { target = try await freeSource(task.source, in: directory) }
            task.note.source = target
            try await write(task)
            CrashPoint.archiveNoted.reached()
            let present = try await download(target, limit: limit)
            if present == .bytes(bytes) {
                // It was moved, or copied when a crash came.
                guard try await download(path, limit: limit) == .bytes(bytes) else { return true }
                return try await perform("delete", path) { storage throws(ConnectorError) in
                    try await storage.delete(path)
                }
            }
            let isBeginning =
                switch present {
                case .missing: true
                case .bytes(let present): bytes.starts(with: present)
                case .tooLarge: false
                }
            if !isBeginning {
                task.note.source = nil
                continue
            }
            let source = try await download(path, limit: limit)
            let name = RemotePath.name(of: path)
            if source == .missing, RemotePath.join(inbox, name) == path, listed?.contains(name) == true {
                throw SpoolError(.systemCall, "read", FilePath(path), advice: "it is listed, and can't be read")
            }
            if source == .bytes(bytes) {
                let isDone = try await perform("move", path) { storage throws(ConnectorError) in
                    if present != .missing { try await storage.delete(target) }
                    try await storage.move(path, to: target)
                }
                CrashPoint.archiveMoved.reached()
                if isDone, try await isAnother(target, than: bytes, limit), try await download(path) == .missing {
                    // Somebody saved another file there at that moment. It goes back; what was worked on is in the task.
                    let isBack = try await perform("move", target) { storage throws(ConnectorError) in
                        try await storage.move(target, to: path)
                    }
                    if isBack { continue }
                }
                return isDone
            }
            // Another file has its path by now, or somebody took it away: what was worked on is in the task.
            try await upload(bytes, target)
            return true
        }
        throw SpoolError(.taskExists, "move", FilePath(path))
    }

    private func isAnother(_ path: String, than bytes: [UInt8], _ limit: Int) async throws(SpoolError) -> Bool {
        let present = try await download(path, limit: limit)
        return present != .missing && present != .bytes(bytes)
    }

    private func freeSource(_ source: String, in directory: String) async throws(SpoolError) -> String {
        let taken = try await names(in: directory)
        for number in 1...Self.mostNames {
            let candidate = ResultName(source: source, number: number)
            let path = RemotePath.join(directory, candidate.source(isArchived: archive != nil))
            if let taken {
                if !taken.contains(RemotePath.name(of: path)) { return path }
            } else if try await download(path) == .missing {
                return path
            }
        }
        throw SpoolError(.taskExists, "move", FilePath(RemotePath.join(directory, source)))
    }

    // MARK: the storage

    /// Nil where nothing can be listed.
    ///
    /// - Parameter isNeeded: Whether a directory that is not there is an error; else it has no names.
    private func names(in directory: String, isNeeded: Bool = false) async throws(SpoolError) -> Set<String>? {
        do throws(ConnectorError) {
            let names = try await storage.names(in: directory)
            if names == nil, isNeeded {
                throw ConnectorError(.failed, "the inbox is not there; nothing is put back until it is")
            }
            return Set(names ?? [])
        } catch  where error.kind == .unsupported {
            return nil
        } catch {
            throw Self.error(error, "list", directory)
        }
    }

    /// What has a path in the storage.
    private enum Present: Sendable, Equatable {
        case missing
        case bytes([UInt8])
        /// Not ours.
        case tooLarge
    }

    private func download(_ path: String, limit: Int = PlacedNote.longestFile) async throws(SpoolError) -> Present {
        do {
            return try await storage.download(path, limit: limit).map { .bytes($0) } ?? .missing
        } catch  where error.kind == .tooLarge {
            return .tooLarge
        } catch {
            throw Self.error(error, "read", path)
        }
    }

    private func upload(_ bytes: [UInt8], _ path: String) async throws(SpoolError) {
        _ = try await perform("write", path) { storage throws(ConnectorError) in
            try await storage.upload(bytes, to: path)
        }
    }

    /// - Returns: False where the storage knows no such thing.
    private func perform(
        _ verb: String, _ path: String,
        _ body: @Sendable (any Connector) async throws(ConnectorError) -> Void
    ) async throws(SpoolError) -> Bool {
        do {
            try await body(storage)
            return true
        } catch  where error.kind == .unsupported {
            return false
        } catch {
            throw Self.error(error, verb, path)
        }
    }

    private static func error(_ error: ConnectorError, _ verb: String, _ path: String) -> SpoolError {
        SpoolError(.systemCall, verb, FilePath(path), advice: error.message)
    }
}
