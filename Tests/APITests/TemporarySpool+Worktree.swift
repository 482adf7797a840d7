import Git
import Glibc
import JSON
import Spool
import SystemPackage
import Worktrees

extension TemporarySpool {
    /// The repository in which tasks with a worktree work, with one commit.
    var repository: FilePath { workspace.appending("repository") }

    @discardableResult
    func git(_ arguments: [String], in directory: FilePath? = nil) async throws -> String {
        guard let git = GitProgram.find(timeout: .seconds(60)) else { throw Errno.noSuchFileOrDirectory }
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        let answer = try await git.run(identity + arguments, in: directory ?? repository, limit: 1 << 20)
        return answer.text.hasSuffix("\n") ? String(answer.text.dropLast()) : answer.text
    }

    /// Writes into the repository, and commits it there.
    func commit(_ text: String, to name: String) async throws {
        try DurableFile.write(text, to: repository.appending(name))
        try await git(["add", "--all"])
        try await git(["commit", "-q", "-m", "mine"])
    }

    /// A task that ended after it had worked in a worktree of its own, as the daemon leaves it.
    func endedInWorktree(
        named name: String, writing files: [String: String], as verdict: Verdict = .changed
    ) async throws -> TaskID {
        if access(repository.string, F_OK) != 0 {
            try makeDirectory(repository)
            try await git(["init", "-q", "-b", "main"])
            try await commit("one\n", to: "a")
        }
        var spec = TaskSpec(name: name, workspace: repository, goal: "x", created: .now(), origin: TaskOrigin(.cli))
        spec.worktree = true
        let id = try spool.submit(Submission(spec: spec, source: Array("x".utf8), fileExtension: "txt"))
        let paths = try spool.claim(id, owner: Self.node)
        let worktrees = try Worktrees(in: spool.paths.worktrees)
        var record = try await worktrees.make(
            try await worktrees.plan(task: id.rawValue, branch: name, workspace: repository))
        for (file, text) in files { try DurableFile.write(text, to: record.path.appending(file)) }
        record.head = try await worktrees.commitAll(record, message: name)
        try DurableFile.write(record.json.pretty, to: paths.worktree)
        try spool.finish(id, from: .running, as: TaskEnding(verdict: verdict, reason: ""))
        return id
    }
}
