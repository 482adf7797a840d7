import Blocking
import Git
import Glibc
import SystemCalls
import SystemPackage

extension GitComparison {
    /// What git says of each change, with sizes and hashes.
    func describe(_ raw: [GitRawChange], _ notes: inout Notes) async throws(GitFailure) -> [FileChange] {
        let before = await GitContents(shadow: shadow).describe(
            Set(raw.filter { $0.modeBefore != 0 && $0.modeBefore != GitEntry.submodule }.map(\.objectBefore)))
        let (changes, remarks) = await BlockingPool.run { () -> ([FileChange], Notes) in
            guard let root = try? Syscalls.open(shadow.workspace, O_RDONLY | O_DIRECTORY) else { return ([], Notes()) }
            var remarks = Notes()
            var budget = shadow.limits.hashedBytes
            let changes = raw.map { describe($0, root, before, &budget, &remarks) }
            return (changes, remarks)
        }
        notes.add(contentsOf: remarks)
        return changes
    }

    private func describe(
        _ raw: GitRawChange, _ root: borrowing OwnedDescriptor, _ before: [String: GitContents.Content],
        _ budget: inout Int, _ notes: inout Notes
    ) -> FileChange {
        var change = FileChange(raw.kind, PathText.path(raw.path))
        if raw.modeBefore != 0 {
            change.modeBefore = raw.modeBefore
            change.objectBefore = raw.objectBefore
            change.sizeBefore = before[raw.objectBefore]?.size
            change.sha256Before = before[raw.objectBefore]?.sha256
        }
        let status = try? Beneath.status(root, raw.path)
        guard raw.modeAfter != 0 else {
            if let status, status.kind == .other {
                change.kind = .typeChanged
                change.modeAfter = status.mode
                change.notInPatch = "neither a regular file nor a symbolic link; the patch only deletes what was there"
            }
            return change
        }
        change.modeAfter = raw.modeAfter
        change.objectAfter = raw.objectAfter
        guard let status, status.kind == .regular else {
            if status?.kind == .link {
                change.sizeAfter = status?.size
                change.sha256After = (try? Beneath.linkTarget(root, raw.path)).map { ContentHash(of: $0).sha256 }
            }
            return change
        }
        change.sizeAfter = status.size
        guard status.size <= budget else {
            notes.add(
                "\(PathText.shown(raw.path)): not hashed, as that would read over \(shadow.limits.hashedBytes) bytes")
            return change
        }
        budget -= status.size
        change.sha256After = (try? Beneath.content(root, raw.path, expected: status, keep: 0))??.sha256
        return change
    }

    // MARK: what git was not asked, or cannot tell

    func skippedNow(_ selection: GitSelection, _ notes: inout Notes) -> [FileChange] {
        selection.skipped.map { file in
            var change = FileChange(file.isTracked ? .modified : .added, PathText.path(file.path))
            change.sizeAfter = file.status.size
            change.modeAfter = file.status.mode
            change.notInPatch = file.reason
            notes.add("\(PathText.shown(file.path)): content not compared: \(file.reason)")
            return change
        }
    }

    /// Compares what was too large for the snapshot, or could not be read, by its status.
    func compareSkipped() -> ([FileChange], Notes) {
        var changes: [FileChange] = []
        var notes = Notes()
        guard let root = try? Syscalls.open(shadow.workspace, O_RDONLY | O_DIRECTORY) else { return ([], notes) }
        for file in baseline.skipped { compareSkipped(file, root, &changes, &notes) }
        return (changes, notes)
    }

    private func compareSkipped(
        _ file: GitSelection.Skipped, _ root: borrowing OwnedDescriptor, _ changes: inout [FileChange],
        _ notes: inout Notes
    ) {
        var change = FileChange(.deleted, PathText.path(file.path))
        change.sizeBefore = file.status.size
        change.modeBefore = file.status.mode
        change.notInPatch = "its content before was not kept: \(file.reason)"
        do {
            let status = try Beneath.status(root, file.path)
            if status.isSame(as: file.status) { return }
            change.sizeAfter = status.size
            change.modeAfter = status.mode
            if status.kind != file.status.kind {
                change.kind = .typeChanged
            } else if status.size != file.status.size {
                change.kind = .modified
            } else {
                notes.add("\(PathText.shown(file.path)): touched; whether its content changed is not known")
                return
            }
        } catch {
            if error != .noSuchFileOrDirectory && error != .notDirectory {
                return notes.add("\(PathText.shown(file.path)): \(error)")
            }
        }
        changes.append(change)
    }
}
