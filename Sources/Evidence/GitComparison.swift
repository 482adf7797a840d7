import Blocking
import Git
import Glibc
import SystemPackage

/// Compares a workspace as it is with its ``GitBaseline``.
///
/// A look at the files' status says which of them may have changed; git is asked about those, and only those.
struct GitComparison: Sendable {
    var shadow: GitShadow
    var baseline: GitBaseline
    var tree: WorkspaceTree
    /// When the baseline was begun, in nanoseconds since 1970.
    var begun: Int
    /// Directories in the workspace that are not looked at, as evidence of their own is kept of them or none at all.
    var apart: [[UInt8]]
    /// Submodules that are at another commit than they were, or gone.
    var moved: [[UInt8]]
    /// Goes before each path in the patch, with a slash at its end.
    var patchPrefix: [UInt8]

    /// New files and directories that git is asked about one by one; beyond that, it looks for all there are.
    static let asked = 200

    struct Result: Sendable {
        var changes: [FileChange] = []
        var ignored: [IgnoredChange] = []
        var ignoredNotes = Notes()
        var notes = Notes()
        var patch: [UInt8] = []
        /// Why there is no patch.
        var reason: String? = "nothing changed"
    }

    private struct Difference {
        var raw: [GitRawChange]
        var patch: [UInt8] = []
        /// Why there is no patch.
        var reason: String?
    }

    /// The files of the baseline, as a look needs them.
    struct Known: Sendable {
        var entries: [GitIndexFile.Entry]
        var table: FileTable
        var ignored: [[UInt8]]

        /// - Parameter prefix: The workspace from the top of the work tree, with a slash at its end.
        init(_ index: GitIndexFile, prefix: [UInt8], ignored: [[UInt8]]) {
            // Without a stage other than 0, which is there only while nobody has looked at a conflict.
            let places = index.places(below: prefix) { $0.stage == 0 && !$0.isSubmodule }
            entries = places.map { index.entries[$0] }
            table = FileTable(index.paths.selecting(places, dropping: prefix.count))
            self.ignored = ignored
        }
    }

    func known() async throws(GitFailure) -> Known {
        guard let prefix = GitBaseline.prefix(of: shadow.workspace, in: shadow.topLevel) else {
            throw GitFailure(message: "the workspace is not below \(shadow.topLevel)")
        }
        let count = baseline.ignoredCount
        return try await BlockingPool.run { () throws(GitFailure) in
            do throws(EvidenceError) {
                try shadow.lay()
            } catch {
                throw GitFailure(message: "\(error)")
            }
            return Known(try shadow.readIndex(), prefix: prefix, ignored: try shadow.ignored(count: count))
        }
    }

    func look(_ known: Known) async throws(GitFailure) -> (look: WorkspaceLook, outcome: WorkspaceTree.Outcome) {
        let (entries, begun) = (known.entries, begun)
        let scope = WorkspaceLook.Scope(
            skipped: Set(known.ignored + apart + baseline.submodules + baseline.skipped.map(\.path)),
            stopsAtRepositories: true, newFiles: 10_000)
        do {
            return try await WorkspaceLook.take(shadow.workspace, tree: tree, table: known.table, scope: scope) {
                entries[$0].isSame(as: $1) && !$1.mayHaveChanged(since: begun)
            }
        } catch {
            throw GitFailure(message: "\(shadow.workspace): \(error)")
        }
    }

