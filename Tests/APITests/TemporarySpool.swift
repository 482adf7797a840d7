import FoundationEssentials
import Glibc
import Spool
import SystemPackage
import TestSupport

/// A spool of one test, with a workspace beside it. Gone with it.
final class TemporarySpool: Sendable {
    let spool: SpoolDirectory
    let workspace: FilePath
    private let temporary: TemporaryDirectory
    private var directory: FilePath { temporary.path }

    init() throws {
        temporary = try TemporaryDirectory()
        workspace = temporary.path.appending("work")
        guard mkdir(workspace.string, 0o700) == 0 else { throw Errno(rawValue: errno) }
        spool = try SpoolDirectory(openingOrCreating: temporary.path.appending("spool"))
    }

    /// As if its filesystem had been unmounted.
    func removeSpool() throws {
        guard Glibc.rename(spool.root.string, directory.appending("away").string) == 0 else {
            throw Errno(rawValue: errno)
        }
    }

    /// `rm journal/NODE/*`, as a person does who wants room.
    func removeJournal() throws {
        let directory = spool.paths.journal.appending(Self.node.node)
        try FileManager.default.removeItem(atPath: directory.string)
        try makeDirectory(directory)
    }

    /// `mkdir tmp/x; …; mv tmp/x new/` with a name that a person chose.
    func adoptByHand(_ id: TaskID) throws {
        let paths = TaskPaths(directory: spool.paths.temporary.appending(id.rawValue))
        try makeDirectory(paths.directory)
        let spec = TaskSpec(name: "x", workspace: workspace, goal: "x", created: .now(), origin: TaskOrigin(.shell))
        try spool.completeBuilding(paths, spec: spec)
        try spool.accept(paths.directory, as: id)
    }

    /// A task in `new/`.
    @discardableResult
    func submit(_ name: String = "a task", goal: String = "do it", key: String? = nil) throws -> TaskID {
        var spec = TaskSpec(name: name, workspace: workspace, goal: goal, created: .now(), origin: TaskOrigin(.cli))
        spec.key = key
        return try spool.submit(Submission(spec: spec, source: Array(goal.utf8), fileExtension: "txt"))
    }

    static let node = NodeIdentity(node: "test", pid: 1, bootID: "boot")

    /// A task in `running/`, with a session.
    func running(_ name: String = "a task") throws -> TaskID {
        let id = try submit(name)
        let paths = try spool.claim(id, owner: Self.node)
        try DurableFile.write("ses_1\n", to: paths.session)
        return id
    }

    /// A task that ended with `verdict`.
    func ended(_ verdict: Verdict, reason: String = "", name: String = "a task") throws -> TaskID {
        let id = try running(name)
        try spool.finish(id, from: .running, as: TaskEnding(verdict: verdict, reason: reason))
        return id
    }

    /// `mv` and nothing else.
    func rename(_ id: TaskID, from: TaskState, to: TaskState) throws {
        let result = Glibc.rename(
            spool.paths.task(id, in: from).directory.string, spool.paths.task(id, in: to).directory.string
        )
        guard result == 0 else { throw Errno(rawValue: errno) }
    }
}

func makeDirectory(_ path: FilePath) throws {
    guard mkdir(path.string, 0o700) == 0 else { throw Errno(rawValue: errno) }
}
