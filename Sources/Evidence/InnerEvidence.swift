import JSON
import SystemPackage

/// A repository inside the workspace: git does not look into it from outside, so that evidence of its own is kept of it.
struct InnerEvidence: Sendable {
    /// From the workspace.
    var path: [UInt8]
    /// Its evidence, from that of the workspace; nil where there were too many.
    var directory: String?
    /// Whether the repository around it knows of it, by its commit.
    var isSubmodule: Bool

    /// More are not looked into, and no deeper than that.
    static let limit = 100
    static let depth = 4

    var json: JSONValue {
        var members = JSONObject()
        PathText.put(PathText.path(path), into: &members)
        members["directory"] = JSONValue(directory)
        members["submodule"] = .bool(isSubmodule)
        return .object(members)
    }

    init(path: [UInt8], directory: String?, isSubmodule: Bool) {
        self.path = path
        self.directory = directory
        self.isSubmodule = isSubmodule
    }

    init?(_ json: JSONValue) {
        guard let path = PathText.bytes(from: json), let isSubmodule = json["submodule"]?.bool else { return nil }
        self.init(path: path, directory: json["directory"]?.string, isSubmodule: isSubmodule)
    }
}
