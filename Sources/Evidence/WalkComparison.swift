import Glibc
import SystemCalls
import SystemPackage

/// Compares a workspace as it is with its ``BaselineFile``s.
struct WalkComparison: Sendable {
    /// A change that can be put into a patch: what was there and what is there now. Nil stands for no file.
    struct PatchFile: Sendable {
        var path: [UInt8]
        var before: Version?
        var after: Version?
    }

    /// A regular file or, if ``mode`` says so, a symbolic link with its target.
    struct Version: Sendable {
        var mode: UInt32
        var content: [UInt8]
    }

    private(set) var changes: [FileChange] = []
    private(set) var notes = Notes()
    private(set) var patch: [PatchFile] = []

    private let limits: EvidenceLimits
    private let baseline: BaselineList
    /// The content kept at the baseline, by its offset and length.
    private let kept: @Sendable (Int, Int) -> [UInt8]?
    /// When the baseline was begun, and the directories that it had not seen.
    private let begun: Int
    private let gaps: [[UInt8]]
    private var hashed = 0
    private var patchBytes = 0

    init(
        limits: EvidenceLimits, baseline: BaselineList, begun: Int, gaps: [[UInt8]],
        kept: @escaping @Sendable (Int, Int) -> [UInt8]?
    ) {
        self.limits = limits
        self.baseline = baseline
        self.begun = begun
        self.gaps = gaps
        self.kept = kept
    }

    /// What may have changed since the baseline, by the files' status.
    func look(
        _ root: FilePath, tree: WorkspaceTree, table: FileTable
    ) async throws(Errno) -> (look: WorkspaceLook, outcome: WorkspaceTree.Outcome) {
        let (baseline, begun) = (baseline, begun)
        return try await WorkspaceLook.take(root, tree: tree, table: table, scope: WorkspaceLook.Scope()) {
            guard $1.isSame(as: baseline.status(of: $0)) else { return false }
            return $1.kind == .other || !$1.mayHaveChanged(since: begun)
        }
    }

    /// Compares what a look found.
    mutating func run(
        _ root: borrowing OwnedDescriptor, _ look: WorkspaceLook, _ outcome: WorkspaceTree.Outcome
    ) {
        notes.add(contentsOf: outcome.notes)
        for (place, status) in look.touched.sorted(by: { $0.key < $1.key }) {
            compare(baseline[place], root, status)
        }
        for place in look.missing.sorted() {
            missing(baseline[place], root, certain: !Self.lies(baseline[place].path, in: outcome.gaps))
        }
        for file in look.new.sorted(by: { Bytes.precedes($0.path, $1.path) }) { meet(root, file.path, file.status) }
        changes.sort { Bytes.precedes(PathText.bytes($0.path), PathText.bytes($1.path)) }
    }

    static func lies(_ path: [UInt8], in gaps: [[UInt8]]) -> Bool {
        gaps.contains { $0.isEmpty || path == $0 || path.starts(with: $0 + [UInt8(ascii: "/")]) }
    }

    // MARK: the four cases

    /// A file that the baseline does not know.
    private mutating func meet(
        _ root: borrowing OwnedDescriptor, _ path: [UInt8], _ status: FileStatus
    ) {
        if Self.lies(path, in: gaps) {
            if status.mayHaveChanged(since: begun) {
                notes.add("\(PathText.shown(path)): new or changed; the baseline had not looked there")
            }
            return
        }
        var change = FileChange(.added, PathText.path(path))
        let after = read(root, path, status, into: &change)
        finish(change, path, before: nil, after: after, neededBefore: false)
    }

    /// A file that the walk did not meet.
    private mutating func missing(_ file: BaselineFile, _ root: borrowing OwnedDescriptor, certain: Bool) {
        if !certain {
            do {
                let status = try Beneath.status(root, file.path)
                if !status.isSame(as: file.status) {
                    notes.add("\(PathText.shown(file.path)): touched, and not compared")
                }
                return
            } catch {
                if error != .noSuchFileOrDirectory && error != .notDirectory {
                    return notes.add("\(PathText.shown(file.path)): \(error)")
                }
            }
        }
        finish(changed(.deleted, file), file.path, before: version(file), after: nil, neededBefore: true)
    }

