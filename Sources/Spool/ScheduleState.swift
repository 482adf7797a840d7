package import JSON

/// `schedules/NAME.state.json`: how far a schedule has come. Written after what it tells of.
package struct ScheduleState: Sendable, Hashable {
    /// What became of a moment at which the schedule was due.
    package struct Outcome: Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable, CaseIterable {
            case created
            /// The task before it had not ended.
            case skipped
            /// Nobody was there at that time.
            case missed
        }

        package var kind: Kind
        package var due: Timestamp
        /// When it was looked at.
        package var time: Timestamp
        package var task: TaskID?
        package var reason: String

        package init(_ kind: Kind, due: Timestamp, time: Timestamp, task: TaskID? = nil, reason: String = "") {
            self.kind = kind
            self.due = due
            self.time = time
            self.task = task
            self.reason = reason
        }
    }

    /// The rule that was followed, as its file has it: another one begins anew.
    package var rule: String
    /// Whether the schedule was in force when this was written.
    package var isActive: Bool
    /// Whatever was due until then was done or passed.
    package var handled: Timestamp
    package var last: Outcome?
    /// A moment for which a task is being made: written before it is, so that a crash in between is gone on with.
    package var pending: Timestamp?
    /// Tasks that it has made, and that had not ended when this was written, the oldest first.
    package var open: [TaskID] = []

    package init(rule: String, isActive: Bool, handled: Timestamp) {
        self.rule = rule
        self.isActive = isActive
        self.handled = handled
    }

    package var json: JSONValue {
        [
            "rule": .string(rule), "active": .bool(isActive), "handled": .string(handled.iso8601),
            "last": last?.json ?? .null,
            "pending": JSONValue(pending?.iso8601), "open": JSONValue(open.map(\.rawValue)),
        ]
    }

    /// Nil for what ``json`` would not give.
    package init?(json: JSONValue) {
        guard let rule = json["rule"]?.string, let isActive = json["active"]?.bool,
            let handled = json["handled"]?.string.flatMap(Timestamp.init(iso8601:)), let open = json["open"]?.array
        else { return nil }
        self.init(rule: rule, isActive: isActive, handled: handled)
        last = json["last"].flatMap(Outcome.init(json:))
        pending = json["pending"]?.string.flatMap(Timestamp.init(iso8601:))
        self.open = open.compactMap { $0.string.flatMap { TaskID($0) } }
    }
}

extension ScheduleState.Outcome {
    package var json: JSONValue {
        [
            "outcome": .string(kind.rawValue), "due": .string(due.iso8601), "time": .string(time.iso8601),
            "task": JSONValue(task?.rawValue), "reason": .string(reason),
        ]
    }

    init?(json: JSONValue) {
        guard let kind = json["outcome"]?.string.flatMap(Kind.init(rawValue:)),
            let due = json["due"]?.string.flatMap(Timestamp.init(iso8601:)),
            let time = json["time"]?.string.flatMap(Timestamp.init(iso8601:))
        else { return nil }
        let task = json["task"]?.string.flatMap { TaskID($0) }
        self.init(kind, due: due, time: time, task: task, reason: json["reason"]?.string ?? "")
    }
}
