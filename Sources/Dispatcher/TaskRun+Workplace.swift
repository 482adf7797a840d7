import Blocking
import JSON
import Logging
import OpenCode
import Spool
import SystemPackage
import Worktrees

extension TaskRun {
    /// Where the agent is to work: the task's workspace, or a worktree of its own, which is there when this returns.
    ///
    /// Its record lies in the task's directory before git is asked for anything: a start that was cut short is gone on
    /// with, and never leaves a worktree that no task knows.
    func workplace(_ spec: TaskSpec, workspace: FilePath) async throws(RunStop) -> FilePath {
        guard spec.worktree else { return workspace }
        // Read already, with the session.
        let known = worktree
        let made: WorktreeRecord
        do {
            let worktrees = try Worktrees(in: spool.paths.worktrees)
            var record: WorktreeRecord
            // One that was merged or discarded is not there any more; a retry begins with another.
            if let known, known.ending == nil {
                record = known
            } else {
                record = try await worktrees.plan(task: id.rawValue, branch: id.branchName, workspace: workspace)
                try await write(record)
            }
            CrashPoint.worktreeRecorded.reached()
            let planned = record
            record = try await worktrees.make(record)
            CrashPoint.worktreeMade.reached()
            if record != planned { try await write(record) }
            made = record
        } catch let stop as RunStop {
            throw stop
        } catch let error as WorktreeError where [.noRepository, .noGit, .taken].contains(error.code) {
            throw .unreadable("\(error)")
        } catch {
            throw .ended(.failed(AgentFailure(name: "Worktree", message: "\(error)", mayPass: false)))
        }
        worktree = made
        guard let path = RealPath.resolve(made.workingDirectory) else {
            throw .unreadable("\(made.workingDirectory) is not in the worktree of the task; retry it when it is")
        }
        return path
    }

    /// What is known of the task's worktree; nil for a task that has none.
    func worktreeRecord() async throws(RunStop) -> WorktreeRecord? {
        let (spool, path) = (spool, task.worktree)
        return try await persist { () throws(SpoolError) in try spool.readJSON(path) }
            .flatMap { WorktreeRecord(json: $0) }
    }

    private func write(_ record: WorktreeRecord) async throws(RunStop) {
        let (text, path) = (record.json.pretty, task.worktree)
        try await persist { () throws(SpoolError) in try DurableFile.write(text, to: path) }
    }

    /// Commits what the agent left in the worktree, so that the branch holds all of its work.
    ///
    /// - Returns: What `result.json` says of it; nil for a task without a worktree.
    func keepBranch(verdict: Verdict) async throws(RunStop) -> JSONObject? {
        if worktree == nil { worktree = try await worktreeRecord() }
        guard var record = worktree, record.gitDirectory != nil, record.ending == nil else { return nil }
        let (spool, id) = (spool, id)
        let name = try? await BlockingPool.run { () throws(SpoolError) in try spool.readSpec(id, in: .running)?.name }
        var shown: JSONObject = [
            "branch": .string(record.branch), "base": .string(record.base),
            "base_branch": JSONValue(record.baseBranch), "path": .string(record.path.string),
        ]
        do {
            let message = "\(name ?? id.rawValue)\n\nopenloom task \(id): \(verdict)"
            let head = try await Worktrees(in: spool.paths.worktrees).commitAll(record, message: message)
            record.head = head
            try await write(record)
            shown["head"] = .string(head)
        } catch let stop as RunStop {
            throw stop
        } catch {
            // Nothing is lost: the files lie where the agent left them.
            logger.warning("the worktree's files are not committed", metadata: ["error": "\(error)"])
            shown["problem"] = .string("\(error)")
        }
        worktree = record
        return shown
    }

    /// Removes the worktree of an ended task that changed nothing. One that can't be removed is only in the way.
    func removeUnchangedWorktree(of verdict: Verdict) async {
        guard verdict == .unchanged, var record = worktree else { return }
        do {
            guard try await Worktrees(in: spool.paths.worktrees).removeIfUnchanged(record) else { return }
            record.ending = .unchanged
            let (text, path) = (record.json.pretty, spool.paths.task(id, in: verdict.state).worktree)
            try await BlockingPool.run { () throws(SpoolError) in try DurableFile.write(text, to: path) }
        } catch {
            logger.warning("the worktree is not removed", metadata: ["error": "\(error)"])
        }
    }
}