    func run(
        _ known: Known, _ look: WorkspaceLook, _ outcome: WorkspaceTree.Outcome
    ) async throws(GitFailure) -> Result {
        var result = Result()
        result.notes.add(contentsOf: outcome.notes)
        let new = try await newFiles(look, &result.notes)
        let seen = Set(baseline.skipped.map(\.path))
        let (tracked, remarks) = await BlockingPool.run { candidates(known, look, outcome.gaps) }
        result.notes.add(contentsOf: remarks)
        let others = new.others.filter { !seen.contains($0) }
        let entries =
            (tracked + moved).map { GitStatus.Entry(path: $0, isTracked: true) }
            + others.map { GitStatus.Entry(path: $0, isTracked: false) }
        if !entries.isEmpty {
            let selection = try await takeOver(entries, except: seen)
            let difference = try await compare()
            (result.patch, result.reason) = (difference.patch, difference.reason)
            result.changes += skippedNow(selection, &result.notes)
            // A file too large to be compared still has its old entry in the index; so it is not among these.
            result.changes += try await describe(difference.raw, &result.notes)
        }
        for path in new.nested {
            var change = FileChange(.added, PathText.path(path))
            change.notInPatch = "a git repository of its own"
            result.changes.append(change)
        }
        let listed = Set(result.changes.map { PathText.bytes($0.path) })
        result.changes += special(look, except: listed.union(baseline.survey.special))
        result.changes += modes(known, look, except: listed)
        result.changes += await BlockingPool.run { specialGone(except: listed) }
        let (ours, more) = await BlockingPool.run { compareSkipped() }
        result.changes += ours
        result.notes.add(contentsOf: more)
        let (ignored, ignoredNotes) = await BlockingPool.run { [result] in
            var found = IgnoredLook(shadow.workspace, tree: tree, begun: begun, paths: known.ignored)
            let listed = Set(result.changes.map { PathText.bytes($0.path) })
            for path in new.ignored where !listed.contains(path) { found.add(.added, path) }
            return (found.changes, found.notes)
        }
        (result.ignored, result.ignoredNotes) = (ignored, ignoredNotes)
        return result
    }

    // MARK: what to ask git about

    private struct NewFiles {
        var others: [[UInt8]] = []
        var nested: [[UInt8]] = []
        var ignored: [[UInt8]] = []
    }

    /// Has git say which of the new files are not ignored, by its rules as they are now.
    private func newFiles(_ look: WorkspaceLook, _ notes: inout Notes) async throws(GitFailure) -> NewFiles {
        let nested = look.repositories.subtracting(baseline.nested)
        let inKnown = look.new.map(\.path).filter { !isBelow($0, look.newDirectories) }
        let places = inKnown + look.newDirectories + nested
        if places.isEmpty { return NewFiles() }
        let arguments = ["--literal-pathspecs", "ls-files", "-o", "--exclude-standard", "-z", "--"]
        let answer = try await shadow.run(arguments, places.count > Self.asked ? [] : places)
        for line in answer.errors.split(separator: "\n") { notes.add("git: \(line)") }
        var new = NewFiles()
        let wanted = Set(inKnown)
        let passedOver = Set(apart)
        for record in answer.records {
            if record.last == UInt8(ascii: "/") {
                let path = Array(record.dropLast())
                if nested.contains(path) { new.nested.append(path) }
            } else if wanted.contains(record) || isBelow(record, look.newDirectories), !isBelow(record, passedOver) {
                new.others.append(record)
            }
        }
        let others = Set(new.others)
        new.ignored = inKnown.filter { !others.contains($0) }
        new.ignored += look.newDirectories.filter { directory in
            let prefix = directory + [UInt8(ascii: "/")]
            return !new.others.contains { $0.starts(with: prefix) }
        }
        new.ignored += nested.subtracting(new.nested)
        new.ignored.sort(by: Bytes.precedes)
        return new
    }

    private func isBelow(_ path: [UInt8], _ directories: Set<[UInt8]>) -> Bool {
        if directories.isEmpty { return false }
        var path = path[...]
        while let slash = path.lastIndex(of: UInt8(ascii: "/")) {
            path = path[..<slash]
            if directories.contains(Array(path)) { return true }
        }
        return false
    }

