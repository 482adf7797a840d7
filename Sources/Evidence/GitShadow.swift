import Git
import Glibc
import SystemPackage

/// A repository directory of our own in `evidence/baseline.git`, beside the workspace's: index and objects, and in `.git`
/// its ``GitLayout``.
///
/// Its work tree is the repository's; its index begins as a copy of the repository's; its objects are those that the
/// repository lacks, with the repository's as alternates; its configuration holds ``GitSettings`` and nothing else. So
/// git can take snapshots without writing a byte to the repository and without running anything that it names.
struct GitShadow: Sendable {
    static let baselineIndex = "index"
    static let changedIndex = "index.after"

    var directory: FilePath
    var workspace: FilePath
    var topLevel: FilePath
    var objectFormat: String
    var layout: GitLayout
    var git: GitProgram
    var limits: EvidenceLimits

    /// Where git finds the small files. What begins with a dot is not synced with the evidence: it is written anew
    /// before a comparison.
    private var gitDirectory: FilePath { directory.appending(".git") }

    /// Makes the directory, with the index as the repository's is now.
    func create(for repository: GitRepository) throws(EvidenceError) {
        try EvidenceFiles.makeDirectory(directory)
        try lay()
        try copyIndex(of: repository)
    }

    /// Lays out what git needs beside index and objects.
    func lay() throws(EvidenceError) { try layout.write(to: gitDirectory) }

    /// A repository before its first `git add` has no index; that is no failure.
    private func copyIndex(of repository: GitRepository) throws(EvidenceError) {
        do {
            try EvidenceFiles.copy(repository.index, to: directory.appending(Self.baselineIndex))
            // A split index keeps most of its entries in a file beside it.
            let parent = try Syscalls.open(repository.index.removingLastComponent(), O_RDONLY | O_DIRECTORY)
            for name in try Syscalls.names(parent, limit: 10_000) where name.starts(with: Array("sharedindex.".utf8)) {
                let path = PathText.path(name)
                guard let component = path.lastComponent else { continue }
                try EvidenceFiles.copy(
                    repository.index.removingLastComponent().appending(component),
                    to: gitDirectory.appending(component))
            }
        } catch {
            if error == .noSuchFileOrDirectory { return }
            throw EvidenceError(.systemCall, "copy", repository.index, errno: error)
        }
    }

    /// Runs git in the workspace, with this directory for its repository.
    ///
    /// - Parameter refreshing: Whether git may write into the index what it learnt of files' times on the way.
    func run(
        _ arguments: [String], _ last: [[UInt8]] = [], index: String = GitShadow.baselineIndex, input: [UInt8] = [],
        limit: Int? = nil, accepted: Set<Int32> = [0], refreshing: Bool = false
    ) async throws(GitFailure) -> GitProgram.Answer {
        var environment: [String: [UInt8]] = [
            "GIT_DIR": PathText.bytes(gitDirectory), "GIT_WORK_TREE": PathText.bytes(topLevel),
            "GIT_INDEX_FILE": PathText.bytes(directory.appending(index)),
            "GIT_OBJECT_DIRECTORY": PathText.bytes(directory), "GIT_ALTERNATE_OBJECT_DIRECTORIES": layout.alternates,
            "GIT_CONFIG_NOSYSTEM": Array("1".utf8), "GIT_CONFIG_GLOBAL": Array("/dev/null".utf8),
        ]
        if refreshing { environment["GIT_OPTIONAL_LOCKS"] = Array("1".utf8) }
        return try await git.run(
            arguments, last, in: workspace, environment: environment, input: input, limit: limit ?? limits.listBytes,
            accepted: accepted)
    }

    /// - Parameters:
    ///   - prefix: The workspace from the top of the work tree, with a slash at its end.
    ///   - paths: Only of these, from the workspace; nil for all of it.
    func status(_ prefix: [UInt8], of paths: [[UInt8]]? = nil) async throws(GitFailure) -> GitStatus {
        let places = paths ?? [[UInt8(ascii: ".")]]
        return GitStatus(try await run(GitStatus.arguments, places, refreshing: true), prefix: prefix)
    }

    // MARK: what was ignored

    private static let ignoredList = "ignored"

    /// Keeps the paths that git ignored, each ended by a NUL, if there are any.
    func write(ignored paths: [[UInt8]]) throws(GitFailure) {
        if paths.isEmpty { return }
        do throws(EvidenceError) {
            try EvidenceFiles.write(directory.appending(Self.ignoredList), GitSelection.input(paths))
        } catch {
            throw GitFailure(message: "\(error)")
        }
    }

    /// - Parameter count: How many were kept.
    func ignored(count: Int) throws(GitFailure) -> [[UInt8]] {
        if count == 0 { return [] }
        do throws(EvidenceError) {
            let bytes = try EvidenceFiles.read(directory.appending(Self.ignoredList), limit: limits.listBytes)
            let paths = bytes.split(separator: 0).map { Array($0) }
            if paths.count == count { return paths }
        } catch {
            throw GitFailure(message: "\(error)")
        }
        throw GitFailure(message: "\(directory.appending(Self.ignoredList)) is damaged")
    }

    // MARK: the index

    /// - Throws: ``GitFailure`` for an index of a kind that is not read here.
    func readIndex(_ name: String = GitShadow.baselineIndex) throws(GitFailure) -> GitIndexFile {
        let path = directory.appending(name)
        guard let bytes = try? EvidenceFiles.read(path, limit: 1 << 30),
            let file = GitIndexFile(bytes, objectFormat: objectFormat)
        else { throw GitFailure(message: "\(path) can't be read") }
        return file
    }
}
