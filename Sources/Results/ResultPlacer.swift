import JSON
import Spool
import SystemPackage
import TaskSource

/// Puts beside the source of one task what is owed to whoever dropped it, and nothing else.
///
/// Everything is decided from the tree: `intake.json` says which file it was, `result.json` what became of it, and
/// `placed.json` what was put where. A kill between any two of these steps is mended by doing them again:
///
/// 1. The hash of what is to be placed, and its name, are written to `placed.json` and synced.
/// 2. The file is written under a temporary name, synced, and renamed: only where nothing is, or over a file whose
///    content has a hash that is written down for this task. Whatever else is there is left, and another name taken.
/// 3. The status is removed, if it is ours.
/// 4. The source is put into the archive in the same way, or back into the inbox as `STEM.done.EXT`.
/// 5. `placed.json` says that all of this is so, synced. From then on nothing is owed until there is another result.
///
/// So there is exactly one result at every instant after step 2, and no other task's file is ever replaced: two tasks of
/// the same name, of one daemon or of two, meet in the rename, and the later one takes the next number.
struct ResultPlacer: Sendable {
    let spool: SpoolDirectory
    let settings: ResultSettings

    /// - Parameter shown: The status that was placed last by this process; nil to place it again.
    func settle(_ id: TaskID, shown: String?) throws(SpoolError) -> PlacingOutcome {
        for _ in 0..<5 {
            do {
                return try attempt(id, shown: shown)
            } catch  where error.code == .taskNotFound && error.path.starts(with: spool.root) {
                // Moved while we looked, or gone.
                guard (try? spool.locate(id)) != nil else { return .gone }
            }
        }
        return .notYet
    }

    private func attempt(_ id: TaskID, shown: String?) throws(SpoolError) -> PlacingOutcome {
        let (paths, state) = try spool.locate(id)
        guard let intake = try spool.readJSON(paths.intake), let source = DroppedSource(json: intake) else {
            return .settled
        }
        var note = try spool.placedNote(id, in: state)
        guard state.isEnded else {
            // Before it is claimed for the first time there is nothing to tell.
            let isTold = state == .running || !note.statusHashes.isEmpty
            return isTold ? try placeStatus(id, source, note: &note, shown: shown) : .settled
        }
        guard let result = try spool.readJSON(paths.result), let ended = result["ended"]?.string else { return .notYet }
        if note.placed == ended, note.isSourcePlaced { return .settled }
        try placeResult(id, state, source, result, note: &note)
        try removeStatus(note)
        CrashPoint.statusRemoved.reached()
        if !note.isSourcePlaced { try placeSource(id, state, source, note: &note) }
        note.settle(ended)
        try spool.write(note, in: state)
        CrashPoint.resultSettled.reached()
        let place = note.directory.map { FilePath($0) } ?? settings.archive ?? settings.inbox
        return .result(
            place.appending(note.stem.map { ResultName(stem: $0, source: source.name).file(.result) } ?? source.name)
                .string)
    }

    // MARK: status and result

    private func placeStatus(
        _ id: TaskID, _ source: DroppedSource, note: inout PlacedNote, shown: String?
    ) throws(SpoolError) -> PlacingOutcome {
        guard let outbox = settings.outbox else { return .settled }
        let task = try spool.snapshot(id)
        guard !task.state.isEnded else {
            throw SpoolError(.taskNotFound, "read", spool.root, errno: .noSuchFileOrDirectory)
        }
        if task.status == shown { return .settled }
        let bytes = try content.status(task, source: source.name)
        try place(bytes, as: .status, \.statusHashes, in: outbox, source, task.state, note: &note)
        CrashPoint.statusPlaced.reached()
        return .status(task.status, note)
    }

    private func placeResult(
        _ id: TaskID, _ state: TaskState, _ source: DroppedSource, _ result: JSONValue, note: inout PlacedNote
    ) throws(SpoolError) {
        guard let outbox = settings.outbox else { return }
        let bytes = try content.result(id, state, result, source: source.name)
        try place(bytes, as: .result, \.resultHashes, in: outbox, source, state, note: &note)
        CrashPoint.resultPlaced.reached()
    }

    private var content: ResultContent { ResultContent(spool: spool, words: settings.words) }

