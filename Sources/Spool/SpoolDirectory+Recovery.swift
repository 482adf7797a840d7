import Glibc
import JSON
package import SystemPackage

/// What start-up found and did, for the log.
package struct RecoveryReport: Sendable {
    /// Tasks whose ending was written but not yet moved.
    package var finished: [TaskID] = []
    /// Tasks whose return to `new/` was written but not yet moved.
    package var requeued: [TaskID] = []
    /// Tasks in `running/` whose turn must be looked at.
    package var adoptable: [TaskID] = []
    /// Directories under `tmp/` with a file that was taken from the inbox: they become tasks yet.
    package var intakes: [FilePath] = []
    /// Names under `rejected/` that were submissions cut off before they were accepted.
    package var setAside: [String] = []
    /// What could not be handled, with the reason.
    package var problems: [String] = []
}

extension SpoolDirectory {
    /// Start-up, which is the same after a clean stop, a crash and a power cut.
    ///
    /// Must be called while no other daemon works on the spool (``FileLock``). Does not touch what may be a submission
    /// of a process that lives, or a directory that somebody builds by hand.
    package func recover(now: Timestamp = .now()) throws(SpoolError) -> RecoveryReport {
        try ensureDirectories()
        var report = RecoveryReport()
        try recoverRunning(&report)
        try recoverTemporary(&report, now: now)
        return report
    }

    private func recoverRunning(_ report: inout RecoveryReport) throws(SpoolError) {
        for id in try list(.running) {
            do {
                switch try settleRunning(id) {
                case .finished: report.finished.append(id)
                case .requeued: report.requeued.append(id)
                case .adoptable: report.adoptable.append(id)
                }
            } catch {
                report.problems.append("\(id): \(error)")
            }
        }
    }

    /// What a directory found in `running/` turned out to be.
    package enum RunningLeftover: Sendable {
        case finished
        case requeued
        case adoptable
    }

    /// Makes the rename that was about to be made when a daemon died, if there was one.
    ///
    /// `verdict` is written last of an ending, so where it is, everything is. A claim removes `retry.json`, so one that
    /// is there is new.
    package func settleRunning(_ id: TaskID) throws(SpoolError) -> RunningLeftover {
        let task = paths.task(id, in: .running)
        if let verdict = try readVerdict(task) {
            try finishMove(id, from: .running, verdict: verdict)
            return .finished
        }
        if Syscalls.exists(task.retry) {
            try requeueMove(id)
            return .requeued
        }
        return .adoptable
    }

    /// How long a directory under `tmp/` that is not marked as ours is left alone: somebody may be building it.
    package static let strangeBuildAge = 24.0 * 3600

    private func recoverTemporary(_ report: inout RecoveryReport, now: Timestamp) throws(SpoolError) {
        for name in try Syscalls.names(in: paths.temporary) {
            let path = paths.temporary.appending(name)
            guard Syscalls.isDirectory(path) else { continue }
            do {
                try recoverTemporary(path, name: name, report: &report, now: now)
            } catch {
                // One that can't be handled must not keep the daemon from starting.
                report.problems.append("\(path): \(error)")
            }
        }
    }

    private func recoverTemporary(
        _ path: FilePath, name: String, report: inout RecoveryReport, now: Timestamp
    ) throws(SpoolError) {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if let pid = parts.first.flatMap({ Int32($0) }), parts.count == 2, pid > 0 {
            // Our own process id in a name is that of a predecessor: this process has built nothing yet.
            if pid != getpid(), kill(pid, 0) == 0 || errno == EPERM, isProgram(pid) { return }
            try recoverBuild(path, name: String(parts[1]), report: &report)
        } else if let status = try Syscalls.status(path),
            Timestamp(status.st_mtim) < now.adding(seconds: -Self.strangeBuildAge)
        {
            try setAside(path, name: name, report: &report)
        }
    }

    /// Whether a process runs the same program as we do: a process id is soon another process's.
    private func isProgram(_ pid: Int32) -> Bool {
        func name(_ process: String) -> [UInt8]? {
            (try? Syscalls.read(FilePath("/proc/\(process)/comm"), limit: 1024)).flatMap { $0 }
        }
        guard let theirs = name(String(pid)), let ours = name("self") else { return true }
        return theirs == ours
    }

    private func recoverBuild(_ path: FilePath, name: String, report: inout RecoveryReport) throws(SpoolError) {
        let task = TaskPaths(directory: path)
        if name.hasPrefix(Self.trashMark) || name.hasPrefix(String(Self.trashMark.dropFirst())) {
            // Somebody deleted it, and was told so or would do it again.
            try Syscalls.removeTree(path)
        } else if Syscalls.exists(task.remote) {
            // The connector's storage has the file, and it will be taken from there again.
            try Syscalls.removeTree(path)
        } else if Syscalls.exists(task.migrated) {
            // The other program has it still, and it will be carried over again.
            try Syscalls.removeTree(path)
        } else if Syscalls.exists(task.intake) {
            if try hasTakenFile(path) {
                report.intakes.append(path)
            } else {
                // The dropped file had not been taken yet: it lies where it was dropped.
                try Syscalls.removeTree(path)
            }
        } else if try !removeUnbegun(path) {
            try setAside(path, name: name, report: &report)
        }
    }

    /// Removes a build that was cut off before anything of anybody's was in it; false if something is.
    private func removeUnbegun(_ path: FilePath) throws(SpoolError) -> Bool {
        let names = try Syscalls.names(in: path)
        guard names.allSatisfy({ $0.hasPrefix(".intake.json.") }) else { return false }
        for name in names { try Syscalls.unlink(path.appending(name)) }
        do {
            try Syscalls.removeDirectory(path)
            return true
        } catch  where error.errno == .directoryNotEmpty {
            return false
        }
    }

    /// Whether a dropped file is here, or lies aside where it was dropped, still to be copied.
    private func hasTakenFile(_ intake: FilePath) throws(SpoolError) -> Bool {
        if try Syscalls.names(in: intake).contains(where: { $0.hasPrefix("source.") }) { return true }
        guard let note = try readJSON(TaskPaths(directory: intake).intake) else { return false }
        return note["aside"]?.string.map { Syscalls.exists(FilePath($0)) } ?? false
    }

    /// Moves a build that was cut off to `rejected/`, with the reason beside it: it was never accepted, and whoever
    /// submitted it got no answer and may have tried again.
    private func setAside(_ path: FilePath, name: String, report: inout RecoveryReport) throws(SpoolError) {
        let kept = try reject(
            path, name: name,
            reason: "This submission was cut off before it was accepted, so no task was made of it.\n"
                + "If it was not submitted again, do that now: move this directory to new/\n"
        )
        report.setAside.append(kept)
    }

    /// The single `source.EXT` in a directory; nil when there is none, or more than one.
    package func sourceFile(in directory: FilePath) throws(SpoolError) -> FilePath? {
        let sources = try Syscalls.names(in: directory).filter { $0.hasPrefix("source.") }
        return sources.count == 1 ? directory.appending(sources[0]) : nil
    }
}
