package import JSON
package import SystemPackage

/// Where a task works that has a worktree of its own. It lies in the task's directory as `worktree.json`, written before
/// git is asked to make anything, so that a crash leaves nothing that has no owner.
package struct WorktreeRecord: Sendable, Hashable {
    /// The directory that the task named; its repository's current branch is what the work starts from, and what it is
    /// merged into.
    package var workspace: FilePath
    /// The repository's own directory: `.git` of the main worktree, or a bare repository.
    package var repository: FilePath
    /// Where in the repository the workspace lies; empty for its top.
    package var prefix: String
    /// The commit from which the work starts.
    package var base: String
    /// The branch that was checked out in the workspace; nil for none.
    package var baseBranch: String?
    /// The task's branch, `openloom/NAME-rrrrr`, without `refs/heads/`.
    package var branch: String
    /// The worktree.
    package var path: FilePath
    /// git's own directory for the worktree; nil until it has been made.
    package var gitDirectory: FilePath?
    /// The branch's last commit, as far as openloom has seen it.
    package var head: String?
    /// The branch's last commit once it is in the workspace's branch, written down before worktree and branch are removed:
    /// a merge that was cut short there is known by it.
    package var merging: String?
    /// What became of the worktree; nil while it is there.
    package var ending: Ending?

    package enum Ending: String, Sendable, Hashable {
        /// Its branch is in the branch it came from; worktree and branch are gone.
        case merged
        /// By a person's word: the worktree is gone, and the branch is kept as ``WorktreeRecord/discardedReference``.
        case discarded
        /// Nothing had changed in it; worktree and branch are gone.
        case unchanged
    }

    /// Where the agent works.
    package var workingDirectory: FilePath { prefix.isEmpty ? path : path.appending(prefix) }

    package var branchReference: String { "refs/heads/\(branch)" }
    /// Where the branch of a discarded task is kept, out of the way of `git branch`.
    package var discardedReference: String { "refs/openloom/discarded/\(branch.split(separator: "/").last ?? "")" }

    package init(
        workspace: FilePath, repository: FilePath, prefix: String, base: String, baseBranch: String?, branch: String,
        path: FilePath
    ) {
        self.workspace = workspace
        self.repository = repository
        self.prefix = prefix
        self.base = base
        self.baseBranch = baseBranch
        self.branch = branch
        self.path = path
    }

    package var json: JSONValue {
        [
            "workspace": .string(workspace.string), "repository": .string(repository.string),
            "prefix": .string(prefix), "base": .string(base), "base_branch": JSONValue(baseBranch),
            "branch": .string(branch), "path": .string(path.string),
            "git_directory": JSONValue(gitDirectory.map { $0.string }), "head": JSONValue(head),
            "merging": JSONValue(merging), "ending": JSONValue(ending?.rawValue),
        ]
    }

    /// Nil where a field is missing or is not what it must be; the file is ours.
    package init?(json: JSONValue) {
        func path(_ name: String) -> FilePath? {
            json[name]?.string.map { FilePath($0) }.flatMap { $0.isAbsolute ? $0 : nil }
        }
        func commit(_ name: String) -> String? {
            json[name]?.string.flatMap { $0.utf8.count >= 40 && $0.utf8.allSatisfy(Self.isHexadecimal) ? $0 : nil }
        }
        guard let workspace = path("workspace"), let repository = path("repository"), let worktree = path("path"),
            let prefix = json["prefix"]?.string, let base = commit("base"), let branch = json["branch"]?.string,
            branch.utf8.starts(with: Self.branchPrefix.utf8), FilePath(prefix).isRelative,
            !FilePath(prefix).components.contains("..")
        else { return nil }
        self.init(
            workspace: workspace, repository: repository, prefix: prefix, base: base,
            baseBranch: json["base_branch"]?.string, branch: branch, path: worktree)
        gitDirectory = path("git_directory")
        head = commit("head")
        merging = commit("merging")
        ending = json["ending"]?.string.flatMap(Ending.init(rawValue:))
    }

    static let branchPrefix = "openloom/"

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
