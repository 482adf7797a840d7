import Blocking
import Git
import Glibc
import JSON
import SystemPackage

extension WorkspaceEvidence {
    /// Compares the workspace with its baseline, and writes `changes.patch` and then `changes.json`.
    ///
    /// What it says was so at one instant: the files were looked at again after they had been compared, and were still
    /// the same. May be called again, after another turn say: what an earlier call wrote is replaced.
    ///
    /// - Throws: ``EvidenceError/Code/noBaseline`` if ``recordBaseline()`` has not been called.
    package func recordChanges() async throws(EvidenceError) -> ChangeSummary {
        let record = try await BlockingPool.run { () throws(EvidenceError) in try readBaseline() }
        var comparison = try await compare(record, patchPrefix: [])
        if Task.isCancelled { throw EvidenceError(.cancelled, "comparing", workspace) }
        comparison.finish()
        let (summary, patch, strategy) = (comparison.summary, comparison.patch, comparison.strategy)
        return try await BlockingPool.run { () throws(EvidenceError) in
            var summary = summary
            summary.processes = LeftProcess.list(in: record.workspace, since: record.begun)
            let time = WallClock.iso8601(nanoseconds: WallClock.nanoseconds())
            if summary.patch == .written { try files.write(EvidenceFiles.patch, patch) }
            try files.write(EvidenceFiles.changes, Array(summary.json(strategy: strategy, time: time).pretty.utf8))
            if summary.patch != .written { try files.remove(EvidenceFiles.patch) }
            return summary
        }
    }

    /// A comparison that is not written down yet.
    struct Comparison: Sendable {
        var strategy: String
        var summary = ChangeSummary()
        var notes = Notes()
        var patch: [UInt8] = []
        /// Why there is no patch, if there is none.
        var reason: String?

        mutating func finish() {
            summary.changes.sort { Bytes.precedes(PathText.bytes($0.path), PathText.bytes($1.path)) }
            summary.undeterminable = notes.all
            summary.findMoves()
            if summary.changes.isEmpty {
                (summary.patch, patch) = (.absent("nothing changed"), [])
            } else if patch.isEmpty {
                summary.patch = .absent(reason ?? "no change is one that a patch can hold")
            } else {
                summary.patch = .written
            }
        }
    }

    private func compare(_ record: BaselineRecord, patchPrefix: [UInt8]) async throws(EvidenceError) -> Comparison {
        guard (try? Syscalls.status(record.workspace))?.kind == .directory else { return gone() }
        var comparison: Comparison
        switch record.strategy {
        case .git(let baseline):
            do throws(GitFailure) {
                comparison = try await compare(record, baseline, patchPrefix)
            } catch {
                comparison = Comparison(strategy: "git", reason: error.message)
                comparison.notes.add("nothing could be compared: \(error.message)")
            }
        case .walk(let gaps):
            comparison = try await compare(record, gaps, patchPrefix)
        }
        let (boundary, changes) = (outer ?? record.workspace, comparison.summary.changes)
        let (outside, notes) = await BlockingPool.run {
            let found = record.outside.changes(to: OutsideFiles(record.outside.places), workspace: boundary)
            var notes = found.notes
            notes.add(contentsOf: newLinks(among: changes, record, boundary))
            return (found.changes, notes)
        }
        comparison.summary.outside += outside
        comparison.notes.add(contentsOf: notes)
        for inner in record.inner { try await add(inner, of: record, patchPrefix, to: &comparison) }
        return comparison
    }

    /// What new symbolic links lead to may have been written to through them; nothing was known of it before.
    private func newLinks(among changes: [FileChange], _ record: BaselineRecord, _ boundary: FilePath) -> Notes {
        var notes = Notes()
        for change in changes where (change.modeAfter ?? 0) & S_IFMT == S_IFLNK {
            let link = PathText.bytes(change.path)
            guard let target = LinkTarget.outside(record.workspace, link, boundary: boundary),
                let status = try? Syscalls.status(PathText.path(target)), status.isRegular,
                status.mayHaveChanged(since: record.begun)
            else { continue }
            notes.add(
                "\(PathText.shown(target)), outside of the workspace, where \(PathText.shown(link)) leads: written to "
                    + "since the baseline, which did not know of it")
        }
        return notes
    }

