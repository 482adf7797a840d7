import Git
import Glibc
import SystemPackage

/// A repository directory of our own in `evidence/baseline.git`, beside the workspace's.
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
    var git: GitProgram
    var limits: EvidenceLimits

    /// Lays the directory out.
    ///
    /// - Parameter hidden: Paths from the work tree's top that are not to be seen.
    func create(for repository: GitRepository, hiding hidden: [[UInt8]]) throws(EvidenceError) {
        for name in ["", "objects", "objects/info", "refs", "info"] {
            try EvidenceFiles.makeDirectory(name.isEmpty ? directory : directory.appending(name))
        }
        func write(_ name: String, _ bytes: [UInt8]) throws(EvidenceError) {
            try EvidenceFiles.write(directory.appending(name), bytes)
        }
        try write("HEAD", Array("\(repository.head ?? "ref: refs/heads/openloom")\n".utf8))
        try write("config", repository.settings.file(objectFormat: repository.objectFormat))
        try write("objects/info/alternates", PathText.bytes(repository.objects) + [0x0A])
        var exclude = (try? EvidenceFiles.read(repository.exclude, limit: 1 << 20)) ?? []
        for path in hidden { exclude += Array("\n/".utf8) + Self.pattern(path) }
        try write("info/exclude", exclude + [0x0A])
        if let attributes = try? EvidenceFiles.read(repository.attributes, limit: 1 << 20) {
            try write("info/attributes", attributes)
        }
        try copyIndex(of: repository)
    }

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
                    repository.index.removingLastComponent().appending(component), to: directory.appending(component))
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
            "GIT_DIR": PathText.bytes(directory), "GIT_WORK_TREE": PathText.bytes(topLevel),
            "GIT_INDEX_FILE": PathText.bytes(directory.appending(index)),
            "GIT_CONFIG_NOSYSTEM": Array("1".utf8), "GIT_CONFIG_GLOBAL": Array("/dev/null".utf8),
        ]
        if refreshing { environment["GIT_OPTIONAL_LOCKS"] = Array("1".utf8) }
        return try await git.run(
            arguments, last, in: workspace, environment: environment, input: input, limit: limit ?? limits.listBytes,
            accepted: accepted)
    }

    /// - Parameter prefix: The workspace from the top of the work tree, with a slash at its end.
    func status(_ prefix: [UInt8]) async throws(GitFailure) -> GitStatus {
        GitStatus(try await run(GitStatus.arguments, refreshing: true), prefix: prefix)
    }

    // MARK: what was ignored

    private static let ignoredList = "openloom-ignored"

    /// Keeps the paths that git ignored, each ended by a NUL.
    func write(ignored paths: [[UInt8]]) throws(GitFailure) {
        do throws(EvidenceError) {
            try EvidenceFiles.write(directory.appending(Self.ignoredList), GitSelection.input(paths))
        } catch {
            throw GitFailure(message: "\(error)")
        }
    }

    func ignored() throws(GitFailure) -> [[UInt8]] {
        do throws(EvidenceError) {
            let bytes = try EvidenceFiles.read(directory.appending(Self.ignoredList), limit: limits.listBytes)
            return bytes.split(separator: 0).map { Array($0) }
        } catch {
            throw GitFailure(message: "\(error)")
        }
    }

    // MARK: the index

    /// - Returns: The entries of an index.
    /// - Throws: ``GitFailure`` for an index of a kind that is not read here.
    func entries(of index: String = GitShadow.baselineIndex) throws(GitFailure) -> [GitIndexFile.Entry] {
        let path = directory.appending(index)
        guard let bytes = try? EvidenceFiles.read(path, limit: 1 << 30),
            let file = GitIndexFile(bytes, objectFormat: objectFormat)
        else { throw GitFailure(message: "\(path) can't be read") }
        return file.entries
    }

    /// A line of `info/exclude` that means exactly this path.
    private static func pattern(_ path: [UInt8]) -> [UInt8] {
        path.flatMap { byte -> [UInt8] in
            "\\*?[! #".utf8.contains(byte) ? [UInt8(ascii: "\\"), byte] : [byte]
        }
    }
}
