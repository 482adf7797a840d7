import Spool

/// The tasks that wait in `new/`, and which of them need more than a free slot: there may be many of the others, and few
/// of these.
struct WaitingTasks: Sendable {
    private var all: [TaskID: TaskCandidate] = [:]
    /// Those that wait for other tasks.
    private(set) var dependent: Set<TaskID> = []
    /// Those that are to be started by some time.
    private(set) var expiring: Set<TaskID> = []

    var isEmpty: Bool { all.isEmpty }
    var keys: Dictionary<TaskID, TaskCandidate>.Keys { all.keys }
    var values: Dictionary<TaskID, TaskCandidate>.Values { all.values }

    subscript(id: TaskID) -> TaskCandidate? {
        get { all[id] }
        set {
            all[id] = newValue
            if newValue?.after.isEmpty == false { dependent.insert(id) } else { dependent.remove(id) }
            if newValue?.expires != nil { expiring.insert(id) } else { expiring.remove(id) }
        }
    }
}
