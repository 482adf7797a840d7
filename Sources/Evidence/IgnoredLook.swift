package import JSON
package import SystemPackage

/// A file or directory that git ignores and that is not as it was. Its content is not compared: the system says when it
/// was last changed, and nothing can set that time.
package struct IgnoredChange: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case added, deleted
        /// Written to, or its permissions changed; of a directory, files were made in it or removed.
        case touched
    }

    /// Relative to the workspace.
    package var path: FilePath
    package var kind: Kind

    package var json: JSONValue {
        var members = JSONObject()
        PathText.put(path, into: &members)
        members["kind"] = .string(kind.rawValue)
        return .object(members)
    }
}

/// Looks for changes in what git ignores.
struct IgnoredLook {
    private(set) var changes: [IgnoredChange] = []
    private(set) var notes = Notes()

    private let root: FilePath
    private let begun: Int
    private var left = EvidenceLimits(files: 20_000, walkSeconds: 1)
    private let excluded: Set<WorkspaceTree.Identity>
    /// More are only counted.
    private static let listed = 1_000

    /// - Parameters:
    ///   - begun: What changed later counts, in nanoseconds since 1970.
    ///   - paths: What was ignored at the baseline.
    init(_ root: FilePath, tree: WorkspaceTree, begun: Int, paths: [[UInt8]]) {
        self.root = root
        self.begun = begun
        excluded = tree.excluded
        for path in paths { look(at: path) }
    }

    private mutating func look(at path: [UInt8]) {
        let full = root.pushing(PathText.path(path))
        guard let status = try? Syscalls.status(full) else { return add(.deleted, path) }
        guard status.kind == .directory else {
            if status.mayHaveChanged(since: begun) { add(.touched, path) }
            return
        }
        let begun = begun
        let tree = WorkspaceTree(limits: left, excluded: excluded)
        let found = try? tree.scanHere(full) { descriptor, directory -> (count: Int, touched: [[UInt8]]) in
            var touched = directory.files.filter { $0.status.mayHaveChanged(since: begun) }.map {
                directory.path(of: $0.name)
            }
            if touched.isEmpty, (try? Syscalls.status(descriptor))?.mayHaveChanged(since: begun) ?? false {
                touched = [directory.path]
            }
            return (directory.files.count, touched)
        }
        for inner in (found?.values ?? []).map(\.touched).joined() {
            add(.touched, inner.isEmpty ? path : path + [UInt8(ascii: "/")] + inner)
        }
        left.files = max(0, left.files - (found?.values ?? []).reduce(0) { $0 + $1.count })
        if found?.outcome.gaps.isEmpty != true { notes.add("\(PathText.shown(path)): not all of it was looked at") }
    }

    mutating func add(_ kind: IgnoredChange.Kind, _ path: [UInt8]) {
        if changes.count == Self.listed { notes.add("there are more changes to ignored files than are listed") }
        if changes.count < Self.listed { changes.append(IgnoredChange(path: PathText.path(path), kind: kind)) }
    }
}
