import Glibc
import JSON
import SystemPackage

/// What people do to tasks. Each is what a shell could do to the tree, and does not need a daemon.
extension SpoolDirectory {
    /// `touch STATE/ID/hold`: the task is not started, or not started again, while that file is there.
    package func hold(_ id: TaskID) throws(SpoolError) {
        try act(on: id, in: [.new, .running], "hold") { task, _ throws(SpoolError) in
            try touch(task.hold, in: task, event: "held")
        }
    }

    /// `rm STATE/ID/hold`.
    package func release(_ id: TaskID) throws(SpoolError) {
        try act(on: id, in: [.new, .running], "release") { task, _ throws(SpoolError) in
            try untouch(task.hold, in: task, event: "released")
        }
    }

    /// `touch STATE/ID/cancel`: a daemon aborts the session and ends the task as `cancelled`.
    package func cancel(_ id: TaskID) throws(SpoolError) {
        try act(on: id, in: [.new, .running], "cancel") { task, _ throws(SpoolError) in
            try touch(task.cancel, in: task, event: "cancel requested")
        }
    }

    /// `touch done/ID/archived`: lists leave the task out.
    package func archive(_ id: TaskID) throws(SpoolError) {
        try act(on: id, in: [.done, .failed], "archive") { task, _ throws(SpoolError) in
            try touch(task.archived, in: task, event: "archived")
        }
    }

    /// `rm done/ID/archived`: lists show the task again.
    package func unarchive(_ id: TaskID) throws(SpoolError) {
        try act(on: id, in: [.done, .failed], "unarchive") { task, _ throws(SpoolError) in
            try untouch(task.archived, in: task, event: "unarchived")
        }
    }

    /// `mv failed/ID new/`: the task is worked on once more, from the start. It waits again at the instant of the
    /// rename; the files of the ended attempt are set aside when it is claimed.
    package func retry(_ id: TaskID) throws(SpoolError) {
        try act(on: id, in: [.failed, .done], "retry") { task, state throws(SpoolError) in
            try TaskLog.append("retry requested", ["from": .string(state.rawValue)], to: task)
            try Syscalls.move(task.directory, paths.task(id, in: .new).directory)
            try SharedSync.directories(paths.directory(of: .new))
            try SharedSync.directories(paths.directory(of: state))
        }
    }

    /// `mv running/ID done/`: the task has ended, well, because a person says so. It has at the instant of the rename; a
    /// daemon that sees it aborts the session and writes the ending down, as after a move by hand. One that ended well
    /// before stays as it is.
    package func complete(_ id: TaskID) throws(SpoolError) {
        try act(on: id, in: [.new, .running, .done], "complete") { task, state throws(SpoolError) in
            if state == .done { return }
            try TaskLog.append("completion requested", ["from": .string(state.rawValue)], to: task)
            try Syscalls.move(task.directory, paths.task(id, in: .done).directory)
            try SharedSync.directories(paths.directory(of: .done))
            try SharedSync.directories(paths.directory(of: state))
        }
    }

    /// `rm -r STATE/ID`. The task is gone at the instant of a rename into `tmp/`, so that nobody sees half of it; a
    /// crash afterwards leaves a directory there that start-up removes. One that runs loses its session too.
    package func remove(_ id: TaskID) throws(SpoolError) { try remove(id, in: Set(TaskState.allCases)) }

    private func remove(_ id: TaskID, in states: Set<TaskState>) throws(SpoolError) {
        let trash = paths.temporary.appending("\(getpid()).\(Self.trashMark)\(id)")
        try act(on: id, in: states, "remove") { task, state throws(SpoolError) in
            try Syscalls.removeTree(trash)
            try Syscalls.move(task.directory, trash)
            CrashPoint.removeMoved.reached()
            try SharedSync.directories(paths.directory(of: state))
            try Syscalls.removeTree(trash)
        }
    }

