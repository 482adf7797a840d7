import JSON
import Spool
import SystemPackage
import TaskSource

/// The folders of a folder, for choosing a workspace: only what lies in a directory where tasks may work.
///
/// Without `workspaces.allow` tasks may work anywhere; what is shown then is the user's home, and the directories that
/// the configuration and recent tasks name.
struct FolderListing {
    let json: JSONValue

    /// As many as OpenLoom shows.
    private static let most = 200
    /// So many entries are looked at, whatever they are.
    private static let mostEntries = 10_000

    /// Blocks.
    ///
    /// - Parameter path: Nil for where choosing begins: the workspace of the newest task, or the first root.
    /// - Throws: ``Problem``; ``SpoolError``.
    init(book: WorkspaceBook, path: String?) throws {
        let recent = try book.used()
        let roots = Self.roots(book, recent)
        let folder: FilePath
        if let path {
            folder = try Self.resolve(path, book.policy)
        } else if let first = (recent + roots).first(where: { Directory.isThere($0) && Self.covers(roots, $0) }) {
            folder = first
        } else {
            throw Problem(.notFound, "There is no directory to begin with; set workspaces.allow in the configuration.")
        }
        if folder.components.isEmpty, !Self.covers(roots, folder) {
            // Above all roots there is a list of them, to get from one to another.
            json = Self.json(
                folder, parent: nil, children: roots.map { ($0.string, $0) }, isTruncated: false, roots: roots)
            return
        }
        // A link may lead anywhere: what counts is where.
        guard Self.covers(roots, folder) else { throw Self.foreign }
        let found: (names: [String], isAll: Bool)
        do {
            found = try Directory.names(in: folder, most: Self.mostEntries)
        } catch {
            if error == .permissionDenied { throw Problem(.foreignDirectory, "The daemon may not read \(folder).") }
            throw Problem(.notFound, "There is no directory \(folder).")
        }
        let children = found.names.filter { name in
            let child = folder.appending(name)
            guard Directory.isThere(child), let real = Directory.real(child) else { return false }
            return Self.covers(roots, real)
        }.sorted { ($0.lowercased(), $0) < ($1.lowercased(), $1) }
        let parent = folder.removingLastComponent()
        let hasParent = !folder.components.isEmpty && (Self.covers(roots, parent) || roots.count > 1)
        json = Self.json(
            folder, parent: hasParent ? (Self.covers(roots, parent) ? parent : "/") : nil,
            children: children.prefix(Self.most).map { ($0, folder.appending($0)) },
            isTruncated: !found.isAll || children.count > Self.most, roots: roots)
    }

    private static func json(
        _ folder: FilePath, parent: FilePath?, children: [(name: String, path: FilePath)], isTruncated: Bool,
        roots: [FilePath]
    ) -> JSONValue {
        [
            "path": .string(folder.string), "parent": JSONValue(parent?.string),
            "children": .array(children.map { ["name": .string($0.name), "path": .string($0.path.string)] }),
            "truncated": .bool(isTruncated), "roots": JSONValue(roots.map(\.string)),
        ]
    }

    private static let foreign = Problem(
        .foreignDirectory,
        "Only the directories that \"roots\" of GET /api/browse names are shown, and what lies in them; "
            + "workspaces.allow in the configuration adds others.")

    private static func resolve(_ text: String, _ policy: WorkspacePolicy) throws(Problem) -> FilePath {
        var text = text
        if let home = policy.home, text == "~" || text.utf8.starts(with: "~/".utf8) {
            text = home.string + Substring(text.utf8.dropFirst())
        }
        guard let real = WorkspaceRoutes.real(text), Directory.isThere(real) else {
            throw Problem(.notFound, "There is no directory \"\(text.prefix(300))\" (absolute, or from ~/).")
        }
        return real
    }

    /// Without those that lie in another.
    private static func roots(_ book: WorkspaceBook, _ recent: [FilePath]) -> [FilePath] {
        let policy = book.policy
        var roots: [FilePath]
        if policy.allow.isEmpty {
            roots = [policy.home].compactMap(\.self).compactMap(Directory.real) + book.configured
            roots += recent.prefix(WorkspaceRoutes.most).filter(Directory.isThere)
        } else {
            roots = policy.allow.compactMap { try? resolve($0.string, policy) } + book.configured
        }
        var outermost: [FilePath] = []
        for root in roots where !roots.contains(where: { $0 != root && root.starts(with: $0) }) {
            if !outermost.contains(root) { outermost.append(root) }
        }
        return outermost
    }

    private static func covers(_ roots: [FilePath], _ path: FilePath) -> Bool {
        roots.contains { path.starts(with: $0) }
    }
}