    // MARK: with git

    private func compare(
        _ record: BaselineRecord, _ baseline: GitBaseline, _ patchPrefix: [UInt8]
    ) async throws(GitFailure) -> Comparison {
        guard let git else { throw GitFailure(message: "git is not installed any more") }
        let shadow = GitShadow(
            directory: files.path(EvidenceFiles.repository), workspace: record.workspace,
            topLevel: baseline.topLevel, objectFormat: baseline.objectFormat, layout: baseline.layout, git: git,
            limits: limits)
        let apart = record.inner.map(\.path) + hidden(from: record.workspace)
        let moved = await BlockingPool.run { record.inner.filter { isMoved($0, record.workspace) }.map(\.path) }
        let subject = GitComparison(
            shadow: shadow, baseline: baseline, tree: tree, begun: record.begun, apart: apart, moved: moved,
            patchPrefix: patchPrefix)
        let known = try await subject.known()
        var comparison = Comparison(strategy: "git")
        let result = try await StableLook.run(&comparison.notes) { () async throws(GitFailure) in
            try await subject.look(known)
        } compare: { (look, outcome) async throws(GitFailure) in
            try await subject.run(known, look, outcome)
        } isStill: { outcome, instant in
            await BlockingPool.run { WorkspaceTree.isStill(record.workspace, outcome, since: instant) }
        }
        comparison.notes.add(contentsOf: result.notes)
        comparison.summary.changes = result.changes
        comparison.summary.ignored = result.ignored
        comparison.summary.ignoredNotes = result.ignoredNotes.all
        (comparison.patch, comparison.reason) = (result.patch, result.reason)
        let commits = await GitCommits(shadow: shadow, history: baseline.history, begun: record.begun).list()
        comparison.summary.commits = commits.commits
        comparison.summary.commitsNote = commits.note
        comparison.summary.headBefore = baseline.history.head
        comparison.summary.headAfter = await BlockingPool.run { [history = baseline.history] in
            GitReferences.head(history.git, common: history.common)
        }
        return comparison
    }

    /// Whether a submodule is at another commit than it was, or gone.
    private func isMoved(_ inner: InnerEvidence, _ real: FilePath) -> Bool {
        guard inner.isSubmodule else { return false }
        let path = real.pushing(PathText.path(inner.path))
        guard (try? Syscalls.status(path))?.kind == .directory else { return true }
        // Without a baseline it is looked at in any case, and without a repository before there is nothing to move.
        guard let record = try? evidence(of: inner, in: real)?.readBaseline() else { return true }
        guard case .git(let baseline) = record.strategy else { return GitRepository.isTop(path) }
        return !GitRepository.isTop(path)
            || GitReferences.head(baseline.history.git, common: baseline.history.common) != baseline.history.head
    }

    private func add(
        _ inner: InnerEvidence, of record: BaselineRecord, _ patchPrefix: [UInt8], to comparison: inout Comparison
    ) async throws(EvidenceError) {
        let prefix = inner.path + [UInt8(ascii: "/")]
        let shown = PathText.shown(inner.path)
        var found: Comparison
        do throws(EvidenceError) {
            guard let evidence = evidence(of: inner, in: record.workspace) else {
                return comparison.notes.add("\(shown) is a git repository of its own: its files were not compared")
            }
            let baseline = try await BlockingPool.run { () throws(EvidenceError) in try evidence.readBaseline() }
            found = try await evidence.compare(baseline, patchPrefix: patchPrefix + prefix)
        } catch {
            if error.code == .cancelled { throw error }
            return comparison.notes.add(
                "\(shown) is a git repository of its own: its files were not compared: \(error)")
        }
        func moved(_ path: FilePath) -> FilePath { PathText.path(prefix + PathText.bytes(path)) }
        if found.strategy == Self.goneStrategy {
            // A submodule's end is a change that git told of.
            if !inner.isSubmodule { comparison.summary.changes.append(FileChange(.deleted, PathText.path(inner.path))) }
            return comparison.notes.add("\(shown): the repository is gone, with all files in it")
        }
        for change in found.summary.changes {
            var change = change
            change.path = moved(change.path)
            if found.patch.isEmpty { change.notInPatch = change.notInPatch ?? found.reason }
            comparison.summary.changes.append(change)
        }
        if !inner.isSubmodule, found.summary.headBefore != found.summary.headAfter {
            var change = FileChange(.modified, PathText.path(inner.path))
            (change.objectBefore, change.objectAfter) = (found.summary.headBefore, found.summary.headAfter)
            change.notInPatch = "a git repository of its own: this is its commit"
            comparison.summary.changes.append(change)
        }
        comparison.patch += found.patch
        comparison.summary.outside += found.summary.outside
        comparison.summary.ignored += found.summary.ignored.map {
            IgnoredChange(path: moved($0.path), kind: $0.kind)
        }
        comparison.summary.ignoredNotes += found.summary.ignoredNotes.map { "\(shown): \($0)" }
        for commit in found.summary.commits {
            var commit = commit
            commit.repository = commit.repository.map(moved) ?? PathText.path(inner.path)
            comparison.summary.commits.append(commit)
        }
        for note in found.notes.all { comparison.notes.add("\(shown): \(note)") }
    }

