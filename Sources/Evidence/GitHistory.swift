import Glibc
import JSON
import SystemPackage

/// Where a repository stood at the baseline, so that commits made since can be told.
struct GitHistory: Sendable {
    /// The work tree's own git directory, and the one that it shares with others.
    var git: FilePath
    var common: FilePath
    /// As ``GitReferences`` reads it, which is how it is read afterwards.
    var head: String?
    /// Commits that were there: what the names stood for, and HEAD.
    var tips: Set<String>
    /// The length of HEAD's log in this work tree; nil where it keeps none. What is beyond it came later.
    var logLength: Int?
    /// The address that git would commit with here.
    var email: String?

    init(of repository: GitRepository) {
        git = repository.gitDirectory
        common = repository.objects.removingLastComponent()
        tips = GitReferences.tips(common)
        head = GitReferences.head(git, common: common)
        if let head = repository.head { tips.insert(head) }
        logLength = (try? Syscalls.status(Self.log(git)))?.size
        email = repository.settings.email
    }

    var json: JSONValue {
        [
            "git_directory": BaselineRecord.pathObject(PathText.bytes(git)),
            "common_directory": BaselineRecord.pathObject(PathText.bytes(common)),
            "head": JSONValue(head), "tips": .array(tips.sorted().map { .string($0) }),
            "log_length": JSONValue(logLength),
            "email": JSONValue(email),
        ]
    }

    init?(_ json: JSONValue) {
        guard let git = json["git_directory"].flatMap({ PathText.bytes(from: $0) }),
            let common = json["common_directory"].flatMap({ PathText.bytes(from: $0) }),
            let tips = json["tips"]?.array?.compactMap(\.string), tips.allSatisfy(GitReferences.isObject)
        else { return nil }
        self.git = PathText.path(git)
        self.common = PathText.path(common)
        self.tips = Set(tips)
        head = json["head"]?.string
        logLength = json["log_length"]?.int
        email = json["email"]?.string
    }

    /// What HEAD of this work tree came to be since the baseline, and whether that was by making a commit here.
    func movements() -> [(object: String, isMade: Bool)]? {
        let path = Self.log(git)
        guard let size = (try? Syscalls.status(path))?.size else { return nil }
        // A log that became shorter was rewritten, and tells nothing of when.
        guard size >= logLength ?? 0, let bytes = try? EvidenceFiles.read(path, limit: 64 << 20) else { return nil }
        return bytes.dropFirst(logLength ?? 0).split(separator: UInt8(ascii: "\n")).compactMap { line in
            let text = PathText.shown(line)
            let words = text.split(separator: " ", maxSplits: 2)
            guard words.count == 3, GitReferences.isObject(String(words[1])) else { return nil }
            let reason = words[2].split(separator: "\t", maxSplits: 1).last ?? ""
            return (String(words[1]), Self.isMaking(reason))
        }
    }

    /// By git's note on a movement, whatever the command: whether the commit was made by it, not only gone to.
    private static func isMaking(_ reason: Substring) -> Bool {
        let steps = ["pick", "reword", "squash", "fixup", "edit", "continue"].map { "rebase (\($0))" }
        return (["commit:", "commit (", "cherry-pick:", "revert:", "am:"] + steps).contains { reason.hasPrefix($0) }
            || reason.contains(": Merge made by ")
    }

    private static func log(_ git: FilePath) -> FilePath { git.appending("logs").appending("HEAD") }
}
