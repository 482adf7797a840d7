import Glibc
package import JSON
package import SystemPackage

/// A task that is about to be accepted.
package struct Submission: Sendable {
    package var spec: TaskSpec
    /// What was posted or dropped, byte for byte, and the extension that says how to read it.
    package var source: (bytes: [UInt8], fileExtension: String)
    /// Which file of a connector's storage it is, if it is one.
    package var remote: RemoteNote?

    package init(spec: TaskSpec, source: [UInt8], fileExtension: String, remote: RemoteNote? = nil) {
        self.spec = spec
        self.remote = remote
        self.source = (source, fileExtension)
    }
}

extension SpoolDirectory {
    /// Accepts a task: from the return on it survives a power cut, and a daemon will work on it.
    ///
    /// Built under `tmp/`, synced, renamed into `new/`. The task exists at the instant of that rename; a crash before
    /// leaves a directory in `tmp/` that start-up sets aside, a crash after it a task whose submitter was not told.
    /// With a `key` that a task has already, that task is the answer and nothing is made.
    ///
    /// - Throws: ``SpoolError/Code/closed`` while the spool accepts nothing.
    package func submit(_ submission: Submission) throws(SpoolError) -> TaskID {
        if isClosed { throw closedError }
        guard let key = submission.spec.key else { return try submitUnconditionally(submission, suffix: nil) }
        let lock = try keyLock()
        defer { lock.release() }
        let suffix = SubmissionKey.suffix(key)
        if let id = try find(key: key, suffix: suffix) { return id }
        return try submitUnconditionally(submission, suffix: suffix)
    }

    /// Two submissions with one key must not both find nothing, in this process or in another.
    func keyLock() throws(SpoolError) -> FileLock {
        try FileLock(paths.temporary.appending(".key-lock"), wait: true)
    }

    package var closedError: SpoolError {
        SpoolError(.closed, "submit", paths.closed, advice: "remove \(paths.closed) to accept tasks again")
    }

    private func submitUnconditionally(_ submission: Submission, suffix: String?) throws(SpoolError) -> TaskID {
        let (id, building) = try beginBuilding(name: submission.spec.name, suffix: suffix)
        let task = TaskPaths(directory: building)
        try completeBuilding(task, spec: submission.spec, source: submission.source, remote: submission.remote)
        CrashPoint.submitWritten.reached()
        try accept(building, as: id)
        CrashPoint.submitMoved.reached()
        return id
    }

    /// Makes an empty directory under `tmp/` for a task of that name.
    ///
    /// Its name there begins with our process id, so that start-up can tell a submission that was cut off from one
    /// that is going on.
    package func beginBuilding(name: String, suffix: String? = nil) throws(SpoolError) -> (TaskID, FilePath) {
        while true {
            let id = TaskID.make(name: name).appending(suffix: suffix)
            let building = paths.temporary.appending("\(getpid()).\(id)")
            do {
                try Syscalls.makeDirectory(building)
                return (id, building)
            } catch  where error.errno == .fileExists {
                continue
            }
        }
    }

    /// Writes `task.json` and the first line of the log into a directory that nobody reads yet. When this returns, what
    /// is in it survives a power cut.
    ///
    /// - Parameter source: The source to write; nil if it lies there, by whomever it was written.
    package func completeBuilding(
        _ task: TaskPaths, spec: TaskSpec, source: (bytes: [UInt8], fileExtension: String)? = nil,
        remote: RemoteNote? = nil, migrated: JSONValue? = nil
    ) throws(SpoolError) {
        var group = SyncGroup()
        // First of all: what a crash leaves without it is somebody's only copy.
        if let remote { try group.write(remote.json.pretty.utf8, to: task.remote) }
        if let migrated { try group.write(migrated.pretty.utf8, to: task.migrated) }
        if let source {
            try group.write(source.bytes, to: task.directory.appending("source.\(source.fileExtension)"))
        } else if let path = try sourceFile(in: task.directory) {
            try group.add(path)
        }
        try group.write(spec.json.pretty.utf8, to: task.spec)
        var accepted: JSONObject = ["name": .string(spec.name), "origin": .string(spec.origin.kind.rawValue)]
        if !spec.verify.isEmpty { accepted["verify_sha256"] = .string(VerifyCheck.digest(spec.verify)) }
        try group.write(TaskLog.first("accepted", accepted).utf8, to: task.log)
        try group.sync()
        try Syscalls.syncDirectory(task.directory)
    }

    /// Moves a complete directory into `new/`, or another state that it is complete for. The task is durable at the
    /// instant of the rename.
    package func accept(_ building: FilePath, as id: TaskID, in state: TaskState = .new) throws(SpoolError) {
        try Syscalls.move(building, paths.task(id, in: state).directory)
        try SharedSync.directories(paths.directory(of: state))
        try SharedSync.directories(building.removingLastComponent())
    }

    /// The task that was submitted with a key. Ask under ``keyLock()``.
    func find(key: String, suffix: String) throws(SpoolError) -> TaskID? {
        // The last two once more: a task that is put back while we look goes from where we have not looked yet to
        // where we have.
        let order: [TaskState] = [.new, .running, .done, .failed, .new, .running]
        for state in order {
            for id in try list(state) where id.rawValue.hasSuffix(suffix) {
                if try readSpec(id, in: state)?.key == key { return id }
            }
        }
        return nil
    }
}

/// How an idempotency key shows in a task's name, so that finding it takes a listing instead of reading every task.
package enum SubmissionKey {
    static let suffixLength = 14

    /// `-k` and twelve hexadecimal digits of FNV-1a over the key. Equal suffixes are compared by the key itself.
    package static func suffix(_ key: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(hash & 0xFFFF_FFFF_FFFF, radix: 16)
        return "-k" + String(repeating: "0", count: 12 - digits.count) + digits
    }
}

extension TaskID {
    func appending(suffix: String?) -> TaskID {
        guard let suffix, let id = TaskID(rawValue + suffix) else { return self }
        return id
    }
}
