import JSON
import SystemPackage

/// What `baseline.json` says, as far as the comparison afterwards needs it.
struct BaselineRecord: Sendable {
    enum Strategy: Sendable {
        case git(GitBaseline)
        case walk(gaps: [[UInt8]])
    }

    /// When the baseline was begun, in nanoseconds since 1970.
    var begun: Int
    var workspace: FilePath
    var strategy: Strategy
    /// Repositories in the workspace, with evidence of their own.
    var inner: [InnerEvidence] = []
    var outside = OutsideFiles(OutsideFiles.Places())
    /// Whether reading the files again would take so long that what is known of them is worth keeping.
    var isLarge = false

    static let byteLimit = 32 << 20
    private static let version = 1

    /// - Parameters:
    ///   - fallback: Why the baseline is kept without git although the workspace seems to lie in a repository.
    ///   - files: How many files the walk met, and how many bytes of them are kept; nil with git.
    func json(notes: [String], fallback: String?, files: (count: Int, kept: Int)?) -> JSONValue {
        var members: JSONObject = [
            "version": .int(Self.version), "time": .string(WallClock.iso8601(nanoseconds: begun)),
            "begun_ns": .int(begun),
        ]
        members["workspace"] = Self.pathObject(PathText.bytes(workspace))
        switch strategy {
        case .git(let git):
            members["strategy"] = "git"
            members["git"] = git.json
        case .walk(let gaps):
            members["strategy"] = "walk"
            members["without_git_because"] = JSONValue(fallback)
            members["files"] = (files?.count).map { .int($0) }
            members["kept_bytes"] = (files?.kept).map { .int($0) }
            members["not_looked_into"] = .array(gaps.map { Self.pathObject($0) })
        }
        members["inner"] = .array(inner.map(\.json))
        members["outside"] = outside.json
        members["notes"] = JSONValue(notes)
        return .object(members)
    }

    /// - Returns: nil when it is not what ``json(notes:fallback:files:)`` made.
    init?(_ json: JSONValue) {
        guard json["version"]?.int == Self.version, let begun = json["begun_ns"]?.int,
            let workspace = json["workspace"].flatMap({ PathText.bytes(from: $0) }),
            let outside = json["outside"].flatMap({ OutsideFiles($0) }), let inner = json["inner"]?.array
        else { return nil }
        self.begun = begun
        self.workspace = PathText.path(workspace)
        self.outside = outside
        isLarge = json["files"]?.int ?? 0 >= WalkCache.leastFiles
        self.inner = inner.compactMap { InnerEvidence($0) }
        guard self.inner.count == inner.count else { return nil }
        switch json["strategy"]?.string {
        case "git":
            guard let git = json["git"].flatMap({ GitBaseline($0) }) else { return nil }
            strategy = .git(git)
        case "walk":
            guard let list = json["not_looked_into"]?.array else { return nil }
            strategy = .walk(gaps: list.compactMap { PathText.bytes(from: $0) })
        default: return nil
        }
    }

    init(begun: Int, workspace: FilePath, strategy: Strategy) {
        self.begun = begun
        self.workspace = workspace
        self.strategy = strategy
    }

    static func pathObject(_ bytes: [UInt8]) -> JSONValue {
        var members = JSONObject()
        PathText.put(PathText.path(bytes), into: &members)
        return .object(members)
    }
}
