package import JSON
import Report
import SystemPackage

/// How a task ended: what is written beside its last rename.
package struct TaskEnding: Sendable {
    package var verdict: Verdict
    /// One sentence for a person; empty for an ending that needs none.
    package var reason: String
    /// Claim beside fact.
    package var result: JSONObject
    /// The whole conversation, if it could be had.
    package var transcript: JSONValue?
    /// When that was; nil means now.
    package var ended: Timestamp?

    package init(
        verdict: Verdict, reason: String, result: JSONObject = [:], transcript: JSONValue? = nil,
        ended: Timestamp? = nil
    ) {
        self.ended = ended
        self.verdict = verdict
        self.reason = reason
        self.result = result
        self.transcript = transcript
    }
}

extension SpoolDirectory {
    /// Ends a task: its files are written and synced, then its directory is moved to `done/` or `failed/`.
    ///
    /// The task has ended at the instant of the rename, and from then on everything about the ending can be read. A
    /// crash before leaves it in `running/`: with a `verdict`, start-up makes the rename; without one, the turn is
    /// looked at again and comes to the same ending.
    ///
    /// - Parameter state: Where the task is: `running`, or `new` for one that ends without having been started.
    package func finish(
        _ id: TaskID, from state: TaskState, as ending: TaskEnding
    ) throws(SpoolError) {
        try recordEnding(id, in: state, ending)
        CrashPoint.finishWritten.reached()
        try finishMove(id, from: state, verdict: ending.verdict)
        CrashPoint.finishMoved.reached()
    }

    /// Writes the files of an ending, `verdict` last. The evidence that they are about is on disk before them.
    package func recordEnding(_ id: TaskID, in state: TaskState, _ ending: TaskEnding) throws(SpoolError) {
        let started = state == .running ? try lastClaim(of: id, in: state) : nil
        try recordEnding(id, in: paths.task(id, in: state), ending, started: started)
    }

    /// - Parameter task: Where the task is, or is being built.
    func recordEnding(
        _ id: TaskID, in task: TaskPaths, _ ending: TaskEnding, started: Timestamp? = nil
    ) throws(SpoolError) {
        var result = ending.result
        result["id"] = .string(id.rawValue)
        result["verdict"] = .string(ending.verdict.rawValue)
        result["reason"] = .string(ending.reason)
        let ended = ending.ended ?? .now()
        result["ended"] = .string(ended.iso8601)
        if let started {
            result["started"] = .string(started.iso8601)
            result["duration_s"] = .double(Double(max(0, ended.milliseconds - started.milliseconds)) / 1000)
        }
        // What is not readable as a task has no name of its own.
        let report = TaskReport(spec: try? readJSON(task.spec), result: .object(result))
        var files: [(name: String, bytes: [UInt8])] = []
        if let transcript = ending.transcript {
            files.append(("transcript.json", Array(transcript.pretty.utf8)))
        }
        files.append(("result.json", Array(JSONValue.object(result).pretty.utf8)))
        files.append(("result.md", Array(report.markdown.utf8)))
        if !ending.reason.isEmpty { files.append(("reason", Array("\(ending.reason)\n".utf8))) }
        files.append(("verdict", Array("\(ending.verdict.rawValue)\n".utf8)))
        try TaskLog.append(
            "ended", ["verdict": .string(ending.verdict.rawValue), "reason": .string(ending.reason)], to: task
        )
        try DurableFile.write(files, in: task.directory, after: task.evidence)
    }

    /// The rename of ``finish(_:from:as:)``, also made by start-up for a task that has its `verdict` already.
    package func finishMove(_ id: TaskID, from state: TaskState, verdict: Verdict) throws(SpoolError) {
        let ended = paths.task(id, in: verdict.state)
        try Syscalls.move(paths.task(id, in: state).directory, ended.directory)
        // Consumed: left in place it would cancel the task again after a retry. Not before the rename: a crash in
        // between would leave a task in new/ that nobody knows to be cancelled.
        try? Syscalls.unlink(ended.cancel)
        try SharedSync.directories(paths.directory(of: verdict.state))
        try SharedSync.directories(paths.directory(of: state))
    }

    /// Puts a running task back to `new/`, not to be started before `notBefore`.
    ///
    /// It waits again at the instant of the rename. `retry.json` is written first, so a crash in between is completed by
    /// start-up instead of being taken for a running attempt.
    package func requeue(_ id: TaskID, notBefore: Timestamp, reason: String) throws(SpoolError) {
        let task = paths.task(id, in: .running)
        let attempt = try attemptCount(task) + 1
        let retry: JSONValue = [
            "after_attempt": .int(attempt),
            "not_before": .string(notBefore.iso8601),
            "reason": .string(reason),
        ]
        try TaskLog.append(
            "requeued", ["reason": .string(reason), "not_before": .string(notBefore.iso8601)], to: task
        )
        try DurableFile.write(retry.pretty, to: task.retry)
        CrashPoint.requeueWritten.reached()
        try requeueMove(id)
        CrashPoint.requeueMoved.reached()
    }

    /// The rename of ``requeue(_:notBefore:reason:)``.
    func requeueMove(_ id: TaskID) throws(SpoolError) {
        try Syscalls.move(paths.task(id, in: .running).directory, paths.task(id, in: .new).directory)
        try SharedSync.directories(paths.directory(of: .new))
        try SharedSync.directories(paths.directory(of: .running))
    }
}
