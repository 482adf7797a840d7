import Blocking
import Git
import Glibc
import SystemPackage

/// The repository that a workspace lies in: where its parts are, and the settings that say how files become content.
/// Only read: nothing here changes the repository, and nothing that it configures is run.
struct GitRepository: Sendable {
    var workspace: FilePath
    var topLevel: FilePath
    var gitDirectory: FilePath
    var objects: FilePath
    var index: FilePath
    var exclude: FilePath
    var attributes: FilePath
    var objectFormat: String
    /// nil before the first commit.
    var head: String?
    var branch: String?
    var settings: GitSettings

    /// Whether `.git` lies in the directory or above it: cheap, and wrong only where git itself then says no.
    static func mayLie(around workspace: FilePath) -> Bool {
        var directory = workspace
        while true {
            if (try? Syscalls.status(directory.appending(".git"))) != nil { return true }
            if !directory.removeLastComponent() { return false }
        }
    }

    /// Whether the directory is the top of a work tree.
    static func isTop(_ directory: FilePath) -> Bool { (try? Syscalls.status(directory.appending(".git"))) != nil }

    /// The git directory that all work trees of the repository share.
    var common: FilePath { objects.removingLastComponent() }

    /// Where git looks for hooks, if that is configured.
    var hooks: FilePath? { settings.hooksPath.map { topLevel.pushing(PathText.path($0)) } }

    /// Finds the repository around `workspace`, which is a real path; git is asked only where it can't be read.
    static func find(
        around workspace: FilePath, git: GitProgram, limit: Int
    ) async throws(GitFailure) -> GitRepository {
        if let found = await BlockingPool.run({ read(around: workspace, git: git) }) { return found }
        return try await ask(around: workspace, git: git, limit: limit)
    }

    /// Asks git about the repository around `workspace`, which is a real path.
    static func ask(
        around workspace: FilePath, git: GitProgram, limit: Int
    ) async throws(GitFailure) -> GitRepository {
        // The owner of the repository may be another user: we only read, and run nothing that it names.
        let environment: [String: [UInt8]] = [
            "GIT_CONFIG_COUNT": Array("2".utf8),
            "GIT_CONFIG_KEY_0": Array("safe.directory".utf8), "GIT_CONFIG_VALUE_0": Array("*".utf8),
            "GIT_CONFIG_KEY_1": Array("core.fsmonitor".utf8), "GIT_CONFIG_VALUE_1": Array("false".utf8),
        ]
        async let configuration = result {
            () async throws(GitFailure) in
            try await git.run(["config", "-z", "--list"], in: workspace, environment: environment, limit: limit)
        }
        // Before the first commit the last questions fail; what was answered before them is there all the same.
        let answer = try await git.run(
            [
                "rev-parse", "--path-format=absolute", "--is-inside-work-tree", "--show-toplevel", "--git-dir",
                "--git-path", "objects", "--git-path", "index", "--git-path", "info/exclude", "--git-path",
                "info/attributes", "--show-object-format", "HEAD", "--symbolic-full-name", "HEAD",
            ], in: workspace, environment: environment, limit: limit, accepted: [0, 128])
        let lines = answer.output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            Array($0)
        }
        guard lines.count >= 8, lines[0] == Array("true".utf8) else {
            let said = answer.errors.split(separator: "\n").first.map { String($0) }
            throw GitFailure(message: said ?? "the workspace is not in a git work tree")
        }
        let born = answer.status == 0
        // A newline in a path would shift the lines; then nothing of them can be trusted.
        let format = PathText.shown(lines[7])
        guard ["sha1", "sha256"].contains(format), !born || lines.count == 11 else {
            throw GitFailure(message: "git rev-parse answered something unexpected")
        }
        var repository = GitRepository(
            workspace: workspace, topLevel: PathText.path(lines[1]), gitDirectory: PathText.path(lines[2]),
            objects: PathText.path(lines[3]), index: PathText.path(lines[4]), exclude: PathText.path(lines[5]),
            attributes: PathText.path(lines[6]), objectFormat: format,
            settings: GitSettings(list: try await configuration.get().records))
        let reference: String
        if born {
            repository.head = PathText.shown(lines[8])
            reference = PathText.shown(lines[9])
        } else {
            let bytes = (try? EvidenceFiles.read(repository.gitDirectory.appending("HEAD"), limit: 4096)) ?? []
            reference = String(PathText.shown(bytes).split(separator: "\n").first?.dropFirst("ref: ".count) ?? "")
        }
        if reference.hasPrefix("refs/heads/") { repository.branch = String(reference.dropFirst("refs/heads/".count)) }
        return repository
    }
}

/// A typed error across `async let`, which erases it otherwise.
func result<Value: Sendable, Failure: Error>(
    _ body: @Sendable () async throws(Failure) -> Value
) async -> Result<Value, Failure> {
    do {
        return .success(try await body())
    } catch {
        return .failure(error)
    }
}
