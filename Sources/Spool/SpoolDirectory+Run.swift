import Glibc
package import JSON
package import SystemPackage

/// What a daemon writes into the directory of a task that it runs.
///
/// All of these fail with ``SpoolError/Code/taskNotFound`` when somebody moved or deleted the directory: none of them
/// makes it.
extension SpoolDirectory {
    /// Whether the directory of a running task is still there.
    package func isRunning(_ id: TaskID) -> Bool { Syscalls.isDirectory(paths.task(id, in: .running).directory) }

    package func isHeld(_ id: TaskID, in state: TaskState) -> Bool { Syscalls.exists(paths.task(id, in: state).hold) }

    package func isCancelled(_ id: TaskID, in state: TaskState) -> Bool {
        Syscalls.exists(paths.task(id, in: state).cancel)
    }

    /// Whether a path of ours is there.
    package func exists(_ path: FilePath) -> Bool { Syscalls.exists(path) }

    /// Makes `evidence/` or `asks/` of a running task.
    package func makeDirectory(_ path: FilePath) throws(SpoolError) { try Syscalls.ensureDirectory(path) }

    /// Writes an empty file whose being there is its message. A power cut may undo it.
    package func mark(_ path: FilePath) throws(SpoolError) {
        close(try Syscalls.open(path, O_WRONLY | O_CREAT))
    }

    /// Removes a file of ours; one that is gone is fine.
    package func unmark(_ path: FilePath) throws(SpoolError) {
        do {
            try Syscalls.unlink(path)
        } catch  where error.code == .taskNotFound {
            return
        }
    }

    /// Removes a directory of ours with everything in it; one that is gone is fine.
    package func discard(_ directory: FilePath) throws(SpoolError) { try Syscalls.removeTree(directory) }

    /// Gives a task that was put back before it ended the baseline that its last attempt had: what the agent changed then
    /// is no part of what was there before. `baseline.json`, which says that there is one, comes last; a crash in between
    /// is gone on with by the next call.
    package func inheritBaseline(_ task: TaskPaths) throws(SpoolError) {
        let file = "baseline.json"
        let last = TaskPaths(directory: task.attempts.appending(String(try attemptCount(task))))
        let from = last.evidence
        guard !Syscalls.exists(last.verdict), Syscalls.exists(from.appending(file)),
            !Syscalls.exists(task.evidence.appending(file))
        else { return }
        let names = try Syscalls.names(in: from).filter { $0.hasPrefix("baseline.") && $0 != file }
        for name in names + [file] { try Syscalls.move(from.appending(name), task.evidence.appending(name)) }
    }

    /// The names in a directory of a task; none when it is not there.
    package func entries(of directory: FilePath) throws(SpoolError) -> [String] {
        do {
            return try Syscalls.names(in: directory).sorted()
        } catch  where error.code == .taskNotFound {
            return []
        }
    }

    /// Replaces a file that only shows what goes on.
    package func show(_ value: JSONValue, at path: FilePath) throws(SpoolError) {
        try DurableFile.writeVolatile(value.pretty, to: path)
    }

    /// Takes an unusable file out of the way, under a name that says so.
    package func setAside(_ path: FilePath, as name: String) throws(SpoolError) {
        try Syscalls.replace(path, path.removingLastComponent().appending(name))
    }
}
