import Console
import JSON
import Spool
import SystemPackage
import Worktrees

/// An ended task and its worktree, for the commands that end that.
struct TaskWorktree {
    let id: TaskID
    let name: String
    let spool: SpoolDirectory
    let worktrees: Worktrees
    private let state: TaskState
    private(set) var record: WorktreeRecord

    /// - Throws: ``CommandFailure`` if the task has no worktree any more, or still works in it.
    init(of name: String, in spool: SpoolDirectory) throws {
        id = try spool.task(named: name)
        state = try spool.locate(id).1
        guard state == .done || state == .failed else {
            throw CommandFailure("\(id) has not ended; wait for it, or stop it: openloom cancel \(id)")
        }
        let spec = try spool.readSpec(id, in: state)
        guard let json = try spool.readJSON(spool.paths.task(id, in: state).worktree) else {
            let reason = spec?.worktree == true ? "was never given a worktree" : "does not ask for worktree: true"
            throw CommandFailure("\(id) \(reason); its work lies in \(spec?.workspace.string ?? "its workspace")")
        }
        guard let record = WorktreeRecord(json: json), record.gitDirectory != nil else {
            throw CommandFailure("\(id) has a worktree.json that says of no worktree; see spool-layout.md")
        }
        switch record.ending {
        case nil: break
        case .merged: throw CommandFailure("\(record.branch) of \(id) is merged already")
        case .unchanged: throw CommandFailure("\(id) changed nothing; its worktree is gone")
        case .discarded:
            throw CommandFailure(
                "\(record.branch) of \(id) was discarded; to have it again: "
                    + "git -C \(record.workspace) branch \(record.branch) \(record.discardedReference)")
        }
        self.name = spec?.name ?? id.rawValue
        self.spool = spool
        self.record = record
        worktrees = try Worktrees(in: spool.paths.worktrees)
    }

    /// Whether the task's work is proven, or had no checks.
    var isDone: Bool { state == .done }

    /// Writes down what became of the worktree.
    mutating func end(_ ending: WorktreeRecord.Ending, _ fields: JSONObject) throws {
        record.ending = ending
        let task = spool.paths.task(id, in: state)
        try DurableFile.write(record.json.pretty, to: task.worktree)
        try TaskLog.append(ending.rawValue, fields, to: task)
    }
}
