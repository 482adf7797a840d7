import Blocking
import Git
import Glibc
import SystemPackage

/// Compares a workspace as it is with its ``GitBaseline``.
struct GitComparison {
    var shadow: GitShadow
    var baseline: GitBaseline

    private struct Difference {
        var raw: [GitRawChange]
        var patch: [UInt8] = []
        /// Why there is no patch.
        var reason: String?
    }

    /// - Returns: The summary, and the bytes of the patch, empty where there is none.
    func run() async throws(GitFailure) -> (summary: ChangeSummary, patch: [UInt8]) {
        let listing = GitListing(try await shadow.run(GitListing.arguments))
        var notes = listing.notes
        let known = Set(baseline.skipped.map(\.path))
        var changes: [FileChange] = []
        var difference = Difference(raw: [], reason: "nothing changed")
        let entries = listing.entries.filter { !known.contains($0.path) }
        if !entries.isEmpty {
            let selection = try await takeOver(entries, except: known)
            difference = try await compare()
            changes += skippedNow(selection, &notes)
            // A file too large to be compared still has its old entry in the index; so it is not among these.
            changes += try await describe(difference.raw, &notes)
        }
        let (ours, remarks) = await BlockingPool.run { beyondGit(listing) }
        changes += ours
        notes.add(contentsOf: remarks)
        if changes.contains(where: { $0.path.lastComponent == ".gitignore" }) {
            notes.add("the rules in .gitignore changed: new files that they hide are not listed")
        }
        changes.sort { PathText.bytes($0.path).lexicographicallyPrecedes(PathText.bytes($1.path)) }
        var patch = ChangeSummary.Patch.written
        if difference.patch.isEmpty {
            patch = .absent(difference.reason ?? "no change is one that a patch can hold")
        }
        if changes.isEmpty { patch = .absent("nothing changed") }
        let summary = ChangeSummary(changes: changes, undeterminable: notes.all, patch: patch)
        return (summary, changes.isEmpty ? [] : difference.patch)
    }

    private func takeOver(
        _ entries: [GitListing.Entry], except known: Set<[UInt8]>
    ) async throws(GitFailure) -> GitSelection {
        do {
            try await BlockingPool.run { () throws(Errno) in
                let source = shadow.directory.appending(GitShadow.baselineIndex)
                let target = shadow.directory.appending(GitShadow.changedIndex)
                do throws(Errno) {
                    try EvidenceFiles.copy(source, to: target)
                } catch  where error == .noSuchFileOrDirectory {
                    // There was nothing to put into an index; a left-over of an earlier comparison must not stand in.
                    _ = target.withPlatformString { unlink($0) }
                }
            }
        } catch {
            throw GitFailure(message: "copying the index: \(error)")
        }
        return try await shadow.takeOver(entries, into: GitShadow.changedIndex, except: known)
    }

    // MARK: the difference

    private func compare() async throws(GitFailure) -> Difference {
        let arguments = ["diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--relative"]
        let patchArguments = ["-p", "--binary", "--full-index", "--no-ext-diff", "--no-textconv", "--submodule=short"]
        let index = GitShadow.changedIndex
        do throws(GitFailure) {
            let answer = try await shadow.run(
                arguments + patchArguments + [baseline.tree, "--"], index: index, limit: shadow.limits.patchBytes)
            guard let (raw, start) = GitRawChange.parse(answer.output) else {
                throw GitFailure(message: "git diff-index answered something unexpected")
            }
            return Difference(raw: raw, patch: Array(answer.output[start...]))
        } catch {
            let reason =
                error.isTooLong ? "it would be larger than \(shadow.limits.patchBytes) bytes" : error.message
            if let answer = try? await shadow.run(arguments + [baseline.tree, "--"], index: index),
                let (raw, _) = GitRawChange.parse(answer.output)
            {
                return Difference(raw: raw, reason: reason)
            }
            return Difference(raw: try await compareIndexes(), reason: reason)
        }
    }

