import Report
package import Spool

/// Why a task in `new/` is not worked on yet.
package enum WaitReason: Sendable, Hashable {
    case held
    case cancelling
    /// It can't be read; a daemon will end it as `invalid`.
    case damaged(String)
    /// Moved in by hand, and no daemon has parsed it yet.
    case unread
    case spoolPaused
    /// An earlier attempt ended with an error that may pass.
    case retry(attempt: Int, at: Timestamp, reason: String)
    case notBefore(Timestamp)
    /// Tasks that must have ended first, and have not, or not so.
    case after([TaskBlocker])
    /// The provider of its model has reached a limit.
    case provider(ProviderHold)
    /// The short name of the running task that has its workspace.
    case workspace(String)
    /// Nothing in the tree stands in its way: it waits for a free slot, the OpenCode server, or a daemon.
    case turn

    /// In words, for a list.
    package func text(_ context: RenderContext) -> String {
        switch self {
        case .held: "held"
        case .cancelling: "will be cancelled"
        case .damaged(let problem): "can't be read: \(SafeText.oneLine(problem))"
        case .unread: "not read yet"
        case .spoolPaused: "the spool is paused"
        case .retry(let attempt, let at, let reason):
            "attempt \(attempt) \(at > context.now ? DurationText.until(at, context.now) : "is due")"
                + (reason.isEmpty ? "" : ": \(SafeText.oneLine(reason))")
        case .notBefore(let at):
            "starts \(DurationText.until(at, context.now)), at \(context.clock(at))"
        case .after(let blockers):
            "after " + blockers.prefix(3).map { SafeText.oneLine($0.text) }.joined(separator: ", ")
                + (blockers.count > 3 ? " and \(blockers.count - 3) more" : "")
        case .provider(let hold):
            "limit of \(SafeText.oneLine(hold.provider)) reached, again "
                + (hold.until > context.now
                    ? DurationText.until(hold.until, context.now)
                    : "by \(hold.probe.map(\.rawValue) ?? "the next task")")
        case .workspace(let task): "its workspace is in use by \(task)"
        case .turn: "ready"
        }
    }
}
