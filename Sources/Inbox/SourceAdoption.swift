import Spool
import SystemPackage
import TaskSource

/// Reads a task that was submitted by hand: a directory in `new/` with a single `source.EXT`.
struct SourceAdoption {
    enum Outcome {
        case adopted
        case invalid
        /// There is no source in it yet, and it is so young that somebody may still be copying.
        case wait
    }

    let spool: SpoolDirectory
    let reader: TaskSourceReader
    let limits: TaskSourceLimits

    /// A directory that was made in `new/` instead of moved there gets so long, in seconds, to become complete.
    private static let patience = 2.0

    func adopt(_ id: TaskID) throws(SpoolError) -> Outcome {
        let task = spool.paths.task(id, in: .new)
        guard let source = try spool.sourceFile(in: task.directory) else {
            let snapshot = try spool.snapshot(id, in: .new)
            if Timestamp.now().seconds - snapshot.changed.seconds < Self.patience { return .wait }
            try refuse(
                id,
                "It holds no task.json and not exactly one source.md, .txt, .yaml, .yml, .json or .docx. "
                    + "Put the task's text into source.md, and move the directory to new/ again."
            )
            return .invalid
        }
        let spec: TaskSpec
        do {
            guard let bytes = try spool.readFile(source, limit: limits.fileBytes) else { return .wait }
            spec = try reader.read(
                bytes: bytes, fileName: fileName(of: source, id: id), project: nil,
                origin: TaskOrigin(.shell, source: source.lastComponent?.string), now: .now()
            )
        } catch let error as TaskSourceError {
            try refuse(id, "\(error)")
            return .invalid
        } catch let error as SpoolError {
            if error.code != .damaged && error.errno != .permissionDenied { throw error }
            try refuse(id, "\(error)")
            return .invalid
        } catch {
            try refuse(id, "\(error)")
            return .invalid
        }
        try spool.adopt(id, spec: spec)
        return .adopted
    }

    /// What a text without a title is called: the directory's name, as the file's is `source` for everybody.
    private func fileName(of source: FilePath, id: TaskID) -> String {
        "\(id).\(source.extension ?? "md")"
    }

    private func refuse(_ id: TaskID, _ reason: String) throws(SpoolError) {
        try spool.finish(id, from: .new, as: TaskEnding(verdict: .invalid, reason: reason))
    }
}
