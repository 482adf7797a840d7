import JSON

/// What a session of wire 2 is made with.
struct SessionRequest: Sendable {
    var id: String
    var directory: String
    var parent: String?
    var title: String?
    var agent: String?
    var model: ModelReference?
    var variant: String?
    var metadata: JSONValue?
    var rules: [PermissionRule]?

    init(id: String, directory: String) {
        self.id = id
        self.directory = directory
    }
}

extension SimulatedServer {
    func info(of session: StoredSession) -> JSONValue {
        Wire2Shapes.info(session, isEarly: version.isEarlyWire2, faults: faults)
    }

    /// Makes a session; one that is there already is given back as it is.
    func create(_ request: SessionRequest) -> StoredSession {
        if let known = sessions[request.id] { return known }
        let now = WallClock.milliseconds()
        var session = StoredSession(
            id: request.id, slug: "sim-\(IdentifierClock.random(8).lowercased())", directory: request.directory,
            parentID: request.parent, created: now, title: request.title ?? "New session - \(WallClock.text(of: now))",
            updated: now, rules: request.rules ?? [], agent: request.agent, model: request.model)
        session.wire2 = Wire2Session(
            variant: request.variant, metadata: request.metadata, hasRules: request.rules != nil)
        sessions.keep(session)
        record("session", ["session": .string(session.id), "directory": .string(session.directory)])
        emit("session.created", ["info": info(of: session)], in: session.id)
        return session
    }

    func rename(_ id: String, _ title: String) {
        guard var session = sessions[id] else { return }
        session.title = title
        change(session)
        emit("session.renamed", ["title": .string(title)], in: id)
    }

    func set(_ rules: [PermissionRule], of id: String) {
        guard var session = sessions[id] else { return }
        session.rules = rules
        session.wire2.hasRules = true
        change(session)
        emit("session.permissions.updated", ["permissions": .array(rules.map(\.wire2))], in: id)
    }

    func set(metadata: JSONValue, of id: String) {
        guard var session = sessions[id] else { return }
        session.wire2.metadata = metadata
        change(session)
    }

    func select(_ model: ModelReference, _ variant: String?, in id: String) {
        guard var session = sessions[id] else { return }
        session.model = model
        session.wire2.variant = variant
        change(session)
        let json = Wire2Shapes.model(model, variant)
        addRow(["type": "model-switched", "model": json], in: id)
        emit("session.model.selected", ["model": json], in: id)
    }

    func select(agent: String, in id: String) {
        guard var session = sessions[id] else { return }
        session.agent = agent
        change(session)
        addRow(["type": "agent-switched", "agent": .string(agent)], in: id)
        emit("session.agent.selected", ["agent": .string(agent)], in: id)
    }

    private func addRow(_ members: JSONObject, in session: String) {
        var row: JSONObject = ["id": .string(newID(.message))]
        for (name, value) in members { row[name] = value }
        row["time"] = ["created": .int(WallClock.milliseconds())]
        sessions.keep(message: row, in: session)
    }

    private func change(_ session: StoredSession) {
        var session = session
        session.updated = WallClock.milliseconds()
        sessions.keep(session)
    }

    /// Removes a session with its children; what runs in them ends.
    func remove(_ session: StoredSession) {
        for child in sessions.all where child.parentID == session.id { remove(child) }
        _ = interrupt(session.id, .interruptedByShutdown)
        emit("session.deleted", [:], in: session.id)
        for item in inbox[session.id] {
            _ = inbox.take(item.id, of: session.id)
            keep(item)
        }
        lingering.remove(session.id)
        sequences[session.id] = nil
        sessions.remove(session.id)
        record("delete", ["session": .string(session.id)])
    }

    /// For `GET /api/session/active`.
    var active: JSONValue {
        var map = JSONObject()
        for id in Set(executions.keys).union(lingering).sorted() { map[id] = ["type": "running"] }
        return .object(map)
    }

    // MARK: catalogues

    /// The models that a directory offers at the moment.
    func models(in directory: String) -> [ModelReference] {
        if faults.freshLocations && !readyLocations.contains(directory) { return [] }
        return Catalogue(faults).models
    }

    func makeReady(_ directory: String) { readyLocations.insert(directory) }

    /// What the agent's tools changed in a directory, in all its sessions.
    func changes(in directory: String) -> JSONValue {
        diff(sessions.all.reversed().filter { $0.directory == directory }.flatMap(\.changes))
    }

    /// What the turns of the prompts with these ids changed.
    func diff(_ session: StoredSession, prompts: Set<String>) -> JSONValue {
        diff(session.changes.filter { prompts.contains($0.messageID) })
    }

    /// How the next prompt is answered, if not as it should be.
    func takePromptTrouble() -> SimulatorFaults.PromptTrouble? {
        for (index, trouble) in faults.promptTrouble.enumerated() where trouble.count != 0 {
            if let count = trouble.count, count > 0 { faults.promptTrouble[index].count = count - 1 }
            return trouble
        }
        return nil
    }
}
