import Spool

/// What can be done to one task by `POST /api/tasks/{id}/…`. Each is a function of the spool that the command line
/// calls too, and something that a shell could do.
enum TaskOperation: String, Sendable, CaseIterable {
    case abort
    case hold
    case release
    case retry
    /// OpenLoom's word for hold.
    case pause
    /// OpenLoom's word for release.
    case resume

    func perform(on id: TaskID, in spool: SpoolDirectory) throws(SpoolError) {
        switch self {
        case .abort: try spool.cancel(id)
        case .hold, .pause: try spool.hold(id)
        case .release, .resume: try spool.release(id)
        case .retry: try spool.retry(id)
        }
    }
}
