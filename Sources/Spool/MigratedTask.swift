package import JSON

/// A task of another program that becomes one of ours, in the state that it is in there.
package struct MigratedTask: Sendable {
    /// The name that it had there, if it can be one here.
    package var id: TaskID
    package var spec: TaskSpec
    /// `migrated.json`: which program it came from, and all that is known of it there.
    package var note: JSONObject
    package var place: Place
    /// When it was last changed there.
    package var updated: Timestamp

    package enum Place: Sendable {
        /// It was not asked of any agent yet.
        case new(isHeld: Bool)
        /// Its prompt was sent, and nobody knows what has become of it.
        case running(MigratedTurn, isHeld: Bool)
        case ended(TaskEnding, session: String?, isArchived: Bool)

        package var state: TaskState {
            switch self {
            case .new: .new
            case .running: .running
            case .ended(let ending, _, _): ending.verdict.state
            }
        }
    }

    package init(id: TaskID, spec: TaskSpec, note: JSONObject, place: Place, updated: Timestamp) {
        self.id = id
        self.spec = spec
        self.note = note
        self.place = place
        self.updated = updated
    }
}

/// A prompt that another program has sent: followed, and never sent by us.
package struct MigratedTurn: Sendable {
    package var session: String
    /// What the prompt begins with; what that program put behind it is its own business.
    package var beginning: String
    /// When the task began there.
    package var started: Timestamp

    package init(session: String, beginning: String, started: Timestamp) {
        self.session = session
        self.beginning = beginning
        self.started = started
    }

    /// `turn.json`, as the dispatcher reads it. What limits the time of a turn counts from now on.
    func json(_ node: NodeIdentity) -> JSONValue {
        [
            "turn": 1, "message_id": .null, "known_messages": [], "text": .string(beginning), "migrated": true,
            "started": .string(Timestamp.now().iso8601), "boot_id": .string(node.bootID), "session": .string(session),
        ]
    }
}
