import JSON

/// A prompt that was admitted, whether it still waits or not.
struct InboxItem: Sendable {
    enum Delivery: String, Sendable {
        /// Into the turn that runs, at its next step.
        case steer
        /// When the session has nothing else to do.
        case queue
    }

    let id: String
    let session: String
    /// `text`, and what else a prompt may carry.
    let payload: JSONObject
    var delivery: Delivery
    /// Milliseconds since 1970.
    let created: Int
    /// Waits until another prompt wakes the session.
    var isDormant = false
    /// Waits for ever: its script says so.
    var isStuck = false

    var text: String { payload["text"]?.string ?? "" }

    /// As the API shows it; the oldest builds have the time in a field of its own.
    func json(isEarly: Bool) -> JSONValue {
        var object: JSONObject = [
            "id": .string(id), "sessionID": .string(session), "type": "user", "payload": .object(payload),
            "delivery": .string(delivery.rawValue),
        ]
        if isEarly { object["timeCreated"] = .int(created) } else { object["time"] = ["created": .int(created)] }
        return .object(object)
    }

    /// The row that it becomes.
    var row: JSONObject {
        var row: JSONObject = ["id": .string(id), "type": "user"]
        for (name, value) in payload { row[name] = value }
        row["time"] = ["created": .int(created)]
        return row
    }
}

/// What was admitted, and what of it waits, in the order of admission.
struct SessionInbox: Sendable {
    private(set) var admitted: [String: InboxItem] = [:]
    private var waiting: [String: [InboxItem]] = [:]

    subscript(session: String) -> [InboxItem] { waiting[session] ?? [] }

    /// Sessions with anything that waits.
    var sessions: [String] { waiting.keys.sorted() }

    /// What is begun next, once the session has nothing else to do.
    func next(of session: String) -> InboxItem? { self[session].first { !$0.isDormant && !$0.isStuck } }

    mutating func admit(_ item: InboxItem) {
        admitted[item.id] = item
        waiting[item.session, default: []].append(item)
    }

    /// Takes an item out; nil if it does not wait any more.
    mutating func take(_ id: String, of session: String) -> InboxItem? {
        guard let place = waiting[session]?.firstIndex(where: { $0.id == id }) else { return nil }
        let item = waiting[session]?.remove(at: place)
        if waiting[session]?.isEmpty == true { waiting[session] = nil }
        return item
    }

    /// Changes every waiting item of a session, and says which ones.
    mutating func change(_ session: String, _ change: (inout InboxItem) -> Void) -> [InboxItem] {
        for index in waiting[session]?.indices ?? 0..<0 {
            guard var item = waiting[session]?[index] else { continue }
            change(&item)
            waiting[session]?[index] = item
            admitted[item.id] = item
        }
        return self[session]
    }
}

// MARK: over restarts

extension SessionInbox {
    /// The name of the note that keeps an item.
    static func note(_ id: String) -> String { "prompt/\(id)" }

    init(notes: [String: JSONValue]) {
        let entries = notes.filter { $0.key.hasPrefix("prompt/") }.values
            .sorted { ($0["order"]?.int ?? 0) < ($1["order"]?.int ?? 0) }
        for entry in entries {
            guard let item = InboxItem(note: entry) else { continue }
            if entry["waiting"]?.bool == true { admit(item) } else { admitted[item.id] = item }
        }
    }

    /// What is kept of an item, with its place among all that were admitted.
    func note(of item: InboxItem, order: Int) -> JSONValue {
        [
            "id": .string(item.id), "session": .string(item.session), "payload": .object(item.payload),
            "delivery": .string(item.delivery.rawValue), "created": .int(item.created),
            "dormant": .bool(item.isDormant), "stuck": .bool(item.isStuck), "order": .int(order),
            "waiting": .bool(self[item.session].contains { $0.id == item.id }),
        ]
    }
}

extension InboxItem {
    fileprivate init?(note: JSONValue) {
        guard let id = note["id"]?.string, let session = note["session"]?.string, let payload = note["payload"]?.object,
            let delivery = note["delivery"]?.string.flatMap({ Delivery(rawValue: $0) }),
            let created = note["created"]?.int
        else { return nil }
        self.init(
            id: id, session: session, payload: payload, delivery: delivery, created: created,
            isDormant: note["dormant"]?.bool ?? false, isStuck: note["stuck"]?.bool ?? false)
    }
}
