import Blocking
import Git
import Glibc
import JSON
import SystemPackage

/// The baseline of a workspace that git knows: an index of its content, and what git could not take into it.
struct GitBaseline: Sendable {
    var topLevel: FilePath
    var objectFormat: String
    var layout: GitLayout
    var head: String?
    var branch: String?
    /// Where the work tree's own git directory is, and the tips of branches in it: what is committed later is not below
    /// them.
    var history: GitHistory
    /// Paths that differed from HEAD, staged or not.
    var dirty: [[UInt8]] = []
    var skipped: [GitSelection.Skipped] = []
    var survey = GitSurvey()
    /// How many paths git ignored; the shadow keeps them.
    var ignoredCount = 0
    /// Repositories inside the workspace that its own does not know of.
    var nested: [[UInt8]] = []
    /// Repositories inside the workspace that its own knows of, by their commit.
    var submodules: [[UInt8]] = []

    private static let listed = 1000

    init(
        topLevel: FilePath, objectFormat: String, layout: GitLayout, head: String?, branch: String?,
        history: GitHistory
    ) {
        self.topLevel = topLevel
        self.objectFormat = objectFormat
        self.layout = layout
        self.head = head
        self.branch = branch
        self.history = history
    }

    var json: JSONValue {
        func paths(_ list: [[UInt8]]) -> JSONValue { .array(list.map { BaselineRecord.pathObject($0) }) }
        return [
            "top_level": BaselineRecord.pathObject(PathText.bytes(topLevel)), "object_format": .string(objectFormat),
            "head": JSONValue(head), "branch": JSONValue(branch), "history": history.json,
            "dirty_count": .int(dirty.count), "dirty": paths(Array(dirty.prefix(Self.listed))),
            "nested": paths(nested), "submodules": paths(submodules), "skipped": .array(skipped.map(Self.json)),
            "survey": survey.json, "layout": layout.json, "ignored_count": .int(ignoredCount),
        ]
    }

    init?(_ json: JSONValue) {
        func paths(_ name: String) -> [[UInt8]] { json[name]?.array?.compactMap { PathText.bytes(from: $0) } ?? [] }
        guard let topLevel = json["top_level"].flatMap({ PathText.bytes(from: $0) }),
            let format = json["object_format"]?.string, let history = json["history"].flatMap({ GitHistory($0) }),
            let skipped = json["skipped"]?.array, let survey = json["survey"].flatMap({ GitSurvey($0) }),
            let layout = json["layout"].flatMap({ GitLayout($0) }), let ignored = json["ignored_count"]?.int
        else { return nil }
        self.init(
            topLevel: PathText.path(topLevel), objectFormat: format, layout: layout, head: json["head"]?.string,
            branch: json["branch"]?.string, history: history)
        self.survey = survey
        ignoredCount = ignored
        self.skipped = skipped.compactMap(Self.skipped)
        guard self.skipped.count == skipped.count else { return nil }
        nested = paths("nested")
        submodules = paths("submodules")
    }

    private static func json(_ file: GitSelection.Skipped) -> JSONValue {
        var members = JSONObject()
        PathText.put(PathText.path(file.path), into: &members)
        members["reason"] = .string(file.reason)
        members["tracked"] = .bool(file.isTracked)
        file.status.put(into: &members)
        return .object(members)
    }

    private static func skipped(_ json: JSONValue) -> GitSelection.Skipped? {
        guard let path = PathText.bytes(from: json), let reason = json["reason"]?.string,
            let tracked = json["tracked"]?.bool, let status = FileStatus(json)
        else { return nil }
        return GitSelection.Skipped(path: path, status: status, reason: reason, isTracked: tracked)
    }
}

extension GitBaseline {
    /// A baseline with what the rest of the evidence needs to know of the repository.
    struct Taken {
        var baseline: GitBaseline
        var repository: GitRepository
        var notes: Notes
        /// Symbolic links in the workspace.
        var links: [[UInt8]]
    }

    /// Takes the snapshot. The repository is not written to; a failure leaves only files of ours behind.
    ///
    /// - Parameter hidden: Paths from the workspace that are not to be seen.
    static func take(
        _ workspace: FilePath, files: EvidenceFiles, git: GitProgram, tree: WorkspaceTree, hiding hidden: [[UInt8]]
    ) async throws(GitFailure) -> Taken {
        let limits = tree.limits
        let repository = try await GitRepository.find(around: workspace, git: git, limit: limits.listBytes)
        guard let prefix = prefix(of: workspace, in: repository.topLevel) else {
            throw GitFailure(message: "the workspace is not below \(repository.topLevel)")
        }
        let shadow: GitShadow
        let history: GitHistory
        do {
            (shadow, history) = try await BlockingPool.run { () throws(EvidenceError) in
                let shadow = GitShadow(
                    directory: files.path(EvidenceFiles.repository), workspace: workspace,
                    topLevel: repository.topLevel, objectFormat: repository.objectFormat,
                    layout: GitLayout(of: repository, hiding: hidden.map { prefix + $0 }), git: git, limits: limits)
                try shadow.create(for: repository)
                return (shadow, GitHistory(of: repository))
            }
        } catch {
            throw GitFailure(message: "\(error)")
        }
        let snapshot = GitSnapshot(
            repository: repository, shadow: shadow, history: history, prefix: prefix, tree: tree, hidden: hidden)
        return try await snapshot.take()
    }

    /// The workspace's path from the top of the work tree, with a slash at its end; empty for the top itself.
    static func prefix(of workspace: FilePath, in topLevel: FilePath) -> [UInt8]? {
        var rest = workspace
        guard rest.removePrefix(topLevel) else { return nil }
        let bytes = PathText.bytes(rest)
        return bytes.isEmpty ? [] : bytes + [UInt8(ascii: "/")]
    }
}