    private mutating func compare(
        _ file: BaselineFile, _ root: borrowing OwnedDescriptor, _ status: FileStatus
    ) {
        if status.kind != file.status.kind {
            var change = changed(.typeChanged, file)
            let after = read(root, file.path, status, into: &change)
            return finish(change, file.path, before: version(file), after: after, neededBefore: true)
        }
        var change = changed(.modified, file)
        if status.kind == .other {
            compareModes(file, status, change)
            return
        }
        if status.size == file.status.size {
            guard file.sha256 != nil else { return untold(file, status) }
            let after = read(root, file.path, status, into: &change)
            guard let hash = change.sha256After else { return untold(file, status) }
            if hash == file.sha256 { return compareModes(file, status, change) }
            return finish(change, file.path, before: version(file), after: after, neededBefore: true)
        }
        let after = read(root, file.path, status, into: &change)
        finish(change, file.path, before: version(file), after: after, neededBefore: true)
    }

    /// Same size, and the content on one side is not known.
    private mutating func untold(_ file: BaselineFile, _ status: FileStatus) {
        let reason = status.isSame(as: file.status) ? "written to as the baseline was taken" : "touched"
        notes.add(
            "\(PathText.shown(file.path)): \(reason); whether its content changed is not known, as it was not read")
    }

    private mutating func compareModes(_ file: BaselineFile, _ status: FileStatus, _ modified: FileChange) {
        guard status.mode != file.status.mode else { return }
        var change = modified
        change.kind = .modeChanged
        change.modeAfter = status.mode
        change.sizeAfter = status.size
        let executable = (Self.executable(file.status.mode), Self.executable(status.mode))
        if status.kind != .regular || executable.0 == executable.1 {
            change.notInPatch = "a patch knows of permissions only whether a file is executable"
            changes.append(change)
            return
        }
        changes.append(change)
        // With equal content on both sides git writes the modes only; so any content will do.
        patch.append(
            PatchFile(
                path: file.path, before: Version(mode: file.status.mode, content: []),
                after: Version(mode: status.mode, content: [])))
    }

    // MARK: contents

    static func executable(_ mode: UInt32) -> Bool { mode & S_IXUSR != 0 }

    private func changed(_ kind: FileChange.Kind, _ file: BaselineFile) -> FileChange {
        var change = FileChange(kind, PathText.path(file.path))
        change.sizeBefore = file.status.size
        change.modeBefore = file.status.mode
        change.sha256Before = file.sha256
        return change
    }

    private func version(_ file: BaselineFile) -> Version? {
        guard let offset = file.offset, let content = kept(offset, file.status.size) else { return nil }
        // The hash proves that these are the bytes that were there.
        guard ContentHash(of: content).sha256 == file.sha256 else { return nil }
        return Version(mode: file.status.mode, content: content)
    }

    /// Fills in what is there now, and returns its content if that fits what a patch may hold.
    private mutating func read(
        _ root: borrowing OwnedDescriptor, _ path: [UInt8], _ status: FileStatus,
        into change: inout FileChange
    ) -> Version? {
        change.sizeAfter = status.size
        change.modeAfter = status.mode
        let room = limits.patchBytes - patchBytes
        var content: [UInt8]?
        switch status.kind {
        case .link:
            guard let target = try? Beneath.linkTarget(root, path) else { return nil }
            change.sha256After = ContentHash(of: target).sha256
            content = target.count <= room ? target : nil
        case .regular:
            guard status.size <= limits.hashedBytes - hashed else {
                notes.add("\(PathText.shown(path)): not hashed, as that would read over \(limits.hashedBytes) bytes")
                return nil
            }
            do {
                guard let read = try Beneath.content(root, path, expected: status, keep: room) else {
                    notes.add("\(PathText.shown(path)): is being changed by somebody while it is looked at")
                    return nil
                }
                hashed += status.size
                change.sha256After = read.sha256
                content = read.bytes
            } catch {
                notes.add("\(PathText.shown(path)): cannot be read: \(error)")
                return nil
            }
        case .other, .directory: return nil
        }
        guard let content else { return nil }
        return Version(mode: status.mode, content: content)
    }

    private mutating func finish(
        _ change: FileChange, _ path: [UInt8], before: Version?, after: Version?, neededBefore: Bool
    ) {
        var change = change
        let special = { (mode: UInt32?) in mode.map { ![S_IFREG, S_IFLNK].contains($0 & S_IFMT) } ?? false }
        if neededBefore && special(change.modeBefore) || special(change.modeAfter) {
            change.notInPatch = "neither a regular file nor a symbolic link"
        } else if neededBefore && before == nil {
            change.notInPatch = "its content before was not kept"
        } else if change.kind != .deleted && after == nil {
            change.notInPatch = "its content now is too large or could not be read"
        } else {
            patchBytes += (after?.content.count ?? 0)
            patch.append(PatchFile(path: path, before: before, after: after))
        }
        changes.append(change)
    }
}
