import Git
import SystemPackage

/// git, told not to run what the repository names: the agent can write its configuration, and we may be another user.
///
/// No hooks, no fsmonitor, no signing, no housekeeping, and no filter that the repository's own configuration defines.
/// Filters of the user's settings, such as git-lfs, do run: without them a checkout would not be one.
struct RepositoryGit: Sendable {
    let git: GitProgram
    /// Set for a worktree of ours, so that what its `.git` file says is not believed.
    private var places: [String: [UInt8]] = [:]
    private(set) var directory: FilePath
    private var settings: [(name: String, value: String)] = [
        ("core.hooksPath", "/dev/null"), ("core.fsmonitor", "false"), ("commit.gpgSign", "false"), ("gc.auto", "0"),
        ("maintenance.auto", "false"), ("diff.ignoreSubmodules", "dirty"), ("advice.detachedHead", "false"),
    ]

    /// The longest answer of git that is read, in bytes.
    static let answerLimit = 16 << 20

    /// - Parameters:
    ///   - directory: Where git runs.
    ///   - record: The worktree that it works on; nil for what concerns the repository.
    init(_ git: GitProgram, in directory: FilePath, worktree record: WorktreeRecord? = nil) async throws(GitFailure) {
        self.git = git
        self.directory = directory
        if let record, let gitDirectory = record.gitDirectory {
            places["GIT_DIR"] = Array(gitDirectory.string.utf8)
            places["GIT_WORK_TREE"] = Array(record.path.string.utf8)
        }
        let listed = try await run(["config", "-z", "--show-scope", "--list"]).records
        // A scope and a setting by turns.
        for index in stride(from: 0, to: listed.count - 1, by: 2) {
            let scope = String(decoding: listed[index], as: UTF8.self)
            guard scope == "local" || scope == "worktree" else { continue }
            let name = String(decoding: listed[index + 1].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            guard name.hasPrefix("filter."), let dot = name.lastIndex(of: ".") else { continue }
            for part in ["clean", "smudge", "process"] { settings.append((name[..<dot] + "." + part, "")) }
            settings.append((name[..<dot] + ".required", "false"))
        }
    }

    /// The same for another directory of the repository, without reading its settings again: this one is told to run nothing
    /// that they name, those of its worktree as well.
    func moved(to directory: FilePath) -> RepositoryGit {
        var other = self
        other.directory = directory
        other.places = [:]
        return other
    }

    /// Runs `git worktree`, alone of all who do so in this repository. It must be the directory that git runs in.
    @discardableResult
    func worktree(_ arguments: [String]) async throws(GitFailure) -> GitProgram.Answer {
        let lock = try await RepositoryLock(directory)
        defer { _ = lock }
        return try await run(["worktree"] + arguments)
    }

    /// - Parameter isOurs: False for what a person has asked for and may have hooks.
    @discardableResult
    func run(
        _ arguments: [String], accepted: Set<Int32> = [0], isOurs: Bool = true, environment: [String: String] = [:]
    ) async throws(GitFailure) -> GitProgram.Answer {
        var variables = places
        for (name, value) in environment { variables[name] = Array(value.utf8) }
        if isOurs {
            variables["GIT_CONFIG_COUNT"] = Array("\(settings.count)".utf8)
            for (index, setting) in settings.enumerated() {
                variables["GIT_CONFIG_KEY_\(index)"] = Array(setting.name.utf8)
                variables["GIT_CONFIG_VALUE_\(index)"] = Array(setting.value.utf8)
            }
        }
        return try await git.run(
            arguments, in: directory, environment: variables, limit: Self.answerLimit, accepted: accepted)
    }

    /// What a name stands for; nil if there is no such commit.
    func commit(_ name: String) async throws(GitFailure) -> String? {
        let answer = try await run(["rev-parse", "--verify", "--quiet", "\(name)^{commit}"], accepted: [0, 1])
        return answer.status == 0 ? answer.lines.first : nil
    }

    /// The branch that is checked out; nil for none.
    func currentBranch() async throws(GitFailure) -> String? {
        let answer = try await run(["symbolic-ref", "--quiet", "--short", "HEAD"], accepted: [0, 1])
        return answer.status == 0 ? answer.lines.first : nil
    }

    func isAncestor(_ commit: String, of other: String) async throws(GitFailure) -> Bool {
        try await run(["merge-base", "--is-ancestor", commit, other], accepted: [0, 1]).status == 0
    }
}

extension GitProgram.Answer {
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) } }
}
