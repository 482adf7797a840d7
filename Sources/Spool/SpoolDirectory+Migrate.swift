import Glibc
import JSON
import SystemPackage

/// Tasks that come from another program.
extension SpoolDirectory {
    /// Whether a task was carried over, be it still here or not.
    package func wasMigrated(_ id: TaskID) -> Bool {
        if Syscalls.exists(paths.migratedMark(id)) { return true }
        guard let (task, _) = try? locate(id) else { return false }
        return Syscalls.exists(task.migrated)
    }

    /// Carries a task over: built under `tmp/`, synced, renamed into the directory of its state.
    ///
    /// The task is here at the instant of that rename, with everything that a daemon needs to go on with it. A crash
    /// before leaves a directory in `tmp/` that start-up removes, as the other program still has the task; a crash after
    /// it, a task without its mark in `migrated/`, which the next call writes. The mark keeps a task that is deleted
    /// later from coming back. Must be called while no daemon works on the spool.
    ///
    /// - Returns: False if it was carried over before; then nothing has happened.
    /// - Throws: ``SpoolError/Code/taskExists`` if a task of that name is here that came from elsewhere.
    package func migrate(_ migrated: MigratedTask, by node: NodeIdentity) throws(SpoolError) -> Bool {
        if isClosed { throw closedError }
        let id = migrated.id
        if wasMigrated(id) {
            try markMigrated(id)
            return false
        }
        if let (task, _) = try? locate(id) { throw SpoolError(.taskExists, "migrate", task.directory) }
        let building = paths.temporary.appending("\(getpid()).\(id)")
        try Syscalls.removeTree(building)
        try Syscalls.makeDirectory(building)
        let task = TaskPaths(directory: building)
        try completeBuilding(task, spec: migrated.spec, migrated: .object(migrated.note))
        switch migrated.place {
        case .new(let isHeld): if isHeld { try mark(task.hold) }
        case .running(let turn, let isHeld): try write(turn, isHeld: isHeld, to: task, node)
        case .ended(let ending, let session, let isArchived):
            if let session { try DurableFile.write(session + "\n", to: task.session) }
            try recordEnding(id, in: task, ending)
            if isArchived { try mark(task.archived) }
            // Who ended it there has told of it there; what is here says when.
            try setTime(migrated.updated, of: task.verdict)
        }
        try setTime(migrated.updated, of: task.directory)
        try Syscalls.syncDirectory(task.directory)
        CrashPoint.migrateWritten.reached()
        let state = migrated.place.state
        try accept(building, as: id, in: state)
        CrashPoint.migrateMoved.reached()
        try markMigrated(id)
        return true
    }

    /// Whether a task had ended before it came here: then who has it from has told of that.
    func endedElsewhere(_ id: TaskID, in state: TaskState) throws(SpoolError) -> Bool {
        let task = paths.task(id, in: state)
        guard let came = try Syscalls.status(task.migrated), let verdict = try Syscalls.status(task.verdict) else {
            return false
        }
        return Timestamp(verdict.st_mtim) <= Timestamp(came.st_mtim)
    }

    /// Writes down that another program has sent the task's prompt, with both marks of one that was taken: whoever looks
    /// for it and does not find it asks nothing again. It is so at the instant that `turn.json` is there, the last of all.
    package func record(_ turn: MigratedTurn, in task: TaskPaths, by node: NodeIdentity) throws(SpoolError) {
        try DurableFile.write(
            [
                ("session", Array("\(turn.session)\n".utf8)), ("turn.sending", []), ("turn.sent", []),
                ("turn.json", Array(turn.json(node).pretty.utf8)),
            ], in: task.directory)
    }

    private func write(
        _ turn: MigratedTurn, isHeld: Bool, to task: TaskPaths, _ node: NodeIdentity
    ) throws(SpoolError) {
        try DurableFile.write(node.json.pretty, to: task.owner)
        try record(turn, in: task, by: node)
        if isHeld { try mark(task.hold) }
        try setTime(turn.started, of: task.owner)
    }

    private func markMigrated(_ id: TaskID) throws(SpoolError) {
        let path = paths.migratedMark(id)
        if Syscalls.exists(path) { return }
        try Syscalls.ensureDirectory(paths.migrated)
        try mark(path)
        try SharedSync.directories(paths.migrated)
    }

    private func setTime(_ time: Timestamp, of path: FilePath) throws(SpoolError) {
        let seconds = (Double(time.milliseconds) / 1000).rounded(.down)
        let moment = timespec(
            tv_sec: Int(seconds), tv_nsec: (time.milliseconds - Int(seconds) * 1000) * 1_000_000)
        let times = [moment, moment]
        try Syscalls.call("utimensat", path) {
            path.withPlatformString { utimensat(AT_FDCWD, $0, times, AT_SYMLINK_NOFOLLOW) }
        }
    }
}
