import Spool
import SystemPackage
import TaskSource

/// Which directories the API knows, and which it may touch: where tasks worked, what the configuration names, and what
/// `workspaces.allow` covers. All of it is read when it is asked for.
struct WorkspaceBook: Sendable {
    let spool: SpoolDirectory
    let index: TaskIndex
    let policy: WorkspacePolicy

    /// Servers are asked about so many directories at once: on wire 1 each of them costs a request.
    static let mostAsked = 32

    /// The directories whose sessions are ours to show, the most recent first. Blocks.
    func directories() throws(SpoolError) -> [String] {
        var known: [String] = []
        for path in try used() where Directory.isThere(path) { known.append(path.string) }
        for path in configured where !known.contains(path.string) { known.append(path.string) }
        return Array(known.prefix(Self.mostAsked))
    }

    /// The workspaces that a person may want again. Blocks.
    func recent() throws(SpoolError) -> [FilePath] { try spool.recentWorkspaces(index).map(\.path) }

    /// Those of the newest tasks, whoever wants them again. Blocks.
    func used() throws(SpoolError) -> [FilePath] { try spool.usedWorkspaces(index).map(\.path) }

    /// What the configuration names and is there, without symbolic links.
    var configured: [FilePath] {
        ([policy.defaultWorkspace].compactMap(\.self) + policy.projects.values.sorted { $0.string < $1.string })
            .compactMap { policy.workspace($0.string) }
    }

    /// Whether something may be done to what lies in a directory.
    func covers(_ directory: String, known: [String]) -> Bool {
        known.contains(directory) || policy.isAllowed(FilePath(directory))
    }
}
