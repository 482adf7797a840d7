import Git
import Glibc
import SystemPackage

/// What a merge came to.
package struct MergedBranch: Sendable, Hashable {
    /// The branch that the work is in now; nil where the workspace has no branch checked out.
    package var into: String?
    /// The commit at which it is.
    package var commit: String
    /// Whether somebody had merged it before.
    package var wasMerged: Bool
}

extension Worktrees {
    /// Merges the task's branch into what is checked out in the workspace, then removes worktree and branch.
    ///
    /// When this throws, workspace, worktree and branch are as they were. A merge that was cut short after its commit is
    /// finished by the next call. The workspace's own hooks run, as a person asked for the merge.
    ///
    /// - Parameter note: Told what to write down when the work is merged and nothing is removed yet. What it throws ends the
    ///   call there.
    package func merge(
        _ record: WorktreeRecord, title: String, noting note: (WorktreeRecord) async throws -> Void
    ) async throws(WorktreeError) -> MergedBranch {
        try await gitErrors { () async throws in
            let workspace = try await RepositoryGit(git, in: record.workspace)
            guard let head = try await workspace.commit(record.branchReference) else {
                if let merged = try await finishedMerge(record) { return merged }
                throw WorktreeError(
                    .gone, "there is no branch \(record.branch) any more; `git reflog` may know what it was")
            }
            let worktree = try await openWorktree(record)
            try await refuseDirty(record, worktree)
            guard let target = try await workspace.commit("HEAD") else {
                throw WorktreeError(.noRepository, "\(record.workspace) has no commit checked out")
            }
            let wasMerged = try await workspace.isAncestor(head, of: target)
            if !wasMerged { try await merge(record, title: title, in: workspace) }
            guard let commit = try await workspace.commit("HEAD"), try await workspace.isAncestor(head, of: commit)
            else { throw WorktreeError(.git, "git merge ended well, and \(record.branch) is not merged") }
            let into = try await workspace.currentBranch()
            var noted = record
            noted.merging = head
            try await note(noted)
            try await remove(record, expecting: head, (worktree ?? workspace).moved(to: record.repository))
            return MergedBranch(into: into, commit: commit, wasMerged: wasMerged)
        }
    }

    /// A merge that was cut short after it had removed the branch; nil if there was none, or if what is checked out in the
    /// workspace does not hold its work. Changes nothing.
    package func finishedMerge(_ record: WorktreeRecord) async throws(WorktreeError) -> MergedBranch? {
        guard let head = record.merging else { return nil }
        return try await gitErrors { () async throws in
            let workspace = try await RepositoryGit(git, in: record.workspace)
            guard try await workspace.commit(record.branchReference) == nil,
                try await workspace.commit(head) != nil, let target = try await workspace.commit("HEAD"),
                try await workspace.isAncestor(head, of: target)
            else { return nil }
            return MergedBranch(into: try await workspace.currentBranch(), commit: target, wasMerged: true)
        }
    }

    private func merge(_ record: WorktreeRecord, title: String, in workspace: RepositoryGit) async throws {
        let answer = try await workspace.run(
            ["merge", "--no-ff", "--no-edit", "-m", title, record.branchReference], accepted: [0, 1, 2, 128],
            isOurs: false)
        if answer.status == 0 { return }
        let unmerged = try await workspace.run(["diff", "--name-only", "-z", "--diff-filter=U"]).records
        if unmerged.isEmpty {
            let said = (answer.errors + answer.text).split(separator: "\n").prefix(5).joined(separator: "\n  ")
            throw WorktreeError(.dirty, "git did not merge \(record.branch), and nothing has changed:\n  \(said)")
        }
        try await workspace.run(["merge", "--abort"])
        let files = unmerged.prefix(10).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
        throw WorktreeError(
            .conflict,
            "\(record.branch) and the workspace changed the same lines of \(files); nothing was merged. "
                + "Merge by hand with `git -C \(record.workspace) merge \(record.branch)`, then call this again")
    }

    /// Removes the worktree, and keeps its branch, with all that lies in it, as ``WorktreeRecord/discardedReference``.
    ///
    /// - Returns: The commit that is kept there.
    package func discard(_ record: WorktreeRecord) async throws(WorktreeError) -> String {
        try await gitErrors { () async throws in
            let repository = try await RepositoryGit(git, in: record.repository)
            // What was never committed would be lost with the directory.
            if isThere(record) { _ = try await commitAll(record, message: "What was left of \(record.branch)") }
            guard let head = try await repository.commit(record.branchReference) else {
                if let kept = try await repository.commit(record.discardedReference) { return kept }
                throw WorktreeError(.gone, "there is no branch \(record.branch) any more")
            }
            try await repository.run(["update-ref", record.discardedReference, head])
            if isThere(record) {
                try await repository.worktree(["remove", "--force", record.path.string])
            } else {
                try await repository.worktree(["prune"])
            }
            try await repository.run(["update-ref", "-d", record.branchReference, head])
            return head
        }
    }

    /// Removes a worktree in which nothing was done: its branch is where it began, and no file is changed or new.
    ///
    /// - Returns: Whether it was one, and is gone.
    package func removeIfUnchanged(_ record: WorktreeRecord) async throws(WorktreeError) -> Bool {
        try await gitErrors { () async throws in
            let repository = try await RepositoryGit(git, in: record.repository)
            let worktree = try await openWorktree(record)
            guard try await repository.commit(record.branchReference) == record.base, try await isClean(worktree)
            else { return false }
            try await remove(record, expecting: record.base, (worktree ?? repository).moved(to: record.repository))
            return true
        }
    }

    /// Removes a worktree whose branch is merged. Neither is removed if somebody has gone on with it since.
    ///
    /// - Parameter repository: Told not to run what the worktree's settings name either: git looks into it once more.
    private func remove(
        _ record: WorktreeRecord, expecting head: String, _ repository: RepositoryGit
    ) async throws {
        if isThere(record) {
            // Without force: git looks once more for what is not committed.
            try await repository.worktree(["remove", record.path.string])
        } else {
            try await repository.worktree(["prune"])
        }
        try await repository.run(["update-ref", "-d", record.branchReference, head])
    }

    private func refuseDirty(_ record: WorktreeRecord, _ worktree: RepositoryGit?) async throws {
        if try await isClean(worktree) { return }
        throw WorktreeError(
            .dirty,
            "somebody has changed files in \(record.path) since its task ended; commit them there, or undo them")
    }

    /// git for the task's worktree; nil if that is gone.
    private func openWorktree(_ record: WorktreeRecord) async throws(GitFailure) -> RepositoryGit? {
        isThere(record) ? try await RepositoryGit(git, in: record.path, worktree: record) : nil
    }

    private func isClean(_ worktree: RepositoryGit?) async throws -> Bool {
        guard let worktree else { return true }
        return try await worktree.run(["status", "--porcelain", "-z", "--untracked-files=normal"]).output.isEmpty
    }

    private func isThere(_ record: WorktreeRecord) -> Bool {
        record.gitDirectory != nil && record.path.withPlatformString { access($0, F_OK) } == 0
    }

    func gitErrors<Value>(_ body: () async throws -> Value) async throws(WorktreeError) -> Value {
        do {
            return try await body()
        } catch let error as WorktreeError {
            throw error
        } catch let error as GitFailure {
            throw WorktreeError(.git, error.message)
        } catch {
            throw WorktreeError(.git, "\(error)")
        }
    }
}
