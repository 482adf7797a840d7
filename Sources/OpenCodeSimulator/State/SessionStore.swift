import JSON
import SystemPackage

/// All sessions, in memory, and in a file of JSON lines where one was named.
///
/// The file is a journal: a line for each session, message and part as it was after a change. Reading it again from
/// the start gives the sessions back as they were, with the messages of a turn that was under way left incomplete,
/// as OpenCode leaves them.
struct SessionStore: Sendable {
    private var sessions: [String: StoredSession] = [:]
    /// Whatever else must survive a restart, by name.
    private(set) var notes: [String: JSONValue] = [:]
    private var journal: LineFile?

    init(path: FilePath?) throws(SimulatorError) {
        guard let path else { return }
        for line in try LineFile.lines(of: path) { replay(line) }
        journal = try LineFile(appendingTo: path)
    }

    subscript(id: String) -> StoredSession? { sessions[id] }

    /// Newest first.
    var all: [StoredSession] { sessions.values.sorted { ($0.updated, $0.id) > ($1.updated, $1.id) } }

    var count: Int { sessions.count }

    /// Keeps a new session, or what changed about one. Its messages and file changes stay as they are here: they are
    /// kept one by one, and the caller's copy may be older.
    mutating func keep(_ session: StoredSession) {
        var session = session
        if let known = sessions[session.id] {
            session.messages = known.messages
            session.changes = known.changes
        }
        sessions[session.id] = session
        journal?.append(["op": "session", "session": session.journalEntry])
    }

    mutating func remove(_ id: String) {
        guard sessions.removeValue(forKey: id) != nil else { return }
        journal?.append(["op": "remove", "session": .string(id)])
    }

    /// Appends a message, or replaces the information of the one with this id. Parts are kept by
    /// ``keep(part:of:in:)``.
    mutating func keep(message info: JSONObject, in session: String) {
        keepQuietly(message: info, in: session)
        journal?.append(["op": "message", "session": .string(session), "info": .object(info)])
    }

    /// Appends a part, or replaces the one with this id.
    mutating func keep(part: JSONValue, of message: String, in session: String) {
        keepQuietly(part: part, of: message, in: session)
        journal?.append([
            "op": "part", "session": .string(session), "message": .string(message), "part": part,
        ])
    }

    mutating func keep(change: FileChange, in session: String) {
        sessions[session]?.changes.append(change)
    }

    /// Keeps a note, or with nil forgets it.
    mutating func keep(note name: String, _ value: JSONValue?) {
        notes[name] = value
        journal?.append(["op": "note", "name": .string(name), "value": value ?? .null])
    }

    func message(_ id: String, in session: String) -> StoredMessage? {
        sessions[session]?.messages.last { $0.id == id }
    }

    private mutating func keepQuietly(message info: JSONObject, in session: String) {
        let id = info["id"]?.string
        if let index = sessions[session]?.messages.lastIndex(where: { $0.id == id }) {
            sessions[session]?.messages[index].info = info
        } else {
            sessions[session]?.messages.append(StoredMessage(info: info))
        }
    }

    private mutating func keepQuietly(part: JSONValue, of message: String, in session: String) {
        guard let index = sessions[session]?.messages.lastIndex(where: { $0.id == message }) else { return }
        let id = part["id"]
        if let place = sessions[session]?.messages[index].parts.lastIndex(where: { $0["id"] == id }) {
            sessions[session]?.messages[index].parts[place] = part
        } else {
            sessions[session]?.messages[index].parts.append(part)
        }
    }

    private mutating func replay(_ line: JSONValue) {
        switch line["op"]?.string {
        case "session":
            guard let entry = line["session"], var session = StoredSession(journalEntry: entry) else { return }
            session.messages = sessions[session.id]?.messages ?? []
            sessions[session.id] = session
        case "message":
            guard let id = line["session"]?.string, let info = line["info"]?.object else { return }
            keepQuietly(message: info, in: id)
        case "part":
            guard let id = line["session"]?.string, let message = line["message"]?.string, let part = line["part"]
            else { return }
            keepQuietly(part: part, of: message, in: id)
        case "note":
            if let name = line["name"]?.string { notes[name] = line["value"] == .null ? nil : line["value"] }
        case "remove":
            if let id = line["session"]?.string { sessions.removeValue(forKey: id) }
        default: break
        }
    }
}

extension StoredSession {
    fileprivate var journalEntry: JSONValue {
        var entry: JSONObject = [
            "id": .string(id), "slug": .string(slug), "directory": .string(directory), "title": .string(title),
            "created": .int(created), "updated": .int(updated), "rules": .array(rules.map(\.json)),
            "usage": ["input": .int(usage.input), "output": .int(usage.output), "cost": .double(usage.cost)],
        ]
        entry["parentID"] = parentID.map { .string($0) }
        entry["archived"] = archived.map { .int($0) }
        entry["agent"] = agent.map { .string($0) }
        entry["model"] = model?.json
        entry["variant"] = wire2.variant.map { .string($0) }
        entry["metadata"] = wire2.metadata
        entry["outcome"] = wire2.outcome.map { .string($0) }
        entry["idle"] = wire2.idle.map { .int($0) }
        if wire2.hasRules { entry["hasRules"] = true }
        return .object(entry)
    }

    fileprivate init?(journalEntry entry: JSONValue) {
        guard let id = entry["id"]?.string, let slug = entry["slug"]?.string,
            let directory = entry["directory"]?.string, let title = entry["title"]?.string,
            let created = entry["created"]?.int, let updated = entry["updated"]?.int
        else { return nil }
        self.init(
            id: id, slug: slug, directory: directory, parentID: entry["parentID"]?.string, created: created,
            title: title, updated: updated, archived: entry["archived"]?.int,
            rules: (entry["rules"]?.array ?? []).compactMap { PermissionRule($0) }, agent: entry["agent"]?.string,
            model: ModelReference(entry["model"]),
            usage: TokenUsage(
                input: entry["usage"]?["input"]?.int ?? 0, output: entry["usage"]?["output"]?.int ?? 0,
                cost: entry["usage"]?["cost"]?.double ?? 0),
            wire2: Wire2Session(
                variant: entry["variant"]?.string, metadata: entry["metadata"], outcome: entry["outcome"]?.string,
                idle: entry["idle"]?.int, hasRules: entry["hasRules"]?.bool ?? false))
    }
}
