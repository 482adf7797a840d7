import Blocking
import Git
import Glibc
import SystemPackage

/// Takes a ``GitBaseline``: brings the shadow's index up to the work tree as it is now.
///
/// A look at the files' status says which of them are, by git's own rule, those of the index; git is asked about the others,
/// and about what the index does not have. So a clean work tree is looked at once, and git looks at nothing.
struct GitSnapshot: Sendable {
    var repository: GitRepository
    var shadow: GitShadow
    var history: GitHistory
    /// The workspace from the top of the work tree, with a slash at its end.
    var prefix: [UInt8]
    var tree: WorkspaceTree
    /// Paths from the workspace that are not to be seen.
    var hidden: [[UInt8]]

    /// What one look beside the index found.
    private struct Found: Sendable {
        var survey: GitSurvey
        var status: GitStatus
        /// Whether the survey saw all that git does not ignore.
        var isWhole: Bool
    }

    func take() async throws(GitFailure) -> GitBaseline.Taken {
        async let ignoredAnswer = result { () async throws(GitFailure) in
            prefix.isEmpty ? false : try await shadow.run(["check-ignore", "-q", "."], accepted: [0, 1]).status == 0
        }
        let path = shadow.directory.appending(GitShadow.baselineIndex)
        var written = (try? Syscalls.status(path))?.modified
        if written == nil {
            // Nothing was ever added: an index that is there and empty can be told from one that was lost.
            _ = try await shadow.run(["read-tree", "--empty"])
        }
        var index = try? await readIndex()
        if try await rebuildIndex(index) {
            index = try await readIndex()
            written = nil
        }
        var found: Found?
        if let index, let written { found = try await look(beside: index, written: written) }
        if try await ignoredAnswer.get() { throw GitFailure(message: "the repository ignores the workspace") }
        var status = found?.status ?? GitStatus()
        if found == nil { status = try await shadow.status(prefix) }

        let selection = try await shadow.takeOver(status.entries, into: GitShadow.baselineIndex)
        if found == nil || !status.entries.isEmpty { index = try await readIndex() }
        guard let index else { throw GitFailure(message: "\(path) can't be read") }
        try await BlockingPool.run { [status] () throws(GitFailure) in try shadow.write(ignored: status.ignored) }
        var baseline = GitBaseline(
            topLevel: repository.topLevel, objectFormat: repository.objectFormat, layout: shadow.layout,
            head: repository.head, branch: repository.branch, history: history)
        baseline.ignoredCount = status.ignored.count
        baseline.dirty = status.dirty
        baseline.skipped = selection.skipped
        baseline.nested = status.nested
        baseline.submodules = paths(in: index, \.isSubmodule)
        if let found, found.isWhole {
            baseline.survey = found.survey
        } else {
            baseline.survey = try await survey(index, baseline, ignored: status.ignored)
        }
        var notes = status.notes
        for file in selection.skipped { notes.add("\(PathText.shown(file.path)): \(file.reason)") }
        return GitBaseline.Taken(
            baseline: baseline, repository: repository, notes: notes, links: paths(in: index, \.isLink))
    }

    private func readIndex() async throws(GitFailure) -> GitIndexFile {
        try await BlockingPool.run { () throws(GitFailure) in try shadow.readIndex() }
    }

    private func paths(in index: GitIndexFile, _ isWanted: (GitIndexFile.Entry) -> Bool) -> [[UInt8]] {
        let places = index.places(below: prefix, isWanted)
        let found = index.paths.selecting(places, dropping: prefix.count)
        return (0..<found.count).map { found[$0] }
    }

    // MARK: the look

