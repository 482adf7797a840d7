import Glibc
import JSON
import SystemPackage

extension SpoolDirectory {
    /// Moves a task from `new/` to `running/`, so that only this daemon works on it.
    ///
    /// What an earlier attempt left behind is set aside first, and the note that put the task back is removed: in
    /// `running/` it would say that the task is on its way back. The task is ours at the instant the rename returns.
    /// After a crash it lies whole in exactly one of the two directories: in `new/` it is claimed again, in `running/`
    /// it is adopted.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound`` if somebody else was first; try the next task.
    package func claim(_ id: TaskID, owner: NodeIdentity) throws(SpoolError) -> TaskPaths {
        let waiting = paths.task(id, in: .new)
        let claimed = paths.task(id, in: .running)
        try setAsideAttempt(waiting)
        try unmark(waiting.retry)
        CrashPoint.attemptSetAside.reached()
        try Syscalls.move(waiting.directory, claimed.directory)
        CrashPoint.claimMoved.reached()
        try DurableFile.writeVolatile(owner.json.pretty, to: claimed.owner)
        try TaskLog.append("claimed", ["node": .string(owner.node), "pid": .int(owner.pid)], to: claimed)
        return claimed
    }

    /// Makes a claim survive a power cut. Must be done before anything is asked of the agent: else the task could be
    /// found in `new/` again and its prompt be sent twice.
    package func syncClaim() throws(SpoolError) {
        try SharedSync.directories(paths.directory(of: .running))
        try SharedSync.directories(paths.directory(of: .new))
    }

    /// Moves the files of an earlier attempt into `attempts/N/`.
    ///
    /// They are gathered in `attempts/.next`, which becomes `N` with its rename: a crash in between is continued by the
    /// next call. Without this, the verdict of the last attempt would be taken for that of the next.
    func setAsideAttempt(_ task: TaskPaths) throws(SpoolError) {
        let leftovers = [
            task.session, task.turn, task.turnSending, task.turnSent, task.evidence, task.asks, task.activity,
            task.transcript, task.result, task.report, task.reason, task.verdict, task.archived,
            task.limited,
        ].filter(Syscalls.exists)
        let gathering = task.attempts.appending(".next")
        if leftovers.isEmpty && !Syscalls.exists(gathering) { return }
        try Syscalls.ensureDirectory(task.attempts)
        try Syscalls.ensureDirectory(gathering)
        for path in leftovers {
            guard let name = path.lastComponent else { continue }
            do {
                try Syscalls.move(path, gathering.appending(name))
            } catch  where error.code == .taskNotFound && Syscalls.isDirectory(task.directory) {
                // Another claimer gathers too; one of us will win the rename of the task.
                continue
            }
        }
        let number = try attemptCount(task) + 1
        do {
            try Syscalls.move(gathering, task.attempts.appending(String(number)))
        } catch  where error.code == .taskExists {
            // Another claimer was ahead of us, and is about to win.
            throw SpoolError(.taskNotFound, "claim", task.directory, errno: error.errno)
        }
        try Syscalls.syncDirectory(task.attempts)
        try Syscalls.syncDirectory(task.directory)
    }

    /// How many of the attempts that lie aside had come as far as their prompt, and to more than a provider's limit: what a
    /// server that was away cut off before is no attempt at the work.
    package func sentAttempts(_ task: TaskPaths) throws(SpoolError) -> Int {
        guard Syscalls.isDirectory(task.attempts) else { return 0 }
        return try Syscalls.names(in: task.attempts).count { name in
            let attempt = TaskPaths(directory: task.attempts.appending(name))
            return Int(name) != nil && Syscalls.exists(attempt.turnSent) && !Syscalls.exists(attempt.limited)
        }
    }

    /// How many attempts lie aside.
    package func attemptCount(_ task: TaskPaths) throws(SpoolError) -> Int {
        guard Syscalls.isDirectory(task.attempts) else { return 0 }
        return try Syscalls.names(in: task.attempts).compactMap { Int(UInt32($0) ?? 0) }.max() ?? 0
    }
}