    // MARK: without git

    private func compare(
        _ record: BaselineRecord, _ gaps: [[UInt8]], _ patchPrefix: [UInt8]
    ) async throws(EvidenceError) -> Comparison {
        let bytes = try await BlockingPool.run { () throws(EvidenceError) in
            try files.read(EvidenceFiles.list, limit: 1 << 30)
        }
        guard let list = await BaselineList.read(bytes) else {
            throw EvidenceError(.damagedBaseline, "read", files.path(EvidenceFiles.list))
        }
        let content = files.path(EvidenceFiles.content)
        let empty = WalkComparison(limits: limits, baseline: list, begun: record.begun, gaps: gaps) {
            EvidenceFiles.slice(content, offset: $0, count: $1)
        }
        let table = await BlockingPool.run { FileTable(list.paths) }
        var comparison = Comparison(strategy: "walk")
        let result: WalkComparison
        do throws(Errno) {
            let tree = tree
            result = try await StableLook.run(&comparison.notes) { () async throws(Errno) in
                try await empty.look(record.workspace, tree: tree, table: table)
            } compare: { (look, outcome) async throws(Errno) in
                try await BlockingPool.run { () throws(Errno) in
                    var result = empty
                    let root = try Syscalls.open(record.workspace, O_RDONLY | O_DIRECTORY)
                    result.run(root, look, outcome)
                    return result
                }
            } isStill: { outcome, instant in
                await BlockingPool.run { WorkspaceTree.isStill(record.workspace, outcome, since: instant) }
            }
        } catch {
            throw EvidenceError(.systemCall, "opening", record.workspace, errno: error)
        }
        comparison.summary.changes = result.changes
        comparison.notes.add(contentsOf: result.notes)
        if !result.patch.isEmpty { try await makePatch(of: result.patch, patchPrefix, &comparison) }
        return comparison
    }

    private func makePatch(
        of changed: [WalkComparison.PatchFile], _ prefix: [UInt8], _ comparison: inout Comparison
    ) async throws(EvidenceError) {
        guard let git else { return comparison.reason = "git is not installed" }
        do {
            let files = changed.map { file in
                WalkComparison.PatchFile(path: prefix + file.path, before: file.before, after: file.after)
            }
            comparison.patch = try await WalkPatch(files: self.files, git: git, limits: limits).make(files)
        } catch {
            comparison.reason = error.isTooLong ? "it would be larger than \(limits.patchBytes) bytes" : error.message
        }
        try await BlockingPool.run { () throws(EvidenceError) in try files.remove(EvidenceFiles.patchTrees) }
    }

    // MARK: small things

    func readBaseline() throws(EvidenceError) -> BaselineRecord {
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

    private static let goneStrategy = "none"

    private func gone() -> Comparison {
        var comparison = Comparison(strategy: Self.goneStrategy, reason: "the workspace is gone")
        comparison.summary.changes = [FileChange(.deleted, ".")]
        comparison.notes.add("the workspace is gone, or no directory any more, with all files in it")
        return comparison
    }
}
