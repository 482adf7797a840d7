import Git
package import SystemPackage

/// Worktrees of tasks that want one: each has a directory and a branch of its own, so that several tasks of one
/// repository work at the same time, and none of them in the directory that a person works in.
///
/// Nothing that is not merged is ever removed but by a person's word, and then the branch is kept aside.
package struct Worktrees: Sendable {
    /// Where the worktrees lie, each under its task's name.
    package let directory: FilePath
    let git: GitProgram

    /// A checkout may be of gigabytes.
    private static let timeout = Duration.seconds(1800)

    /// - Throws: ``WorktreeError/Code/noGit``.
    package init(in directory: FilePath) throws(WorktreeError) {
        guard let git = GitProgram.find(timeout: Self.timeout) else {
            throw WorktreeError(.noGit, "worktrees need git, and there is none on the PATH; install it")
        }
        self.directory = directory
        self.git = git
    }

    /// What the worktree of a task will be. Changes nothing.
    ///
    /// - Parameters:
    ///   - task: The task's name in the spool.
    ///   - branch: The last part of the branch's name, made of `[A-Za-z0-9._-]`.
    ///   - workspace: A real path.
    package func plan(
        task: String, branch: String, workspace: FilePath
    ) async throws(WorktreeError) -> WorktreeRecord {
        let answer: GitProgram.Answer
        do throws(GitFailure) {
            let git = try await RepositoryGit(git, in: workspace)
            answer = try await git.run(
                ["rev-parse", "--path-format=absolute", "--git-common-dir", "--show-prefix", "HEAD^{commit}"],
                accepted: [0, 128])
            let lines = answer.lines
            guard lines.count > 2, lines[0].utf8.first == UInt8(ascii: "/") else {
                throw GitFailure(message: answer.errors.split(separator: "\n").first.map { String($0) } ?? "")
            }
            guard answer.status == 0 else {
                throw GitFailure(message: "the repository has no commit yet, and a worktree starts from one")
            }
            let symbolic = try await git.run(["symbolic-ref", "--quiet", "--short", "HEAD"], accepted: [0, 1])
            return WorktreeRecord(
                workspace: workspace, repository: FilePath(lines[0]),
                prefix: lines[1].hasSuffix("/") ? String(lines[1].dropLast()) : lines[1], base: lines[2],
                baseBranch: symbolic.status == 0 ? symbolic.lines.first : nil,
                branch: WorktreeRecord.branchPrefix + branch, path: directory.appending(task))
        } catch {
            throw WorktreeError(
                .noRepository,
                "worktree: true needs a git repository with a commit, and \(workspace) is not in one "
                    + "(\(error.message)); leave the key out, or make it a repository")
        }
    }

    /// Makes the worktree, or finds it made.
    ///
    /// When this returns, the directory is a complete checkout of the task's branch. A call that was cut short is made
    /// good by the next.
    ///
    /// - Returns: The record with git's directory for it.
    package func make(_ record: WorktreeRecord) async throws(WorktreeError) -> WorktreeRecord {
        try await gitErrors { () async throws in
            let git = try await RepositoryGit(git, in: record.repository)
            if let found = try await entry(of: record, git) {
                if found.isComplete {
                    guard found.branch == record.branchReference else {
                        throw WorktreeError(.taken, "\(record.path) is a worktree of another branch")
                    }
                    return try await located(record)
                }
                // git was stopped in the middle of its checkout; nobody has worked in it.
                try await git.worktree(["remove", "--force", "--force", record.path.string])
            }
            let arguments: [String]
            if let there = try await git.commit(record.branchReference) {
                // One that was made already may have been worked on; its directory may be gone.
                guard there == record.base || record.gitDirectory != nil else {
                    throw WorktreeError(
                        .taken,
                        "there is a branch \(record.branch) already, at \(there.prefix(12)); rename or delete it, and "
                            + "retry the task")
                }
                arguments = [record.path.string, record.branch]
            } else {
                arguments = ["-b", record.branch, record.path.string, record.base]
            }
            try await git.worktree(["add", "--quiet"] + arguments)
            return try await located(record)
        }
    }

    /// Commits what lies in the worktree and is neither committed nor ignored.
    ///
    /// - Returns: The branch's last commit, ours or not.
    package func commitAll(_ record: WorktreeRecord, message: String) async throws(WorktreeError) -> String {
        do throws(GitFailure) {
            let git = try await RepositoryGit(git, in: record.path, worktree: record)
            try await git.run(["add", "--all", "--", ":/"])
            // Nothing to commit is no failure, and leaves the last commit what it was.
            let isClean = try await git.run(["diff", "--cached", "--quiet"], accepted: [0, 1]).status == 0
            if !isClean {
                try await git.run(
                    ["commit", "--quiet", "--no-verify", "--cleanup=verbatim", "-m", message],
                    environment: try await identity(git))
            }
            guard let head = try await git.commit("HEAD") else {
                throw GitFailure(message: "the worktree has no commit any more")
            }
            return head
        } catch {
            throw WorktreeError(.git, "what lies in \(record.path) could not be committed: \(error.message)")
        }
    }

    /// Who commits where the user has not said who they are.
    private func identity(_ git: RepositoryGit) async throws(GitFailure) -> [String: String] {
        var environment: [String: String] = [:]
        for (setting, variable, value) in [
            ("user.name", "NAME", "openloom"), ("user.email", "EMAIL", "openloom@localhost"),
        ] where try await git.run(["config", "--get", setting], accepted: [0, 1]).status == 1 {
            environment["GIT_AUTHOR_\(variable)"] = value
            environment["GIT_COMMITTER_\(variable)"] = value
        }
        return environment
    }

    // MARK: what git knows of a worktree

    private struct Entry {
        var branch: String?
        /// Whether git has ended its checkout.
        var isComplete = true
    }

    /// What git says of the worktree at the record's path; nil for none.
    private func entry(of record: WorktreeRecord, _ git: RepositoryGit) async throws(GitFailure) -> Entry? {
        let records = try await git.worktree(["list", "--porcelain", "-z"]).output
            .split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        var entry: Entry?
        for line in records {
            if line.hasPrefix("worktree ") {
                if entry != nil { break }
                if line.dropFirst("worktree ".count) == record.path.string { entry = Entry() }
            } else if line.hasPrefix("branch ") {
                entry?.branch = String(line.dropFirst("branch ".count))
            } else if line == "locked initializing" || line.hasPrefix("prunable") {
                entry?.isComplete = false
            }
        }
        return entry
    }

    private func located(_ record: WorktreeRecord) async throws(GitFailure) -> WorktreeRecord {
        let answer = try await RepositoryGit(git, in: record.path).run(
            ["rev-parse", "--path-format=absolute", "--git-dir", "HEAD"])
        var made = record
        made.gitDirectory = answer.lines.first.map { FilePath($0) }
        made.head = answer.lines.dropFirst().first
        // Of an attempt before this one.
        made.merging = nil
        return made
    }
}