    /// Puts a file where nothing is, or over ours, under a name that nobody else has.
    private func place(
        _ bytes: [UInt8], as kind: ResultName.Kind, _ hashes: WritableKeyPath<PlacedNote, [String]>,
        in outbox: FilePath, _ source: DroppedSource, _ state: TaskState, note: inout PlacedNote
    ) throws(SpoolError) {
        let directory = source.directory(in: outbox)
        if source.project != nil { try OutsideFile.ensureDirectory(directory) }
        if note.directory != directory.string || note.stem == nil {
            note.forgetPlace(directory: directory.string)
        }
        let (key, hash) = (note.id.rawValue, ContentHash.text(bytes))
        for _ in 0..<PlacedNote.mostTries {
            let stem: String
            if let known = note.stem { stem = known } else { stem = try freeStem(for: source, in: directory) }
            note.stem = stem
            note.expect(hash, as: hashes)
            try spool.write(note, in: state)
            (kind == .status ? CrashPoint.statusNoted : .resultNoted).reached()
            let path = directory.appending(ResultName(stem: stem, source: source.name).file(kind))
            if try OutsideFile.create(bytes, at: path, key: key) { return }
            if let present = try OutsideFile.read(path, limit: PlacedNote.longestFile) {
                let presentHash = ContentHash.text(present)
                if presentHash == hash { return }
                if note[keyPath: hashes].contains(presentHash) {
                    return try OutsideFile.replace(path, with: bytes, key: key)
                }
            }
            // Somebody else's, or ours with a person's changes: left as it is. What we have under the old name stays.
            try removeStatus(note)
            note.forgetPlace(directory: directory.string)
        }
        throw SpoolError(.taskExists, "write", directory.appending(source.name))
    }

    /// The first name under which there is neither a status nor a result.
    private func freeStem(for source: DroppedSource, in directory: FilePath) throws(SpoolError) -> String {
        let taken = try OutsideFile.names(in: directory)
        var number = 1
        while true {
            let name = ResultName(source: source.name, number: number)
            if !taken.contains(name.file(.status)), !taken.contains(name.file(.result)) { return name.stem }
            number += 1
        }
    }

    /// Removes the status that ``PlacedNote`` tells of, unless it is another's by now.
    func removeStatus(_ note: PlacedNote) throws(SpoolError) {
        guard !note.statusHashes.isEmpty, let directory = note.directory, let stem = note.stem else { return }
        let taken = try OutsideFile.names(in: FilePath(directory))
        for format in TaskFormat.allCases {
            let name = ResultName(stem: stem, fileExtension: format.rawValue).file(.status)
            if !taken.contains(name) { continue }
            let path = FilePath(directory).appending(name)
            guard let present = try OutsideFile.read(path, limit: PlacedNote.longestFile),
                note.statusHashes.contains(ContentHash.text(present))
            else { continue }
            try OutsideFile.remove(path)
        }
    }

    // MARK: the source

    /// Puts the source back: into the archive under its own name, or into the inbox as `STEM.done.EXT`.
    private func placeSource(
        _ id: TaskID, _ state: TaskState, _ source: DroppedSource, note: inout PlacedNote
    ) throws(SpoolError) {
        guard let file = try spool.sourceFile(in: spool.paths.task(id, in: state).directory),
            let bytes = try spool.readFile(file, limit: 1 << 30)
        else { return }
        let directory = source.directory(in: settings.archive ?? settings.inbox)
        if source.project != nil { try OutsideFile.ensureDirectory(directory) }
        // A crash may have come after the rename.
        if let before = note.source.map({ FilePath($0) }), before.removingLastComponent() == directory,
            try OutsideFile.read(before, limit: bytes.count) == bytes
        {
            return
        }
        for _ in 0..<PlacedNote.mostTries {
            let taken = try OutsideFile.names(in: directory)
            var number = 1
            var name = ""
            repeat {
                let candidate = ResultName(source: source.name, number: number)
                name = candidate.source(isArchived: settings.archive != nil)
                number += 1
            } while taken.contains(name)
            let path = directory.appending(name)
            note.source = path.string
            try spool.write(note, in: state)
            CrashPoint.sourceNoted.reached()
            if try OutsideFile.create(bytes, at: path, key: note.id.rawValue) {
                CrashPoint.sourcePlaced.reached()
                return
            }
        }
        throw SpoolError(.taskExists, "write", directory.appending(source.name))
    }
}