    /// - Parameter written: The index's time of modification, in nanoseconds since 1970.
    /// - Returns: nil where git is to look at everything: something is staged, or there is too much to ask about, or not
    ///   all could be looked at.
    private func look(beside index: GitIndexFile, written: Int) async throws(GitFailure) -> Found? {
        // What is staged differs from HEAD without any file being touched.
        guard let staged = index.tree, repository.head != nil else { return nil }
        let known = GitComparison.Known(index, prefix: prefix, ignored: [])
        let entries = known.entries
        let scope = WorkspaceLook.Scope(
            skipped: Set(hidden), stopsAtRepositories: true, stopsAtNewDirectories: true)
        let seen: (survey: GitSurvey, look: WorkspaceLook, outcome: WorkspaceTree.Outcome)
        do {
            seen = try await GitSurvey.take(
                shadow.workspace, tree: tree, table: known.table, scope: scope
            ) { entries[$0].proves($1, written: written) }
        } catch {
            throw GitFailure(message: "\(shadow.workspace): \(error)")
        }
        let look = seen.look
        guard seen.outcome.gaps.isEmpty else { return nil }
        let submodules = Set(paths(in: index, \.isSubmodule))
        let suspects = look.touched.filter { !entries[$0].proves($1, written: written) }.keys
        var places = (Array(suspects) + look.missing).map { known.table.paths[$0] }
        places += look.new.map(\.path) + look.newDirectories.union(submodules)
        guard places.count <= GitComparison.asked else { return nil }
        // Both at a time: to start git takes longer than what it is asked.
        async let committed = result { () async throws(GitFailure) in
            try await shadow.run(["rev-parse", "--verify", "HEAD^{tree}"])
        }
        let status = places.isEmpty ? GitStatus() : try await shadow.status(prefix, of: places)
        guard (try? await committed.get())?.text == "\(staged)\n" else { return nil }
        let apart = submodules.union(status.nested).union(status.ignored)
        return Found(survey: seen.survey, status: status, isWhole: look.newDirectories.isSubset(of: apart))
    }

    /// Looks at all files that are in the index by now.
    private func survey(
        _ index: GitIndexFile, _ baseline: GitBaseline, ignored: [[UInt8]]
    ) async throws(GitFailure) -> GitSurvey {
        let apart = baseline.nested + baseline.submodules + baseline.skipped.map(\.path) + hidden
        let known = GitComparison.Known(index, prefix: prefix, ignored: ignored)
        let scope = WorkspaceLook.Scope(skipped: Set(ignored + apart), stopsAtRepositories: true)
        do {
            return try await GitSurvey.take(shadow.workspace, tree: tree, table: known.table, scope: scope).survey
        } catch {
            throw GitFailure(message: "\(shadow.workspace): \(error)")
        }
    }

    // MARK: an index that is not to be trusted

    /// Makes the index forget what it knows of the files' times, so that git reads each of them, where the copied one
    /// would hide a change: entries that the user told git to overlook, and files whose entries stand for what a filter
    /// driver made of them, which we do not run; and makes it one that ``GitIndexFile`` reads.
    ///
    /// - Parameter index: nil for one that could not be read.
    /// - Returns: Whether that was necessary.
    private func rebuildIndex(_ index: GitIndexFile?) async throws(GitFailure) -> Bool {
        var isNecessary = index?.entries.contains(where: \.isOverlooked) ?? true
        let filters = repository.settings.filters.sorted()
        if !isNecessary, !filters.isEmpty {
            let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
            let isPlain = filters.allSatisfy { !$0.isEmpty && $0.allSatisfy(letters.contains) }
            let patterns = filters.map { ":(attr:filter=\($0))" }
            isNecessary = !isPlain
            if isPlain {
                isNecessary = try await !shadow.run(["ls-files", "-z", "--"] + patterns).output.isEmpty
            }
        }
        guard isNecessary else { return false }
        // All of the repository's entries, not only the workspace's: the baseline's tree is written from the whole index.
        let all = try await shadow.run(GitEntry.arguments + ["--full-name", "--", ":(top)"]).records.compactMap {
            GitEntry($0)
        }
        let index = shadow.directory.appending(GitShadow.baselineIndex)
        _ = index.withPlatformString { unlink($0) }
        let input = GitSelection.input(all.map(\.record))
        _ = try await shadow.run(["update-index", "-z", "--index-info"], input: input)
        return true
    }
}