    /// The comparison that needs no object at all, for a repository that has lost those of the baseline: it was
    /// removed, or its history was rewritten and pruned.
    private func compareIndexes() async throws(GitFailure) -> [GitRawChange] {
        func read(_ index: String) async throws(GitFailure) -> [[UInt8]: GitEntry] {
            let entries = try await shadow.run(GitEntry.arguments, index: index).records.compactMap { GitEntry($0) }
            return Dictionary(entries.map { ($0.path, $0) }) { first, _ in first }
        }
        let before = try await read(GitShadow.baselineIndex)
        let after = try await read(GitShadow.changedIndex)
        return Set(before.keys).union(after.keys).compactMap { path in
            let (old, new) = (before[path], after[path])
            if old?.object == new?.object && old?.mode == new?.mode { return nil }
            return GitRawChange(
                modeBefore: old?.mode ?? 0, modeAfter: new?.mode ?? 0, objectBefore: old?.object ?? "",
                objectAfter: new?.object ?? "", path: path)
        }
    }

    // MARK: the changes

    private func describe(_ raw: [GitRawChange], _ notes: inout Notes) async throws(GitFailure) -> [FileChange] {
        let sizes = await sizes(raw)
        let (changes, remarks) = await BlockingPool.run { () -> ([FileChange], Notes) in
            guard let root = try? Syscalls.open(shadow.workspace, O_RDONLY | O_DIRECTORY) else { return ([], Notes()) }
            var remarks = Notes()
            var budget = shadow.limits.hashedBytes
            let changes = raw.map { describe($0, root, sizes, &budget, &remarks) }
            return (changes, remarks)
        }
        notes.add(contentsOf: remarks)
        return changes
    }

    private func describe(
        _ raw: GitRawChange, _ root: borrowing OwnedDescriptor, _ sizes: [String: Int], _ budget: inout Int,
        _ notes: inout Notes
    ) -> FileChange {
        var change = FileChange(raw.kind, PathText.path(raw.path))
        if raw.modeBefore != 0 {
            change.modeBefore = raw.modeBefore
            change.objectBefore = raw.objectBefore
            change.sizeBefore = sizes[raw.objectBefore]
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
            if status?.kind == .link { change.sizeAfter = status?.size }
            return change
        }
        change.sizeAfter = status.size
        guard status.size <= budget else {
            notes.add(
                "\(PathText.shown(raw.path)): not hashed, as that would read over \(shadow.limits.hashedBytes) bytes")
            return change
        }
        budget -= status.size
        change.sha256After = try? Beneath.with(root, raw.path) { (directory, name) throws(Errno) in
            try ContentHash(directory, name, expected: status, keep: 0)?.sha256
        }
        return change
    }

    /// Sizes of the contents that were there before, by their ids; what git does not know is left out.
    private func sizes(_ raw: [GitRawChange]) async -> [String: Int] {
        let objects = Set(
            raw.filter { $0.modeBefore != 0 && $0.modeBefore != GitEntry.submodule }.map(\.objectBefore))
        if objects.isEmpty { return [:] }
        let input = Array(objects.map { $0 + "\n" }.joined().utf8)
        let answer = try? await shadow.run(["cat-file", "--batch-check=%(objectname) %(objectsize)"], input: input)
        var sizes: [String: Int] = [:]
        for line in answer?.text.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            if words.count == 2, let size = Int(words[1]) { sizes[String(words[0])] = size }
        }
        return sizes
    }

    // MARK: what git was not asked, or cannot tell

    private func skippedNow(_ selection: GitSelection, _ notes: inout Notes) -> [FileChange] {
        selection.skipped.map { file in
            var change = FileChange(file.isTracked ? .modified : .added, PathText.path(file.path))
            change.sizeAfter = file.status.size
            change.modeAfter = file.status.mode
            change.notInPatch = file.reason
            notes.add("\(PathText.shown(file.path)): content not compared: \(file.reason)")
            return change
        }
    }

    private func beyondGit(_ listing: GitListing) -> ([FileChange], Notes) {
        var changes: [FileChange] = []
        var notes = Notes()
        guard let root = try? Syscalls.open(shadow.workspace, O_RDONLY | O_DIRECTORY) else { return ([], notes) }
        for file in baseline.skipped { compareSkipped(file, root, &changes, &notes) }
        let (before, after) = (Set(baseline.nested), Set(listing.nested))
        for path in after.union(before) {
            if before.contains(path) && after.contains(path) {
                notes.add("\(PathText.shown(path)) is a git repository of its own: its files were not compared")
                continue
            }
            var change = FileChange(after.contains(path) ? .added : .deleted, PathText.path(path))
            change.notInPatch = "a git repository of its own"
            changes.append(change)
        }
        for path in baseline.submodules {
            notes.add("\(PathText.shown(path)) is a submodule: of it only the commit was compared")
        }
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
