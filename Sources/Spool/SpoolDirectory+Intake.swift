import Glibc
import JSON
package import SystemPackage

/// A dropped file that has been taken and is not a task yet: a directory under `tmp/`.
package struct Intake: Sendable {
    package var id: TaskID
    package var directory: FilePath
    /// The name under which the file was dropped.
    package var fileName: String
    /// The inbox's subfolder it lay in, if any.
    package var project: String?
}

/// From a dropped file to a task. The file is somewhere whole at every instant: in the inbox, in `tmp/`, in `new/` or in
/// `rejected/`.
extension SpoolDirectory {
    /// Takes a file out of an inbox, so that nobody takes it twice.
    ///
    /// `intake.json` is synced first and names the file; the file is taken at the instant of the rename. A crash before
    /// it leaves the file where it was dropped; a crash after it leaves a directory that start-up goes on with.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound`` if the file is gone: somebody else took it, or its owner thought better.
    package func take(_ file: FilePath, as format: String, project: String?) throws(SpoolError) -> Intake {
        guard let name = file.lastComponent?.string else {
            throw SpoolError(.taskNotFound, "take", file, errno: .noSuchFileOrDirectory)
        }
        let (id, building) = try beginBuilding(name: file.stem ?? name)
        let task = TaskPaths(directory: building)
        // On another filesystem the file can only be copied: then it is taken by giving it a name that is left alone,
        // in the place where it lies.
        let aside = file.removingLastComponent().appending(".openloom-\(id)")
        let note: JSONValue = [
            "file": .string(name), "project": JSONValue(project), "format": .string(format),
            "aside": .string(aside.string), "time": .string(Timestamp.now().iso8601),
        ]
        try DurableFile.writeContent(note.pretty, to: task.intake)
        CrashPoint.intakePrepared.reached()
        let source = building.appending("source.\(format)")
        do {
            do {
                try Syscalls.move(file, source)
            } catch  where error.errno == .improperLink {
                try Syscalls.move(file, aside)
                try copyAside(aside, to: source)
            }
        } catch {
            // Only when it holds nothing of the user's; else start-up goes on with it.
            if !Syscalls.exists(source), !Syscalls.exists(aside) { try Syscalls.removeTree(building) }
            throw error
        }
        // Not synced here: until the task is accepted, which syncs it, a power cut leaves the file in one place or the other.
        CrashPoint.intakeClaimed.reached()
        return Intake(id: id, directory: building, fileName: name, project: project)
    }

    /// Copies a file that was taken on another filesystem; the original goes only when the copy is on disk.
    private func copyAside(_ aside: FilePath, to source: FilePath) throws(SpoolError) {
        try DurableFile.copy(aside, to: source)
        try Syscalls.unlink(aside)
    }

    /// Goes on with an intake that a crash cut off; nil when no file had been taken, and then nothing is left of it.
    package func resumeIntake(_ directory: FilePath) throws(SpoolError) -> Intake? {
        let task = TaskPaths(directory: directory)
        guard let name = directory.lastComponent?.string, let dot = name.firstIndex(of: "."),
            let id = TaskID(name[name.index(after: dot)...]), let note = try readJSON(task.intake),
            let fileName = note["file"]?.string, let format = note["format"]?.string
        else {
            throw SpoolError(.damaged, "resume", task.intake, advice: "its fields are missing")
        }
        let source = directory.appending("source.\(format)")
        if let aside = note["aside"]?.string.map({ FilePath($0) }), Syscalls.exists(aside) {
            try copyAside(aside, to: source)
        }
        guard Syscalls.exists(source) else {
            try Syscalls.removeTree(directory)
            return nil
        }
        return Intake(id: id, directory: directory, fileName: fileName, project: note["project"]?.string)
    }

    /// The bytes of a taken file.
    ///
    /// - Throws: ``SpoolError/Code/damaged`` when it is larger than `limit` or no regular file.
    package func readSource(of intake: Intake, limit: Int) throws(SpoolError) -> [UInt8] {
        guard let source = try sourceFile(in: intake.directory), let bytes = try Syscalls.read(source, limit: limit)
        else {
            throw SpoolError(.taskNotFound, "read", intake.directory, errno: .noSuchFileOrDirectory)
        }
        return bytes
    }

    /// Makes a task of a taken file. Accepted at the instant of the rename into `new/`; a crash before it is gone on
    /// with by ``resumeIntake(_:)``.
    package func complete(_ intake: Intake, spec: TaskSpec) throws(SpoolError) -> TaskID {
        // Named for the file until now; what the task is called is known only here.
        let id = intake.id.renamed(spec.name)
        guard let key = spec.key else { return try complete(intake, spec: spec, as: id) }
        let lock = try keyLock()
        defer { lock.release() }
        let suffix = SubmissionKey.suffix(key)
        if let present = try find(key: key, suffix: suffix) {
            // That task is the answer, and the drop has done its work.
            try Syscalls.removeTree(intake.directory)
            return present
        }
        return try complete(intake, spec: spec, as: id.appending(suffix: suffix))
    }

    private func complete(_ intake: Intake, spec: TaskSpec, as id: TaskID) throws(SpoolError) -> TaskID {
        // Whoever dropped it need not have synced it, and from here on it is ours to keep.
        try completeBuilding(TaskPaths(directory: intake.directory), spec: spec)
        CrashPoint.intakeWritten.reached()
        try accept(intake.directory, as: id)
        CrashPoint.submitMoved.reached()
        return id
    }

    /// Puts a taken file into `rejected/` under its own name, with the reason beside it.
    ///
    /// - Returns: The name under `rejected/`.
    package func reject(_ intake: Intake, reason: String) throws(SpoolError) -> String {
        guard let source = try sourceFile(in: intake.directory) else {
            throw SpoolError(.taskNotFound, "reject", intake.directory, errno: .noSuchFileOrDirectory)
        }
        let name = try reject(source, name: intake.fileName, reason: reason)
        try Syscalls.removeTree(intake.directory)
        return name
    }

    /// Writes `task.json` for a directory that somebody moved into `new/` with nothing but a source in it.
    package func adopt(_ id: TaskID, spec: TaskSpec) throws(SpoolError) {
        let task = paths.task(id, in: .new)
        try DurableFile.write(spec.json.pretty, to: task.spec)
        try TaskLog.append("accepted", ["name": .string(spec.name), "origin": "shell"], to: task)
    }
}
