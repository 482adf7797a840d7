import JSON
package import Spool
package import SystemPackage

/// Everything about one task, read at one moment.
package struct TaskDetails: Sendable {
    package var task: ShownTask
    package var directory: FilePath
    /// `log.jsonl`, oldest line first.
    package var log: [LogLine]
    /// Earlier attempts, whose files lie aside.
    package var attempts: Int
    /// The file that was dropped or posted, if it is there.
    package var source: FilePath?
    package var hasPatch: Bool
    package var hasTranscript: Bool
    package var isDaemonRunning: Bool
    /// The branch of the task's worktree.
    package var branch: String?
    /// What became of the worktree: `merged`, `discarded`, `unchanged`; nil while it is there.
    package var branchEnding: String?

    package init(
        task: ShownTask, directory: FilePath, log: [LogLine] = [], attempts: Int = 0, source: FilePath? = nil,
        hasPatch: Bool = false, hasTranscript: Bool = false, isDaemonRunning: Bool
    ) {
        self.task = task
        self.directory = directory
        self.log = log
        self.attempts = attempts
        self.source = source
        self.hasPatch = hasPatch
        self.hasTranscript = hasTranscript
        self.isDaemonRunning = isDaemonRunning
    }

    /// Lines of larger patches are not counted.
    private static let patchLimit = 16 << 20

    /// - Throws: ``SpoolError/Code/taskNotFound`` when no state has it.
    package static func read(
        _ id: TaskID, in spool: SpoolDirectory, now: Timestamp = .now()
    ) throws(SpoolError) -> TaskDetails {
        // Only what a waiting task's reason needs comes from the other tasks.
        let overview = try SpoolOverview.read(spool, selecting: .init(groups: [.waiting, .running]), now: now)
        let all = try spool.listAll()
        let reader = TaskReader(spool: spool, all: all)
        for _ in 0..<3 {
            let (task, state) = try spool.locate(id)
            guard var shown = reader.read(id, in: state) else { continue }
            if state == .new {
                let context = WaitContext(
                    running: overview.tasks, isPaused: overview.isPaused, holds: (try? spool.providerHolds()) ?? [],
                    index: TaskIndex(spool), now: now)
                shown.waitReason = context.reason(shown, in: spool)
            }
            let patch = task.evidence.appending("changes.patch")
            if state.isEnded {
                let bytes = try? spool.readFile(patch, limit: patchLimit)
                shown.patch = bytes.map(PatchCounts.init(patch:))
            }
            let worktree = try? spool.readJSON(task.worktree)
            var details = TaskDetails(
                task: shown, directory: task.directory,
                log: try TaskLog.lines(of: task).map(LogLine.init(json:)),
                attempts: (try? spool.attemptCount(task)) ?? 0,
                source: try? spool.sourceFile(in: task.directory),
                hasPatch: spool.exists(patch),
                hasTranscript: spool.exists(task.transcript),
                isDaemonRunning: !overview.daemons.isEmpty
            )
            details.branch = worktree?["branch"]?.string
            details.branchEnding = worktree?["ending"]?.string
            return details
        }
        throw SpoolError(.taskNotFound, "read", spool.paths.root.appending(id.rawValue))
    }
}
