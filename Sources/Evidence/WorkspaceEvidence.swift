import Blocking
import Git
import Glibc
import JSON
package import SystemPackage

/// What of an agent's work is a fact: the files of its workspace as they were before, and what is different after,
/// whoever made or committed it.
///
/// Where the workspace lies in a git work tree, git takes both snapshots, with ignored files left out, into a
/// repository directory of our own (``GitShadow``); elsewhere, or where git fails, a walk does. Neither writes to the
/// workspace or its repository, runs anything that these name, follows a symbolic link out, or opens a FIFO or a
/// device.
///
/// In the task's `evidence/`, all with mode 0600 (directories 0700). None is synced here: whoever sends
/// the prompt or ends the task does that before.
///
/// | name | what |
/// |---|---|
/// | `baseline.json` | how and when the baseline was taken; the baseline exists as soon as this file does |
/// | `changes.json` | the ``ChangeSummary`` of the last comparison |
/// | `changes.patch` | its patch for `git apply` in the workspace; absent when `changes.json` says why |
/// | `baseline.git/` | private, with git: index and new objects of the snapshots |
/// | `baseline.list` | private, without git: a record per file (``BaselineList``) |
/// | `baseline.content` | private, without git: contents of small files, one after the other |
/// | `patch.tmp/` | private: two trees while the patch is made; left behind only by a crash |
/// | `.NAME.tmp` | private: a file that is being written; left behind only by a crash |
///
/// Limits. A filter driver such as Git LFS is not run: its files are compared, and patched, as they lie on disk. Files
/// with attributes for line ends are compared, and patched, as git would store them. Of submodules only the commit is
/// compared. git as distributions build it knows file times to the second: a file that was changed in the second before
/// the baseline, and is rewritten in that same second with its size kept and its time put back, looks unchanged to it.
/// Without git, permissions count, and empty directories do not.
package struct WorkspaceEvidence: Sendable {
    private let workspace: FilePath
    private let files: EvidenceFiles
    private let limits: EvidenceLimits
    private let excluded: [FilePath]
    private let git: GitProgram?

    /// - Parameters:
    ///   - workspace: The directory that the agent works in.
    ///   - directory: The task's `evidence/` directory, which exists.
    ///   - excluding: Directories that are not looked into should they lie in the workspace, such as the spool. The
    ///     evidence directory never is.
    package init(
        workspace: FilePath, directory: FilePath, limits: EvidenceLimits = EvidenceLimits(),
        excluding: [FilePath] = []
    ) {
        self.init(
            workspace: workspace, directory: directory, limits: limits, excluding: excluding,
            git: GitProgram.find(timeout: limits.gitTimeout))
    }

    init(
        workspace: FilePath, directory: FilePath, limits: EvidenceLimits, excluding: [FilePath] = [], git: GitProgram?
    ) {
        self.workspace = workspace
        // git is started in the workspace, so that a relative path of ours would mean something else to it.
        files = EvidenceFiles(directory: Self.realPath(directory) ?? directory)
        self.limits = limits
        excluded = [files.directory] + excluding
        self.git = git
    }

    // MARK: before

    /// Records the workspace as it is. Called before the prompt goes out.
    ///
    /// Done at the instant `baseline.json` is renamed into place. A baseline that is there is kept, and nothing is
    /// looked at: after a restart the agent's work must not be taken for what was there before.
    ///
    /// - Throws: ``EvidenceError/Code/systemCall`` if the workspace cannot be opened or `evidence/` not written.
    package func recordBaseline() async throws(EvidenceError) {
        let begun = WallClock.nanoseconds()
        let place = try await BlockingPool.run { () throws(EvidenceError) in try prepare() }
        guard let place else { return }
        var fallback = place.fallback
        if place.mayBeRepository, let git {
            do {
                let (baseline, notes) = try await GitBaseline.take(
                    place.workspace, files: files, git: git, limits: limits, hiding: place.hidden)
                let record = BaselineRecord(begun: begun, workspace: place.workspace, strategy: .git(baseline))
                try await BlockingPool.run { () throws(EvidenceError) in
                    try write(record.json(notes: notes.all, fallback: nil, files: nil))
                }
                return
            } catch let error as EvidenceError {
                throw error
            } catch let failure as GitFailure {
                fallback = failure.message
            } catch {
                fallback = "\(error)"
            }
        }
        if Task.isCancelled { throw EvidenceError(.cancelled, "recording the baseline of", workspace) }
        try await BlockingPool.run { [fallback] () throws(EvidenceError) in
            try files.remove(EvidenceFiles.repository)
            try walkBaseline(place.workspace, begun: begun, fallback: fallback)
        }
    }

    private struct Place {
        /// The real path.
        var workspace: FilePath
        var mayBeRepository: Bool
        var fallback: String?
        /// Directories in the workspace that are not looked into, from there.
        var hidden: [[UInt8]]
    }

    /// - Returns: nil when there is a baseline.
    private func prepare() throws(EvidenceError) -> Place? {
        if files.exists(EvidenceFiles.baseline) { return nil }
        // What a crash left behind.
        for name in [EvidenceFiles.repository, EvidenceFiles.list, EvidenceFiles.content] { try files.remove(name) }
        guard let real = Self.realPath(workspace) else {
            throw EvidenceError(
                .systemCall, "opening", workspace, errno: Errno(rawValue: errno),
                advice: "the workspace must be a directory that this user may read")
        }
        let mayBeRepository = GitRepository.mayLie(around: real)
        let hidden = excluded.compactMap { path -> [UInt8]? in
            guard var path = Self.realPath(path), path.removePrefix(real), !path.isEmpty else { return nil }
            return PathText.bytes(path)
        }
        let fallback = mayBeRepository && git == nil ? "git is not installed" : nil
        return Place(workspace: real, mayBeRepository: mayBeRepository, fallback: fallback, hidden: hidden)
    }

    private func walkBaseline(_ real: FilePath, begun: Int, fallback: String?) throws(EvidenceError) {
        let baseline: WalkBaseline
        do {
            let root = try Syscalls.open(real, O_RDONLY | O_DIRECTORY)
            baseline = try WalkBaseline.take(root, tree: tree)
        } catch {
            throw EvidenceError(
                .systemCall, "opening", real, errno: error,
                advice: "the workspace must be a directory that this user may read")
        }
        try files.write(EvidenceFiles.list, BaselineList.encode(baseline.files))
        if !baseline.content.isEmpty { try files.write(EvidenceFiles.content, baseline.content) }
        // More gaps than a person can read: then nothing that is new can be told from what was there.
        let gaps = baseline.outcome.gaps.count > 1000 ? [[]] : baseline.outcome.gaps
        let record = BaselineRecord(begun: begun, workspace: real, strategy: .walk(gaps: gaps))
        let counts = (count: baseline.files.count, kept: baseline.content.count)
        try write(record.json(notes: baseline.outcome.notes.all, fallback: fallback, files: counts))
    }

    private func write(_ json: JSONValue) throws(EvidenceError) {
        try files.write(EvidenceFiles.baseline, Array(json.pretty.utf8))
    }

    // MARK: after

    /// Compares the workspace with its baseline, and writes `changes.patch` and then `changes.json`.
    ///
    /// May be called again, after another turn say: what an earlier call wrote is replaced.
    ///
    /// - Throws: ``EvidenceError/Code/noBaseline`` if ``recordBaseline()`` has not been called.
    package func recordChanges() async throws(EvidenceError) -> ChangeSummary {
        let record = try await BlockingPool.run { () throws(EvidenceError) in try readBaseline() }
        let summary: ChangeSummary
        let patch: [UInt8]
        let strategy: String
        if !Self.isDirectory(record.workspace) {
            (summary, patch, strategy) = (Self.gone(), [], "none")
        } else {
            switch record.strategy {
            case .git(let baseline):
                strategy = "git"
                (summary, patch) = await gitChanges(record, baseline)
            case .walk(let gaps):
                strategy = "walk"
                (summary, patch) = try await walkChanges(record, gaps)
            }
        }
        if Task.isCancelled { throw EvidenceError(.cancelled, "comparing", workspace) }
        let json = summary.json(strategy: strategy, time: WallClock.iso8601(nanoseconds: WallClock.nanoseconds()))
        try await BlockingPool.run { () throws(EvidenceError) in
            if summary.patch == .written { try files.write(EvidenceFiles.patch, patch) }
            try files.write(EvidenceFiles.changes, Array(json.pretty.utf8))
            if summary.patch != .written { try files.remove(EvidenceFiles.patch) }
        }
        return summary
    }

    /// Removes the private files that only comparisons need. What ``recordChanges()`` wrote stays; calling it again
    /// throws ``EvidenceError/Code/noBaseline``.
    package func discardBaselineContent() async throws(EvidenceError) {
        try await BlockingPool.run { () throws(EvidenceError) in
            for name in [
                EvidenceFiles.repository, EvidenceFiles.list, EvidenceFiles.content, EvidenceFiles.patchTrees,
            ] { try files.remove(name) }
        }
    }

    private func readBaseline() throws(EvidenceError) -> BaselineRecord {
        let path = files.path(EvidenceFiles.baseline)
        guard files.exists(EvidenceFiles.baseline) else {
            throw EvidenceError(.noBaseline, "comparing", workspace, advice: "record a baseline first")
        }
        let bytes = try files.read(EvidenceFiles.baseline, limit: BaselineRecord.byteLimit)
        guard let json = try? JSONValue(parsing: bytes), let record = BaselineRecord(json) else {
            throw EvidenceError(
                .damagedBaseline, "read", path, advice: "what this task changed cannot be told now")
        }
        let content =
            switch record.strategy {
            case .git: EvidenceFiles.repository
            case .walk: EvidenceFiles.list
            }
        guard files.exists(content) else {
            throw EvidenceError(.noBaseline, "comparing", workspace, advice: "\(files.path(content)) was removed")
        }
        return record
    }

    private func gitChanges(
        _ record: BaselineRecord, _ baseline: GitBaseline
    ) async -> (ChangeSummary, [UInt8]) {
        do throws(GitFailure) {
            guard let git else { throw GitFailure(message: "git is not installed any more") }
            let shadow = GitShadow(
                directory: files.path(EvidenceFiles.repository), workspace: record.workspace,
                topLevel: baseline.topLevel, git: git, limits: limits)
            let (summary, patch) = try await GitComparison(shadow: shadow, baseline: baseline).run()
            return (summary, patch)
        } catch {
            let note = "nothing could be compared: \(error.message)"
            return (ChangeSummary(changes: [], undeterminable: [note], patch: .absent(error.message)), [])
        }
    }

    private func walkChanges(
        _ record: BaselineRecord, _ gaps: [[UInt8]]
    ) async throws(EvidenceError) -> (ChangeSummary, [UInt8]) {
        let (changes, notes, patchFiles) = try await BlockingPool.run { () throws(EvidenceError) in
            try compare(record, gaps)
        }
        var patch = ChangeSummary.Patch.absent("nothing changed")
        var bytes: [UInt8] = []
        if !changes.isEmpty { patch = .absent("no change is one that a patch can hold") }
        if !patchFiles.isEmpty {
            if let git {
                do {
                    bytes = try await WalkPatch(files: files, git: git, limits: limits).make(patchFiles)
                    if !bytes.isEmpty { patch = .written }
                } catch {
                    patch = .absent(
                        error.isTooLong ? "it would be larger than \(limits.patchBytes) bytes" : error.message)
                }
                try await BlockingPool.run { () throws(EvidenceError) in try files.remove(EvidenceFiles.patchTrees) }
            } else {
                patch = .absent("git is not installed")
            }
        }
        return (ChangeSummary(changes: changes, undeterminable: notes, patch: patch), bytes)
    }

    private func compare(
        _ record: BaselineRecord, _ gaps: [[UInt8]]
    ) throws(EvidenceError) -> ([FileChange], [String], [WalkComparison.PatchFile]) {
        let bytes = try files.read(EvidenceFiles.list, limit: 1 << 30)
        guard let list = BaselineList.decode(bytes) else {
            throw EvidenceError(.damagedBaseline, "read", files.path(EvidenceFiles.list))
        }
        let content = files.path(EvidenceFiles.content)
        var comparison = WalkComparison(limits: limits, baseline: list, begun: record.begun, gaps: gaps) {
            Self.slice(content, offset: $0, count: $1)
        }
        do {
            let root = try Syscalls.open(record.workspace, O_RDONLY | O_DIRECTORY)
            try comparison.run(root, tree: tree)
        } catch {
            throw EvidenceError(.systemCall, "opening", record.workspace, errno: error)
        }
        return (comparison.changes, comparison.notes.all, comparison.patch)
    }

    // MARK: small things

    private var tree: WorkspaceTree {
        var identities: Set<WorkspaceTree.Identity> = []
        for path in excluded {
            guard let real = Self.realPath(path), let status = try? Syscalls.status(real) else { continue }
            identities.insert(WorkspaceTree.Identity(device: status.device, inode: status.inode))
        }
        return WorkspaceTree(limits: limits, excluded: identities)
    }

    private static func gone() -> ChangeSummary {
        let change = FileChange(.deleted, ".")
        return ChangeSummary(
            changes: [change],
            undeterminable: ["the workspace is gone, or no directory any more, with all files in it"],
            patch: .absent("the workspace is gone"))
    }

    private static func isDirectory(_ path: FilePath) -> Bool {
        (try? Syscalls.status(path))?.kind == .directory
    }

    private static func slice(_ path: FilePath, offset: Int, count: Int) -> [UInt8]? {
        guard offset >= 0, count >= 0, let file = try? Syscalls.open(path, O_RDONLY | O_NONBLOCK) else { return nil }
        // No more than there is: a damaged list must not make us ask for memory.
        guard let size = try? Syscalls.status(file).size, offset <= size, count <= size - offset else { return nil }
        let number = file.number
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try? Syscalls.retry { pread(number, &bytes, count, offset) }
        return read == count ? bytes : nil
    }

    /// The path without symbolic links; nil, with `errno` set, when there is no such file.
    private static func realPath(_ path: FilePath) -> FilePath? {
        guard let real = path.withPlatformString({ realpath($0, nil) }) else { return nil }
        defer { free(real) }
        return FilePath(platformString: real)
    }
}