    /// Files of the baseline that may have changed. One that was not met may lie where the look did not get to.
    private func candidates(
        _ known: Known, _ look: WorkspaceLook, _ gaps: [[UInt8]]
    ) -> (paths: [[UInt8]], notes: Notes) {
        var notes = Notes()
        var places = Array(look.touched.keys)
        guard let root = try? Syscalls.open(shadow.workspace, O_RDONLY | O_DIRECTORY) else { return ([], notes) }
        for place in look.missing {
            let path = known.table.paths[place]
            do {
                let status = try Beneath.status(root, path)
                // Not gone, but passed over: below what is ignored, or in a gap.
                if known.entries[place].isSame(as: status), !status.mayHaveChanged(since: begun) { continue }
            } catch {
                if error != .noSuchFileOrDirectory && error != .notDirectory && error != .tooManySymbolicLinkLevels {
                    notes.add("\(PathText.shown(path)): \(error)")
                    continue
                }
            }
            places.append(place)
        }
        return (places.map { known.table.paths[$0] }.sorted(by: Bytes.precedes), notes)
    }

    /// FIFOs, sockets and devices, which git does not list.
    private func special(_ look: WorkspaceLook, except listed: Set<[UInt8]>) -> [FileChange] {
        let found = look.new.filter { $0.status.kind == .other && !listed.contains($0.path) }
        return found.map { file in
            var change = FileChange(.added, PathText.path(file.path))
            change.modeAfter = file.status.mode
            change.notInPatch = "neither a regular file nor a symbolic link"
            return change
        }
    }

    private func specialGone(except listed: Set<[UInt8]>) -> [FileChange] {
        guard let root = try? Syscalls.open(shadow.workspace, O_RDONLY | O_DIRECTORY) else { return [] }
        return baseline.survey.special.subtracting(listed).compactMap { path in
            let status = try? Beneath.status(root, path)
            if status?.kind == .other { return nil }
            var change = FileChange(status == nil ? .deleted : .typeChanged, PathText.path(path))
            change.modeAfter = status?.mode
            change.notInPatch = "it was neither a regular file nor a symbolic link"
            return change
        }
    }

    /// Files whose permissions are others, in what git does not keep of them.
    private func modes(_ known: Known, _ look: WorkspaceLook, except listed: Set<[UInt8]>) -> [FileChange] {
        look.touched.compactMap { place, status in
            let path = known.table.paths[place]
            guard status.isRegular, !listed.contains(path),
                let before = baseline.survey.permissions(of: path, now: status.mode),
                before != GitSurvey.permissions(status.mode)
            else { return nil }
            var change = FileChange(.modeChanged, PathText.path(path))
            change.sizeAfter = status.size
            (change.modeBefore, change.modeAfter) = (S_IFREG | before, status.mode)
            change.notInPatch = "a patch knows of permissions only whether a file is executable"
            return change
        }
    }

    // MARK: the snapshot

    private func takeOver(
        _ entries: [GitStatus.Entry], except known: Set<[UInt8]>
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
        let prefixes = ["--src-prefix=a/", "--dst-prefix=b/"].map { Array($0.utf8) + patchPrefix }
        // Only now: most workspaces are compared without, as nothing in them changed.
        let tree = try await baselineTree()
        let index = GitShadow.changedIndex
        do throws(GitFailure) {
            let answer = try await shadow.run(
                arguments + patchArguments + [tree], prefixes + [Array("--".utf8)], index: index,
                limit: shadow.limits.patchBytes)
            guard let (raw, start) = GitRawChange.parse(answer.output) else {
                throw GitFailure(message: "git diff-index answered something unexpected")
            }
            return Difference(raw: raw, patch: Array(answer.output[start...]))
        } catch {
            let reason =
                error.isTooLong ? "it would be larger than \(shadow.limits.patchBytes) bytes" : error.message
            if let answer = try? await shadow.run(arguments + [tree, "--"], index: index),
                let (raw, _) = GitRawChange.parse(answer.output)
            {
                return Difference(raw: raw, reason: reason)
            }
            return Difference(raw: try await compareIndexes(), reason: reason)
        }
    }

    private func baselineTree() async throws(GitFailure) -> String {
        let answer = try await shadow.run(["write-tree", "--missing-ok"])
        guard let tree = answer.text.split(separator: "\n").first else {
            throw GitFailure(message: "git write-tree answered nothing")
        }
        return String(tree)
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
}
