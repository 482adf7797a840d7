import JSON

extension SimulatedServer {
    func json(of session: StoredSession) -> JSONValue {
        Wire1Shapes.session(session, version: version.description, faults: faults)
    }

    func createSession(
        in directory: String, parent: String?, title: String?, rules: [PermissionRule]
    ) -> StoredSession {
        let now = WallClock.milliseconds()
        let session = StoredSession(
            id: newID(.session), slug: "sim-\(IdentifierClock.random(8).lowercased())", directory: directory,
            parentID: parent, created: now,
            title: title ?? "\(parent == nil ? "New" : "Child") session - \(WallClock.text(of: now))", updated: now,
            rules: rules)
        sessions.keep(session)
        record("session", ["session": .string(session.id), "directory": .string(directory)])
        publish("session.created", ["info": json(of: session)], in: directory, duplicated: session.id)
        publish("session.updated", ["info": json(of: session)], in: directory, duplicated: session.id)
        return session
    }

    func update(_ session: StoredSession) {
        var session = session
        session.updated = WallClock.milliseconds()
        sessions.keep(session)
        publish(
            "session.updated", ["info": json(of: session)], in: session.directory, duplicated: session.id)
    }

    func deleteSession(_ session: StoredSession) {
        for child in sessions.all where child.parentID == session.id { deleteSession(child) }
        endTurns(of: session.id, stranded: true)
        for directory in instances.keys { instances[directory]?.statuses.removeValue(forKey: session.id) }
        sessions.remove(session.id)
        record("delete", ["session": .string(session.id)])
        publish(
            "session.deleted", ["info": json(of: session)], in: session.directory, duplicated: session.id)
    }

    /// The sessions of a directory, last used first.
    func list(_ filter: SessionFilter) -> [StoredSession] {
        let found = sessions.all.filter { session in
            session.directory == filter.directory && (!filter.rootsOnly || session.parentID == nil)
                && session.updated >= filter.since
                && (filter.search.map { session.title.lowercased().contains($0.lowercased()) } ?? true)
        }
        return Array(found.prefix(filter.limit))
    }

    func children(of id: String) -> [StoredSession] { sessions.all.filter { $0.parentID == id }.reversed() }

    // MARK: status

    func statusMap(_ directory: String) -> JSONValue {
        var map = JSONObject()
        for (id, status) in instance(directory).statuses { map[id] = json(of: status) }
        return .object(map)
    }

    func json(of status: ServerInstance.Status) -> JSONValue {
        switch status {
        case .busy: ["type": .string(faults.statusType ?? "busy")]
        case .retry(let attempt, let message, let next):
            ["type": "retry", "attempt": .int(attempt), "message": .string(message), "next": .int(next)]
        }
    }

    /// Sets the status and says so; nil is idle.
    func setStatus(_ status: ServerInstance.Status?, of session: String, in directory: String) {
        instances[directory, default: ServerInstance()].statuses[session] = status
        let shape: JSONValue = status.map { json(of: $0) } ?? ["type": "idle"]
        publish("session.status", ["sessionID": .string(session), "status": shape], in: directory)
        if status == nil { publish("session.idle", ["sessionID": .string(session)], in: directory) }
    }

    func publishError(_ failure: AgentFailure, session: String, model: ModelReference, in directory: String) {
        func properties(_ error: JSONValue) -> JSONValue {
            var object: JSONObject = ["error": error]
            if !faults.errorWithoutSession { object["sessionID"] = .string(session) }
            return .object(object)
        }
        publish("session.error", properties(Wire1Shapes.error(failure, model: model)), in: directory)
        if faults.secondError {
            let generic = Wire1Shapes.error(.unknown("Error"), model: model)
            publish("session.error", properties(generic), in: directory)
        }
    }

    // MARK: diff

    /// What the agent's tools changed, one entry per file; after one prompt, or all.
    func diff(_ session: StoredSession, messageID: String?) -> JSONValue {
        diff(session.changes.filter { messageID == nil || $0.messageID == messageID })
    }

    func diff(_ changes: [FileChange]) -> JSONValue {
        var byFile: [String: FileChange] = [:]
        var order: [String] = []
        for change in changes {
            if var known = byFile[change.file] {
                known.after = change.after
                known.status = change.status == "deleted" ? "deleted" : known.status
                byFile[change.file] = known
            } else {
                byFile[change.file] = change
                order.append(change.file)
            }
        }
        return .array(order.compactMap { byFile[$0].map(Wire1Shapes.diff) })
    }
}

/// What `GET /session` asks for.
struct SessionFilter: Sendable {
    var directory: String
    var rootsOnly = false
    /// Milliseconds since 1970 of the last use.
    var since = 0
    var search: String?
    var limit = 100
}
