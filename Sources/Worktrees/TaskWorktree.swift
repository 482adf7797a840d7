import Blocking
import Glibc
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
    /// One call at a time merges or discards a task. A retry is not kept out: it moves the task's directory, as anybody may.
    /// Before the merge is noted, this throws then, and nothing is removed; after it, worktree and branch go, the ending
    /// can't be written down, and the task begins anew on a branch that starts where its first one did.
    ///
    /// - Throws: ``WorktreeError``, and worktree and branch are as they were; ``SpoolError`` if it could not be written
    ///   down. A call that was cut short is finished by the next.
    package func merge() async throws -> MergedBranch {
        try await alone { record in
            let merged = try await worktrees.merge(record, title: "Merge \(record.branch): \(name)") { noted in
                try await write(noted)
            }
            try await end(record, merged)
            return merged
        }
    }

    /// Removes the worktree, keeps its branch aside with all that lies in it, and writes that down.
    ///
    /// - Returns: The commit that is kept as ``WorktreeRecord/discardedReference``.
    /// - Throws: As ``merge()``; also if the work turns out to be merged.
    package func discard() async throws -> String {
        try await alone { record in
            if let merged = try await worktrees.finishedMerge(record) {
                try await end(record, merged)
                throw WorktreeError(.none, "\(record.branch) of \(id) is merged already")
            }
            let commit = try await worktrees.discard(record)
            try await end(
                record, .discarded,
                [
                    "branch": .string(record.branch), "kept": .string(record.discardedReference),
                    "commit": .string(commit),
                ])
            return commit
        }
    }

    /// Runs `body` with the record as it is now, while nobody else does so with this task, in this process or another: its
    /// directory is locked.
    private func alone<Value>(_ body: (WorktreeRecord) async throws -> Value) async throws -> Value {
        let directory = spool.paths.task(id, in: state).directory
        let number: Int32?
        do {
            number = try await BlockingPool.run { try Self.lock(directory) }
        } catch let error as Errno where error == .noSuchFileOrDirectory {
            number = nil
        }
        defer { if let number { close(number) } }
        // Says better what has become of it, where it can.
        let now = try await BlockingPool.run { [id, spool] in try TaskWorktree(of: id, in: spool) }
        guard number != nil, now.state == state else {
            throw WorktreeError(.busy, "\(id) has just been moved; look at it again, then try again")
        }
        return try await body(now.record)
    }

    private static func lock(_ directory: FilePath) throws -> Int32 {
        let number = try DirectoryLock.open(directory)
        do {
            if try DirectoryLock.take(number) { return number }
            throw WorktreeError(
                .busy,
                "another call merges or discards it at this moment (`lsof \(directory)` says who); try again later")
        } catch {
            close(number)
            throw error
        }
    }

    private func end(_ record: WorktreeRecord, _ merged: MergedBranch) async throws {
        try await end(
            record, .merged,
            ["into": JSONValue(merged.into), "commit": .string(merged.commit), "branch": .string(record.branch)])
    }

    private func end(_ record: WorktreeRecord, _ ending: WorktreeRecord.Ending, _ fields: JSONObject) async throws {
        var record = record
        record.ending = ending
        record.merging = nil
        try await write(record)
        try await BlockingPool.run { [spool, id, state] () throws(SpoolError) in
            try TaskLog.append(ending.rawValue, fields, to: spool.paths.task(id, in: state))
        }
    }

    private func write(_ record: WorktreeRecord) async throws {
        try await BlockingPool.run { [spool, id, state] () throws(SpoolError) in
            try DurableFile.write(record.json.pretty, to: spool.paths.task(id, in: state).worktree)
        }
    }
}
