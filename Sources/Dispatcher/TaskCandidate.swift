import OpenCode
import Spool
import SystemPackage

/// What choosing the next task needs to know of one that waits. Read once, when the task is first seen in `new/`: the
/// spec never changes, and what may change (`hold`, `cancel`) is looked at when it is chosen.
struct TaskCandidate: Sendable {
    var id: TaskID
    var name: String
    var priority: Int
    var created: Timestamp
    var notBefore: Timestamp?
    /// Nil also for a task that was started before, or put back by a person: whoever does that wants it to be done.
    var expires: Timestamp?
    var after: [TaskDependency]
    /// The real path; tasks with the same one exclude each other, unless both are shared.
    var workspace: FilePath
    var isShared: Bool
    /// Whether it works in a worktree of its own, and so in nobody's way.
    var isApart: Bool
    /// Of the model that is to work; nil if nobody has said which.
    var provider: String?

    /// - Parameter hasBegun: Whether the task was claimed before, or has ended before.
    init(id: TaskID, spec: TaskSpec, retry: RetryNote?, hasBegun: Bool, settings: HarnessSettings) {
        self.id = id
        name = spec.name
        priority = spec.priority
        created = spec.created
        notBefore = [spec.notBefore, retry?.notBefore].compactMap(\.self).max()
        expires = hasBegun ? nil : spec.expires
        after = spec.after
        workspace = RealPath.resolve(spec.workspace) ?? spec.workspace
        isShared = spec.workspaceShared
        provider = settings.choice(of: spec, in: workspace).model.flatMap(TaskSpec.provider(of:))
        isApart = spec.worktree
    }

    /// Priority, then age; the name last, so that the order is always the same.
    static func isBefore(_ left: TaskCandidate, _ right: TaskCandidate) -> Bool {
        if left.priority != right.priority { return left.priority > right.priority }
        if left.created != right.created { return left.created < right.created }
        return left.id < right.id
    }
}
