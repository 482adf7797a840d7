import Blocking
import Git
import Glibc
import SystemCalls
import SystemPackage

/// Makes one patch of changed files by comparing two small trees, which exist only as long as it takes.
struct WalkPatch {
    var files: EvidenceFiles
    var git: GitProgram
    var limits: EvidenceLimits

    /// - Returns: The patch, which `git apply` takes in a directory that is as the workspace was at the baseline.
    func make(_ changes: [WalkComparison.PatchFile]) async throws(GitFailure) -> [UInt8] {
        do {
            try await BlockingPool.run { () throws(EvidenceError) in try lay(changes) }
        } catch {
            throw GitFailure(message: "\(error)")
        }
        let trees = files.path(EvidenceFiles.patchTrees)
        // A repository directory of our own outranks a `.gitattributes` among the changes, by which git would write
        // other line ends than there are; and settings of the user or of a repository around us have no say.
        let environment: [String: [UInt8]] = [
            "GIT_DIR": PathText.bytes(trees.appending("git")), "GIT_WORK_TREE": PathText.bytes(trees),
            "GIT_CONFIG_NOSYSTEM": Array("1".utf8), "GIT_CONFIG_GLOBAL": Array("/dev/null".utf8),
        ]
        let answer = try await git.run(
            [
                "diff", "--no-index", "--no-prefix", "--binary", "--full-index", "--no-renames", "--no-ext-diff",
                "--no-textconv", "--no-color", "a", "b",
            ], in: trees, environment: environment, limit: limits.patchBytes, accepted: [0, 1])
        return answer.output
    }

    /// Lays out `a/` and `b/` with the files before and after.
    private func lay(_ changes: [WalkComparison.PatchFile]) throws(EvidenceError) {
        try files.remove(EvidenceFiles.patchTrees)
        let trees = files.path(EvidenceFiles.patchTrees)
        for name in ["", "a", "b", "git", "git/objects", "git/refs", "git/info"] {
            try EvidenceFiles.makeDirectory(name.isEmpty ? trees : trees.appending(name))
        }
        try EvidenceFiles.write(trees.appending("git/HEAD"), Array("ref: refs/heads/openloom\n".utf8))
        try EvidenceFiles.write(
            trees.appending("git/info/attributes"),
            Array("* !text !eol !crlf !ident !filter !working-tree-encoding !diff !whitespace\n".utf8))
        for change in changes {
            if let before = change.before { try Self.write(before, trees.appending("a"), change.path) }
            if let after = change.after { try Self.write(after, trees.appending("b"), change.path) }
        }
    }

    private static func write(
        _ version: WalkComparison.Version, _ top: FilePath, _ path: [UInt8]
    ) throws(EvidenceError) {
        var target = top
        for component in PathText.path(path).components.dropLast() {
            target.append(component)
            try EvidenceFiles.makeDirectory(target)
        }
        guard let name = PathText.path(path).lastComponent else { return }
        target.append(name)
        if version.mode & S_IFMT == S_IFLNK {
            let link = PathText.path(version.content)
            do {
                _ = try SystemCall.retry {
                    link.withPlatformString { text in target.withPlatformString { symlink(text, $0) } }
                }
            } catch {
                throw EvidenceError(.systemCall, "symlink", target, errno: error)
            }
        } else {
            let mode: mode_t = WalkComparison.executable(version.mode) ? 0o700 : 0o600
            try EvidenceFiles.write(target, version.content, mode: mode)
        }
    }
}
