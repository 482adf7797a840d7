package import JSON

/// Another task that must have ended before one may be started: an entry of `after`.
package struct TaskDependency: Sendable, Hashable, ExpressibleByStringLiteral {
    /// How the other task must have ended.
    package enum Condition: String, Sendable, Hashable, CaseIterable {
        /// In `done/`.
        case ok
        /// In `done/` or `failed/`, or deleted.
        case any
        /// In `failed/`.
        case failed
    }

    /// An id, or a name.
    package var task: String
    package var condition: Condition

    package init(_ task: String, on condition: Condition = .ok) {
        self.task = task
        self.condition = condition
    }

    package init(stringLiteral task: String) { self.init(task) }

    /// A text where the condition is `ok`, and else `{"task": …, "on": …}`.
    package var json: JSONValue {
        condition == .ok ? .string(task) : ["task": .string(task), "on": .string(condition.rawValue)]
    }

    /// Nil for what ``json`` would not give.
    package init?(json: JSONValue) {
        if let task = json.string {
            self.init(task)
        } else if let task = json["task"]?.string,
            let condition = json["on"]?.string.flatMap(Condition.init(rawValue:))
        {
            self.init(task, on: condition)
        } else {
            return nil
        }
    }

    /// In words, for people: `tidy`, `tidy (any)`.
    package var text: String { condition == .ok ? task : "\(task) (\(condition.rawValue))" }
}

/// What became of a dependency, as the tree shows it at one moment.
package enum DependencyState: Sendable, Hashable {
    case met
    /// The task is there and has not ended.
    case waiting(TaskID, TaskState)
    /// There is no task of that name, and one may still come.
    case missing
    /// It can't be met as things are; why.
    case hopeless(String)
}

/// A dependency that stands in a task's way.
package struct TaskBlocker: Sendable, Hashable {
    package var dependency: TaskDependency
    package var state: DependencyState

    package init(_ dependency: TaskDependency, _ state: DependencyState) {
        self.dependency = dependency
        self.state = state
    }

    /// In words, for people.
    package var text: String {
        switch state {
        case .met: dependency.text
        case .waiting(_, let state): "\(dependency.text), which is in \(state.rawValue)/"
        case .missing: "\(dependency.text), which is not there yet"
        case .hopeless(let reason): "\(dependency.text), in vain: \(reason)"
        }
    }

    /// For REST and scripts: `state` is `new` or `running` while that task has not ended, `missing`, or `hopeless`.
    package var json: JSONValue {
        var object: JSONObject = [
            "task": .string(dependency.task), "on": .string(dependency.condition.rawValue), "id": .null,
            "state": "missing", "reason": .null,
        ]
        switch state {
        case .met, .missing: break
        case .waiting(let id, let state):
            object["id"] = .string(id.rawValue)
            object["state"] = .string(state.rawValue)
        case .hopeless(let reason):
            object["state"] = "hopeless"
            object["reason"] = .string(reason)
        }
        return .object(object)
    }
}
