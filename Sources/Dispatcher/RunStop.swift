import Spool

/// Why a run leaves the middle of what it does. Every way out of a task is one of these.
enum RunStop: Error {
    /// Somebody moved or deleted the directory.
    case gone
    /// The turn is over, or will not be.
    case ended(TurnEnd)
    /// Nothing was asked of the agent yet, and it can't be now.
    case postponed(Duration, reason: String)
    /// The task's own files can't be read.
    case unreadable(String)
    /// The daemon stops. The task stays as it is, to be adopted by the next one.
    case daemonStops
}
