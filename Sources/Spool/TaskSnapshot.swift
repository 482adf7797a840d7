package import JSON

/// A task as the tree showed it at one moment. Never kept: the next question reads the tree again.
package struct TaskSnapshot: Sendable {
    package var id: TaskID
    package var state: TaskState
    /// Nil for a directory that has not been read yet, or can't be (`damage` says why).
    package var spec: TaskSpec?
    package var damage: String?
    package var isHeld = false
    package var isArchived = false
    package var isCancelling = false
    /// The OpenCode session.
    package var session: String?
    /// Names of what the agent asked and nobody has answered.
    package var asks: [String] = []
    package var activity: JSONValue?
    /// The turn whose prompt was sent last, while it runs; nil before the first one was.
    package var turn: Int?
    package var verdict: Verdict?
    package var reason: String?
    package var result: JSONValue?
    package var retry: RetryNote?
    /// When an entry of the task's directory was last added, replaced or removed.
    package var changed = Timestamp(milliseconds: 0)

    package init(id: TaskID, state: TaskState, spec: TaskSpec?) {
        self.id = id
        self.state = state
        self.spec = spec
    }

    /// The word for the state that REST, webhooks and OpenLoom's clients use.
    package var status: String {
        if isArchived { return "archived" }
        switch state {
        case .new: return isHeld ? "paused" : "pending"
        case .running:
            if isHeld { return "paused" }
            return asks.isEmpty ? "running" : "waiting"
        case .done: return "completed"
        case .failed: return "failed"
        }
    }

    package var name: String { spec?.name ?? id.rawValue }
}