    /// Deletes a task that has ended and is not archived, as ``remove(_:)`` does.
    ///
    /// - Returns: False if it is another thing by now: archived, tried again, or gone.
    package func removeEnded(_ id: TaskID) throws(SpoolError) -> Bool {
        do {
            let (task, _) = try locate(id, in: [.done, .failed], operation: "remove")
            if Syscalls.exists(task.archived) { return false }
            try remove(id, in: [.done, .failed])
            return true
        } catch  where error.code == .taskNotFound || error.code == .wrongState {
            return false
        }
    }

    /// In a name under `tmp/`: what was deleted and is on its way out. No task's name begins with a dot.
    static let trashMark = ".trash."

    /// `echo ANSWER > running/ID/asks/ASK.answer`, in one piece.
    package func answer(_ id: TaskID, ask: String, with answer: String) throws(SpoolError) {
        let (task, _) = try locate(id, in: [.running], operation: "answer")
        guard let name = TaskID(ask), Syscalls.exists(task.asks.appending("\(name).json")) else {
            throw SpoolError(
                .taskNotFound, "answer", task.asks.appending(ask),
                advice: "the task has no open question of that name; `openloom show \(id)` lists them"
            )
        }
        try DurableFile.write(answer + "\n", to: task.asks.appending("\(name).answer"))
    }

    /// The request is made at the instant the file is there. A daemon may act on it at once and move the task away, so
    /// nothing after that instant may need the task to be where it was: it is logged before, and synced through a
    /// descriptor that stays the directory's wherever that goes.
    private func touch(_ path: FilePath, in task: TaskPaths, event: String) throws(SpoolError) {
        if Syscalls.exists(path) { return }
        let directory = try Syscalls.open(task.directory, O_RDONLY | O_DIRECTORY)
        defer { close(directory) }
        try TaskLog.append(event, to: task)
        close(try Syscalls.open(path, O_WRONLY | O_CREAT))
        try Syscalls.sync(directory, path: task.directory)
    }

    /// The opposite of ``touch(_:in:event:)``, with the same care.
    private func untouch(_ path: FilePath, in task: TaskPaths, event: String) throws(SpoolError) {
        guard Syscalls.exists(path) else { return }
        let directory = try Syscalls.open(task.directory, O_RDONLY | O_DIRECTORY)
        defer { close(directory) }
        try TaskLog.append(event, to: task)
        try Syscalls.unlink(path)
        try Syscalls.sync(directory, path: task.directory)
    }

    /// Does something to a task where it lies, in one of `states`. A daemon that moves the task between the look and the
    /// deed is not the caller's failure: it is looked for again, and what is done must bear to be begun twice.
    private func act(
        on id: TaskID, in states: Set<TaskState>, _ operation: String,
        _ deed: (TaskPaths, TaskState) throws(SpoolError) -> Void
    ) throws(SpoolError) {
        // As many moves as there can be between two looks: new → running → done.
        for _ in 0..<2 {
            let (task, state) = try locate(id, in: states, operation: operation)
            do {
                return try deed(task, state)
            } catch  where error.code == .taskNotFound {
                continue
            }
        }
        let (task, state) = try locate(id, in: states, operation: operation)
        try deed(task, state)
    }

    /// Where the task is now. Looks again when it moved between two looks.
    package func locate(
        _ id: TaskID, in states: Set<TaskState> = Set(TaskState.allCases), operation: String = "find"
    ) throws(SpoolError) -> (TaskPaths, TaskState) {
        // Tasks move new → running → done; three rounds see any that is not moved all the time.
        for _ in 0..<3 {
            for state in TaskState.allCases where Syscalls.isDirectory(paths.task(id, in: state).directory) {
                guard states.contains(state) else {
                    let fitting = states.map(\.rawValue).sorted().joined(separator: " or ")
                    throw SpoolError(
                        .wrongState, operation, paths.task(id, in: state).directory,
                        advice: "it is in \(state.rawValue)/, and would have to be in \(fitting)/"
                    )
                }
                return (paths.task(id, in: state), state)
            }
        }
        throw SpoolError(.taskNotFound, operation, paths.root.appending(id.rawValue), errno: .noSuchFileOrDirectory)
    }
}
