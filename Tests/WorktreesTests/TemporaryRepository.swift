import Glibc
import Subprocess
import SystemPackage
import Testing

@testable import Worktrees

/// A repository with one commit, a place for worktrees beside it, and a shell, in a temporary directory that goes away.
final class TemporaryRepository: Sendable {
    let root: FilePath
    let workspace: FilePath

    /// - Parameter setup: A shell script that runs in the workspace before its first commit.
    init(_ setup: String = "echo one >a") async throws {
        var template = Array("/tmp/openloom-worktrees-XXXXXX".utf8CString)
        root = FilePath(platformString: try #require(mkdtemp(&template)))
        workspace = root.appending("work")
        try await shell(
            "mkdir work && cd work && git init -q -b main . && \(setup)\ngit add -A && \(Self.commit) --allow-empty -m first",
            in: root)
    }

    deinit {
        let root = root
        Task { try await Subprocess.run(.path("/bin/rm"), arguments: ["-rf", root.string], output: .discarded) }
    }

    static let commit = "git -c user.name=a -c user.email=a@b -c commit.gpgsign=false commit -q"

    var worktrees: Worktrees { get throws { try Worktrees(in: root.appending("worktrees")) } }

    func made(_ name: String = "fix") async throws -> WorktreeRecord {
        let worktrees = try worktrees
        return try await worktrees.make(
            try await worktrees.plan(task: name, branch: name, workspace: workspace))
    }

    /// Runs a script, which must succeed, and returns what it writes, without the newline at its end.
    @discardableResult
    func shell(_ script: String, in directory: FilePath? = nil) async throws -> String {
        let result = try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-ec", "exec 2>&1\n\(script)"], workingDirectory: directory ?? workspace,
            output: .string(limit: 1 << 20))
        let text = result.standardOutput
        try #require(result.terminationStatus.isSuccess, "\(script): \(text)")
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
