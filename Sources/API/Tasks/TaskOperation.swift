import Spool

/// What can be done to one task by `POST /api/tasks/{id}/…`. Each is a function of the spool that the command line
/// calls too, and something that a shell could do.
enum TaskOperation: String, Sendable, CaseIterable {
    case abort
    case hold
    case release
    case retry
    case complete
    case archive
    case unarchive
    /// OpenLoom's word for hold.
    case pause
    /// OpenLoom's word for release.
    case resume

    /// Where tasks lie to which it can be done.
    var states: Set<TaskState> {
        switch self {
        case .abort, .hold, .release, .pause, .resume: [.new, .running]
        case .complete: [.new, .running, .done]
        case .retry, .archive, .unarchive: [.done, .failed]
        }
    }

    /// For `/api/openapi.json`.
    var summary: String {
        switch self {
        case .abort: "Ask the daemon to end a task; it is in `failed/` soon after."
        case .hold: "Keep a task from being started, or started again."
        case .release: "Let a held task go on."
        case .complete: "End a task here and now, as one that is done; what runs is stopped."
        case .retry: "Do an ended task once more, from the start."
        case .archive: "Leave an ended task out of lists."
        case .unarchive: "Show an archived task in lists again."
        case .pause: "The same as hold."
        case .resume: "The same as release."
        }
    }

    func perform(on id: TaskID, in spool: SpoolDirectory) throws(SpoolError) {
        switch self {
        case .abort: try spool.cancel(id)
        case .hold, .pause: try spool.hold(id)
        case .release, .resume: try spool.release(id)
        case .retry: try spool.retry(id)
        case .complete: try spool.complete(id)
        case .archive: try spool.archive(id)
        case .unarchive: try spool.unarchive(id)
        }
    }
}
