import Spool
import SystemPackage

/// What decides why a task waits.
struct WaitContext {
    let workspaces: [FilePath: String]
    let isPaused: Bool
    let holds: [ProviderHold]
    /// Lists each directory once for all tasks.
    let index: TaskIndex
    let now: Timestamp

    init(running: [ShownTask], isPaused: Bool, holds: [ProviderHold], index: TaskIndex, now: Timestamp) {
        var workspaces: [FilePath: String] = [:]
        for task in running {
            if let spec = task.snapshot.spec, !spec.workspaceShared, !spec.worktree {
                workspaces[spec.workspace] = task.shortID
            }
        }
        self.workspaces = workspaces
        self.isPaused = isPaused
        self.holds = holds
        self.index = index
        self.now = now
    }

    func reason(_ task: ShownTask, in spool: SpoolDirectory) -> WaitReason {
        let snapshot = task.snapshot
        if spool.isCancelled(task.id, in: .new) { return .cancelling }
        if let damage = snapshot.damage { return .damaged(damage) }
        if snapshot.isHeld { return .held }
        guard let spec = snapshot.spec else { return .unread }
        if isPaused { return .spoolPaused }
        if let retry = snapshot.retry, retry.notBefore > now {
            return .retry(attempt: retry.afterAttempt + 1, at: retry.notBefore, reason: retry.reason)
        }
        if let start = spec.notBefore, start > now { return .notBefore(start) }
        if !spec.after.isEmpty {
            let finder = DependencyFinder(spool, index)
            let blockers = (try? finder.blockers(of: task.id, spec)) ?? []
            if !blockers.isEmpty { return .after(blockers) }
        }
        if let hold = holds.first(where: { $0.holds(spec.provider) }) { return .provider(hold) }
        if !spec.workspaceShared, !spec.worktree, let other = workspaces[spec.workspace] { return .workspace(other) }
        if let retry = snapshot.retry {
            return .retry(attempt: retry.afterAttempt + 1, at: retry.notBefore, reason: retry.reason)
        }
        return .turn
    }
}
