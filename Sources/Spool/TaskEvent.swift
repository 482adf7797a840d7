package import JSON

/// Something that became true of a task, as one daemon observed it: a line of its journal.
package struct TaskEvent: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case created = "TASK_CREATED"
        case started = "TASK_STARTED"
        case updated = "TASK_UPDATED"
        case completed = "TASK_COMPLETED"
        case failed = "TASK_FAILED"
        case deleted = "TASK_DELETED"
    }

    /// Numbered from 1 without gaps, per node.
    package var number: Int
    package var kind: Kind
    package var id: TaskID
    package var name: String
    /// As in ``TaskSnapshot/status``; `deleted` for a task that is gone.
    package var status: String
    package var time: Timestamp

    package var json: JSONValue {
        [
            "seq": .int(number), "time": .string(time.iso8601), "event": .string(kind.rawValue),
            "task_id": .string(id.rawValue), "task_name": .string(name), "status": .string(status),
        ]
    }

    package init(number: Int, kind: Kind, id: TaskID, name: String, status: String, time: Timestamp = .now()) {
        self.number = number
        self.kind = kind
        self.id = id
        self.name = name
        self.status = status
        self.time = time
    }

    package init?(json: JSONValue) {
        guard let number = json["seq"]?.int, let kind = json["event"]?.string.flatMap(Kind.init(rawValue:)),
            let id = json["task_id"]?.string.flatMap({ TaskID($0) }), let status = json["status"]?.string,
            let time = json["time"]?.string.flatMap(Timestamp.init(iso8601:))
        else { return nil }
        self.init(
            number: number, kind: kind, id: id, name: json["task_name"]?.string ?? id.rawValue, status: status,
            time: time
        )
    }
}
