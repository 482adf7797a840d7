import Blocking
import Git
import Glibc
import JSON
package import SystemPackage

/// What of an agent's work is a fact: the files of its workspace as they were before, and what is different after,
/// whoever made or committed it. `docs/evidence.md` says what is seen and what is not.
///
/// Where the workspace lies in a git work tree, git keeps both snapshots, with ignored files left out, in a
/// repository directory of our own (``GitShadow``); elsewhere, or where git fails, ``WalkBaseline`` does. Neither writes
/// to the workspace or its repository, runs anything that these name, follows a symbolic link out, or opens a FIFO or a
/// device. Repositories inside the workspace have evidence of their own (``InnerEvidence``).
///
/// In the task's `evidence/`, all with mode 0600 (directories 0700). None is synced here: whoever sends
/// the prompt or ends the task does that before.
///
/// | name | what |
/// |---|---|
/// | `baseline.json` | how and when the baseline was taken; the baseline exists as soon as this file does |
/// | `changes.json` | the ``ChangeSummary`` of the last comparison |
/// | `changes.patch` | its patch for `git apply` in the workspace; absent when `changes.json` says why |
/// | `baseline.git/` | private, with git: index and new objects of the snapshots, and evidence of inner repositories |
/// | `baseline.list` | private, without git: a record per file (``BaselineList``) |
/// | `baseline.content` | private, without git: contents of small files, one after the other |
/// | `patch.tmp/` | private: two trees while the patch is made; left behind only by a crash |
/// | `.NAME.tmp` | private: a file that is being written; left behind only by a crash |
package struct WorkspaceEvidence: Sendable {
    let workspace: FilePath
    let files: EvidenceFiles
    let limits: EvidenceLimits
    let excluded: [FilePath]
    let git: GitProgram?
    /// Where baselines of large workspaces without git are kept after the task (``WalkCache``), if anywhere.
    var cache: FilePath?
    /// Where this is evidence of a repository inside a workspace: that workspace, and how deep it is.
    var outer: FilePath?
    var depth = 0

    /// - Parameters:
    ///   - workspace: The directory that the agent works in.
    ///   - directory: The task's `evidence/` directory, which exists.
    ///   - excluding: Directories that are not looked into should they lie in the workspace, such as the spool. The
    ///     evidence directory never is.
    ///   - cache: A directory, on the same filesystem as `directory`, that is made and kept small: what is in it makes the
    ///     next baseline of a large workspace without git faster.
    package init(
        workspace: FilePath, directory: FilePath, limits: EvidenceLimits = EvidenceLimits(),
        excluding: [FilePath] = [], cache: FilePath? = nil
    ) {
        self.init(
            workspace: workspace, directory: directory, limits: limits, excluding: excluding,
            git: GitProgram.find(timeout: limits.gitTimeout))
        self.cache = cache
    }

    init(
        workspace: FilePath, directory: FilePath, limits: EvidenceLimits, excluding: [FilePath] = [], git: GitProgram?
    ) {
        self.workspace = workspace
        // git is started in the workspace, so that a relative path of ours would mean something else to it.
        files = EvidenceFiles(directory: RealPath.of(directory) ?? directory)
        self.limits = limits
        excluded = [files.directory] + excluding
        self.git = git
    }

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
                return try await recordGitBaseline(place, git, begun: begun)
            } catch let error as EvidenceError {
                throw error
            } catch let failure as GitFailure {
                fallback = failure.message
            } catch {
                fallback = "\(error)"
            }
        }
        if Task.isCancelled { throw EvidenceError(.cancelled, "recording the baseline of", workspace) }
        try await recordWalkBaseline(place.workspace, begun: begun, fallback: fallback)
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
        guard let real = RealPath.of(workspace) else { throw cannotOpen(workspace, Errno(rawValue: errno)) }
        // One inside a workspace is its own, or none: what lies around it has been looked at.
        let mayBeRepository = outer == nil ? GitRepository.mayLie(around: real) : GitRepository.isTop(real)
        let fallback = mayBeRepository && git == nil ? "git is not installed" : nil
        return Place(
            workspace: real, mayBeRepository: mayBeRepository, fallback: fallback, hidden: hidden(from: real))
    }

    /// The excluded directories that lie in the workspace, from there.
    func hidden(from real: FilePath) -> [[UInt8]] {
        excluded.compactMap { path in
            guard var path = RealPath.of(path), path.removePrefix(real), !path.isEmpty else { return nil }
            return PathText.bytes(path)
        }
    }

    private func recordGitBaseline(_ place: Place, _ git: GitProgram, begun: Int) async throws {
        let real = place.workspace
        let taken = try await GitBaseline.take(real, files: files, git: git, tree: tree, hiding: place.hidden)
        var record = BaselineRecord(begun: begun, workspace: real, strategy: .git(taken.baseline))
        let apart = taken.baseline.nested.map { ($0, false) } + taken.baseline.submodules.map { ($0, true) }
        for (number, (path, isSubmodule)) in apart.enumerated() {
            var inner = InnerEvidence(path: path, directory: nil, isSubmodule: isSubmodule)
            if number < InnerEvidence.limit, depth < InnerEvidence.depth {
                inner.directory = "\(EvidenceFiles.repository)/inner/\(number)"
                try await recordBaseline(of: inner, in: real)
            }
            record.inner.append(inner)
        }
        let boundary = outer ?? real
        try await BlockingPool.run { [record] () throws(EvidenceError) in
            var record = record
            var places = OutsideFiles.Places(targets: targets(of: taken.links, in: real, boundary))
            places.repositories = Set([taken.repository.gitDirectory, taken.repository.common]).map {
                PathText.bytes($0)
            }
            if let hooks = taken.repository.hooks, !hooks.starts(with: boundary) {
                places.hooks = [PathText.bytes(hooks)]
            }
            record.outside = OutsideFiles(places)
            var notes = taken.notes
            notes.add(contentsOf: record.outside.notes)
            try write(record.json(notes: notes.all, fallback: nil, files: nil))
        }
    }

    private func recordBaseline(of inner: InnerEvidence, in real: FilePath) async throws(EvidenceError) {
        guard let directory = inner.directory else { return }
        let path = files.path(EvidenceFiles.repository).appending("inner")
        try await BlockingPool.run { () throws(EvidenceError) in
            try EvidenceFiles.makeDirectory(path)
            try EvidenceFiles.makeDirectory(files.directory.pushing(FilePath(directory)))
        }
        do throws(EvidenceError) {
            try await evidence(of: inner, in: real)?.recordBaseline()
        } catch {
            // The comparison will find that there is no baseline, and say so.
            if error.code == .cancelled { throw error }
        }
    }

    /// - Returns: nil where none is kept.
    func evidence(of inner: InnerEvidence, in real: FilePath) -> WorkspaceEvidence? {
        guard let directory = inner.directory else { return nil }
        var evidence = WorkspaceEvidence(
            workspace: real.pushing(PathText.path(inner.path)), directory: files.directory.pushing(FilePath(directory)),
            limits: limits, excluding: excluded, git: git)
        evidence.outer = outer ?? real
        evidence.depth = depth + 1
        return evidence
    }

    private func targets(
        of links: [[UInt8]], in real: FilePath, _ boundary: FilePath
    ) -> [(path: [UInt8], link: [UInt8])] {
        let found = links.prefix(10_000).compactMap { link in
            LinkTarget.outside(real, link, boundary: boundary).map { (path: $0, link: link) }
        }
        return Array(found.prefix(1_000))
    }

    private func recordWalkBaseline(_ real: FilePath, begun: Int, fallback: String?) async throws(EvidenceError) {
        try await BlockingPool.run { () throws(EvidenceError) in try files.remove(EvidenceFiles.repository) }
        let kept =
            if let cache { await WalkCache(directory: cache, workspace: real).read() } else { WalkCache.Kept?.none }
        let baseline: WalkBaseline
        do {
            baseline = try await WalkBaseline.take(real, tree: tree, kept: kept)
        } catch {
            throw cannotOpen(real, error)
        }
        let boundary = outer ?? real
        try await BlockingPool.run { () throws(EvidenceError) in
            let same = baseline.isAsKept ? kept : nil
            if try !link(same) {
                let list = same.map { BaselineList.encode($0.files) } ?? BaselineList.encode(baseline.files)
                let content = same?.content ?? baseline.content
                try files.write(EvidenceFiles.list, list)
                if !content.isEmpty { try files.write(EvidenceFiles.content, content) }
            }
            // More gaps than a person can read: then nothing that is new can be told from what was there.
            let gaps = baseline.outcome.gaps.count > 1000 ? [[]] : baseline.outcome.gaps
            var record = BaselineRecord(begun: begun, workspace: real, strategy: .walk(gaps: gaps))
            let links = same?.files.links ?? baseline.files.filter { $0.status.kind == .link }.map(\.path)
            var places = OutsideFiles.Places(targets: targets(of: links, in: real, boundary))
            // A `.git` that is no directory leads to one, which another repository's evidence is for.
            places.repositories = baseline.repositories.prefix(InnerEvidence.limit).map { directory in
                PathText.bytes(real.pushing(PathText.path(directory)).appending(".git"))
            }
            record.outside = OutsideFiles(places)
            var notes = baseline.outcome.notes
            notes.add(contentsOf: record.outside.notes)
            let counts = (
                count: same?.files.count ?? baseline.files.count, kept: (same?.content ?? baseline.content).count
            )
            try write(record.json(notes: notes.all, fallback: fallback, files: counts))
        }
    }

    /// Makes the kept files those of this baseline, without writing them again.
    ///
    /// - Returns: Whether that could be done: a filesystem may have no hard links.
    private func link(_ kept: WalkCache.Kept?) throws(EvidenceError) -> Bool {
        guard let kept else { return false }
        func link(_ from: FilePath, _ name: String) -> Bool {
            from.withPlatformString { from in files.path(name).withPlatformString { Glibc.link(from, $0) } } == 0
        }
        if let content = kept.contentFile, !link(content, EvidenceFiles.content) { return false }
        if link(kept.list, EvidenceFiles.list) { return true }
        try files.remove(EvidenceFiles.content)
        return false
    }

    private func write(_ json: JSONValue) throws(EvidenceError) {
        try files.write(EvidenceFiles.baseline, Array(json.pretty.utf8))
    }

    private func cannotOpen(_ path: FilePath, _ error: Errno) -> EvidenceError {
        EvidenceError(
            .systemCall, "opening", path, errno: error,
            advice: "the workspace must be a directory that this user may read")
    }

    /// Removes the private files that only comparisons need. What ``recordChanges()`` wrote stays; calling it again
    /// throws ``EvidenceError/Code/noBaseline``.
    package func discardBaselineContent() async throws(EvidenceError) {
        try await BlockingPool.run { () throws(EvidenceError) in
            if let cache, let record = try? readBaseline(), case .walk = record.strategy, record.isLarge {
                WalkCache(directory: cache, workspace: record.workspace).keep(
                    list: files.path(EvidenceFiles.list), content: files.path(EvidenceFiles.content),
                    begun: record.begun)
            }
            for name in [
                EvidenceFiles.repository, EvidenceFiles.list, EvidenceFiles.content, EvidenceFiles.patchTrees,
            ] { try files.remove(name) }
        }
    }

    var tree: WorkspaceTree {
        var identities: Set<WorkspaceTree.Identity> = []
        for path in excluded {
            guard let real = RealPath.of(path), let status = try? Syscalls.status(real) else { continue }
            identities.insert(WorkspaceTree.Identity(device: status.device, inode: status.inode))
        }
        return WorkspaceTree(limits: limits, excluded: identities)
    }
}
