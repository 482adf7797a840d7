import Blocking
import JSON
package import Spool
import SystemPackage

/// An ended task and its worktree, for whoever takes the work over or wants it gone: the command line and REST.
package struct TaskWorktree: Sendable {
    package let id: TaskID
    package let name: String
    package let record: WorktreeRecord
    private let spool: SpoolDirectory
    private let state: TaskState
    private let worktrees: Worktrees

    /// Blocks.
    ///
    /// - Throws: ``WorktreeError`` if the task has no worktree any more, or still works in it; ``SpoolError``.
    package init(of id: TaskID, in spool: SpoolDirectory) throws {
        self.id = id
        self.spool = spool
        state = try spool.locate(id).1
        guard state.isEnded else {
            throw WorktreeError(.none, "\(id) has not ended; wait for it, or stop it: openloom cancel \(id)")
        }
        let spec = try spool.readSpec(id, in: state)
        guard let json = try spool.readJSON(spool.paths.task(id, in: state).worktree) else {
            let reason = spec?.worktree == true ? "was never given a worktree" : "does not ask for worktree: true"
            throw WorktreeError(.none, "\(id) \(reason); its work lies in \(spec?.workspace.string ?? "its workspace")")
        }
        guard let record = WorktreeRecord(json: json), record.gitDirectory != nil else {
            throw WorktreeError(.none, "\(id) has a worktree.json that says of no worktree; see spool-layout.md")
        }
        switch record.ending {
        case nil: break
        case .merged: throw WorktreeError(.none, "\(record.branch) of \(id) is merged already")
        case .unchanged: throw WorktreeError(.none, "\(id) changed nothing; its worktree is gone")
        case .discarded:
            throw WorktreeError(
                .none,
                "\(record.branch) of \(id) was discarded; to have it again: "
                    + "git -C \(record.workspace) branch \(record.branch) \(record.discardedReference)")
        }
        name = spec?.name ?? id.rawValue
        self.record = record
        worktrees = try Worktrees(in: spool.paths.worktrees)
    }

    /// Whether the task's work is proven, or had no checks.
    package var isDone: Bool { state == .done }

    /// Merges the work into what is checked out in the workspace, removes worktree and branch, and writes that down.
    ///
    /// - Throws: ``WorktreeError``, and all is as it was; ``SpoolError`` if it could not be written down. A call that
    ///   was cut short is finished by the next.
    package func merge() async throws -> MergedBranch {
        let merged = try await worktrees.merge(record, title: "Merge \(record.branch): \(name)")
        try await end(
            .merged,
            ["into": JSONValue(merged.into), "commit": .string(merged.commit), "branch": .string(record.branch)])
        return merged
    }

    /// Removes the worktree, keeps its branch aside with all that lies in it, and writes that down.
    ///
    /// - Returns: The commit that is kept as ``WorktreeRecord/discardedReference``.
    /// - Throws: As ``merge()``.
    package func discard() async throws -> String {
        let commit = try await worktrees.discard(record)
        try await end(
            .discarded,
            [
                "branch": .string(record.branch), "kept": .string(record.discardedReference),
                "commit": .string(commit),
            ])
        return commit
    }

    private func end(_ ending: WorktreeRecord.Ending, _ fields: JSONObject) async throws {
        var record = record
        record.ending = ending
        try await BlockingPool.run { [record, spool, id, state] () throws(SpoolError) in
            let task = spool.paths.task(id, in: state)
            try DurableFile.write(record.json.pretty, to: task.worktree)
            try TaskLog.append(ending.rawValue, fields, to: task)
        }
    }
}
