import Glibc
import JSON
import Spool
import SystemPackage

/// A spool of one test, with a workspace beside it. Gone with it.
final class TemporarySpool: Sendable {
    let spool: SpoolDirectory
    /// Holds the spool, and is the test's to use.
    let directory: FilePath
    let workspace: FilePath

    var paths: SpoolPaths { spool.paths }

    static let node = NodeIdentity(node: "test", pid: 1, bootID: "boot")

    init(in parent: String = "/tmp") throws {
        directory = try makeTemporaryDirectory(in: parent)
        workspace = directory.appending("work")
        try makeDirectory(workspace)
        spool = try SpoolDirectory(openingOrCreating: directory.appending("spool"))
    }

    deinit { removeTree(directory) }

    func spec(_ name: String = "a task", goal: String = "do it", key: String? = nil) -> TaskSpec {
        var spec = TaskSpec(name: name, workspace: workspace, goal: goal, created: .now(), origin: TaskOrigin(.cli))
        spec.key = key
        return spec
    }

    /// A task in `new/`.
    @discardableResult
    func submit(_ name: String = "a task", goal: String = "do it", key: String? = nil) throws -> TaskID {
        let spec = spec(name, goal: goal, key: key)
        return try spool.submit(Submission(spec: spec, source: Array(goal.utf8), fileExtension: "txt"))
    }

    /// A task in `running/`, as far as it is when its prompt was sent.
    func running(_ name: String = "a task") throws -> TaskID {
        let id = try submit(name)
        try start(id)
        return id
    }

    func start(_ id: TaskID) throws {
        let task = try spool.claim(id, owner: Self.node)
        try write("ses_\(id)\n", to: task.session)
        try write("{}", to: task.turn)
        try spool.mark(task.turnSending)
        try spool.mark(task.turnSent)
        try spool.makeDirectory(task.evidence)
        try write("[]", to: task.evidence.appending("baseline.json"))
        try write("{}", to: task.activity)
    }

    /// A task that ended with `verdict`.
    func ended(_ verdict: Verdict, reason: String = "", name: String = "a task") throws -> TaskID {
        let id = try running(name)
        try spool.finish(id, from: .running, as: TaskEnding(verdict: verdict, reason: reason, transcript: []))
        return id
    }

    /// The states in which a task of that name lies: exactly one, if all is well.
    func states(of id: TaskID) -> [TaskState] {
        TaskState.allCases.filter { exists(paths.task(id, in: $0).directory) }
    }

    /// All tasks there are.
    func tasks() throws -> [TaskID] {
        try TaskState.allCases.flatMap { try spool.list($0) }
    }

    /// What lies in `tmp/`, but for the lock of submissions with a key.
    func temporaries() throws -> [String] {
        try names(in: paths.temporary).filter { $0 != ".key-lock" }
    }

    /// `mv`, as a shell does it: rename(2).
    func move(_ id: TaskID, from: TaskState, to: TaskState) throws {
        try rename(paths.task(id, in: from).directory, paths.task(id, in: to).directory)
    }
}

extension NodeIdentity {
    static let other = NodeIdentity(node: "other", pid: 2, bootID: "boot")
}
