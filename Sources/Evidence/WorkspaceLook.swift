import SystemPackage

/// What of a workspace is, or may be, other than a ``FileTable`` says, by nothing but the files' status.
///
/// Two equal looks, one after the other, saw the same workspace.
struct WorkspaceLook: Sendable, Equatable {
    struct Found: Sendable, Hashable {
        var path: [UInt8]
        var status: FileStatus
    }

    /// Files of the table whose status does not prove that they are as they were, by place.
    var touched: [Int: FileStatus] = [:]
    /// Places of the table that were not met. Where there are gaps they may be there all the same.
    var missing: Set<Int> = []
    /// Files that the table does not have.
    var new: Set<Found> = []
    /// Directories that the table does not have and that hold files, or may; of those in them only the highest.
    var newDirectories: Set<[UInt8]> = []
    /// Directories with a `.git` that hold no file of the table, but for the workspace itself.
    var repositories: Set<[UInt8]> = []
    /// How many more new files there are than ``new`` holds.
    var moreNew = 0

    /// Whether all files are known, and proven to be as they were.
    var isClean: Bool {
        touched.isEmpty && missing.isEmpty && new.isEmpty && newDirectories.isEmpty && moreNew == 0
    }

    /// When the youngest of the touched and new files was changed, in nanoseconds since 1970.
    var newest: Int {
        max(touched.values.map(\.changed).max() ?? .min, new.map(\.status.changed).max() ?? .min)
    }

    /// What a look passes over, and where it ends.
    struct Scope: Sendable {
        /// Paths of files and directories that are not looked at.
        var skipped: Set<[UInt8]> = []
        /// Whether directories that are repositories of their own are only listed.
        var stopsAtRepositories = false
        /// Whether directories that hold no file of the table are only listed, among ``WorkspaceLook/newDirectories``.
        var stopsAtNewDirectories = false
        /// New files below new directories that are listed at most.
        var newFiles = Int.max
    }

    /// - Parameter isProven: Whether a file of the table, by its place, can't have changed, its status being this.
    static func take(
        _ root: FilePath, tree: WorkspaceTree, table: FileTable, scope: Scope,
        isProven: @escaping @Sendable (Int, FileStatus) -> Bool
    ) async throws(Errno) -> (look: WorkspaceLook, outcome: WorkspaceTree.Outcome) {
        let (parts, outcome) = try await tree.scan(root) { _, directory in
            visit(&directory, table, scope, isProven)
        }
        var look = WorkspaceLook()
        var visited: Set<[UInt8]> = []
        var deepNew: [Found] = []
        for part in parts {
            visited.insert(part.path)
            look.touched.merge(part.touched) { $1 }
            look.missing.formUnion(part.missing)
            look.newDirectories.formUnion(part.passedOver)
            if part.isRepository {
                look.repositories.insert(part.path)
            } else if part.isKnown {
                look.new.formUnion(part.new)
            } else if !part.new.isEmpty {
                deepNew += part.new
                look.newDirectories.insert(part.path)
            }
        }
        if deepNew.count <= scope.newFiles { look.new.formUnion(deepNew) } else { look.moreNew = deepNew.count }
        for directory in table.all where !visited.contains(directory) {
            look.missing.formUnion(table.places(in: directory) ?? [])
        }
        look.newDirectories = look.newDirectories.filter { !hasParent($0, in: look.newDirectories) }
        return (look, outcome)
    }

    private static func hasParent(_ path: [UInt8], in directories: Set<[UInt8]>) -> Bool {
        var path = path[...]
        while let slash = path.lastIndex(of: UInt8(ascii: "/")) {
            path = path[..<slash]
            if directories.contains(Array(path)) { return true }
        }
        return false
    }

    private struct Part: Sendable {
        var path: [UInt8]
        var isKnown = true
        var isRepository = false
        var touched: [Int: FileStatus] = [:]
        var missing: [Int] = []
        var new: [Found] = []
        /// Directories that the look did not go into.
        var passedOver: [[UInt8]] = []
    }

    private static func visit(
        _ directory: inout WorkspaceTree.Directory, _ table: FileTable, _ scope: Scope,
        _ isProven: (Int, FileStatus) -> Bool
    ) -> Part {
        var part = Part(path: directory.path)
        let places = table.places(in: directory.path)
        part.isKnown = places != nil
        if scope.stopsAtRepositories, directory.isRepository, places == nil {
            part.isRepository = true
            directory.directories = []
            return part
        }
        if !scope.skipped.isEmpty {
            let path = directory.path
            let prefix = path.isEmpty ? [] : path + [UInt8(ascii: "/")]
            directory.directories.removeAll { scope.skipped.contains(prefix + $0) }
            directory.files.removeAll { scope.skipped.contains(prefix + $0.name) }
        }
        if scope.stopsAtNewDirectories {
            let paths = directory.directories.map { directory.path(of: $0) }
            part.passedOver = paths.filter { table.places(in: $0) == nil }
            if !part.passedOver.isEmpty {
                directory.directories = zip(directory.directories, paths).filter { table.places(in: $1) != nil }.map(
                    \.0)
            }
        }
        var rest = (places ?? [])[...]
        for file in directory.files {
            var order: Int32 = 1
            while let place = rest.first {
                order = table.order(place, file.name)
                if order >= 0 { break }
                part.missing.append(place)
                rest.removeFirst()
            }
            if let place = rest.first, order == 0 {
                if !isProven(place, file.status) { part.touched[place] = file.status }
                rest.removeFirst()
            } else {
                part.new.append(Found(path: directory.path(of: file.name), status: file.status))
            }
        }
        part.missing += rest
        return part
    }
}
