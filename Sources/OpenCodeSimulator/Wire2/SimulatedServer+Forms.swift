import JSON

/// What wire 2 asks people.
extension SimulatedServer {
    /// Asks for a permission, unless a rule of the session decides, or an approval that was saved.
    func request(_ turn: Int, _ ask: PermissionAsk) async throws -> PermissionOutcome {
        guard let found = turns[turn], let session = sessions[found.session], let message = found.message else {
            throw CancellationError()
        }
        if !ask.always {
            switch session.rules.decision(permission: ask.permission, pattern: ask.pattern) {
            case .allow: return .allowed
            case .deny: return .denied
            case .ask: if isSaved(ask) { return .allowed }
            }
        }
        let id = newID(.permission)
        let json: JSONValue = [
            "id": .string(id), "sessionID": .string(found.session), "action": .string(ask.permission),
            "resources": [.string(ask.pattern)], "save": [.string(ask.pattern)], "metadata": [:],
            "source": ["type": "tool", "messageID": .string(message), "id": .string(ask.call)],
        ]
        let outcome = try await wait(for: ask, id, json, found)
        if outcome == .rejected(message: nil) {
            _ = interrupt(found.session, .interruptedByShutdown)
            throw CancellationError()
        }
        return outcome
    }

    /// Answers a permission of a session; false if nobody waits for it.
    func decide(_ id: String, of session: StoredSession, _ reply: PermissionReply, message: String?) -> Bool {
        let open = instance(session.directory).permissions.contains { $0.id == id && $0.session == session.id }
        self.reply(permission: id, reply, message: message, in: session.directory)
        return open
    }

    // MARK: saved approvals

    private static let savedNotes = "saved/"

    /// In the form of the API.
    var savedPermissions: [JSONValue] {
        sessions.notes.filter { $0.key.hasPrefix(Self.savedNotes) }.sorted { $0.key < $1.key }.map(\.value)
    }

    func save(_ rule: PermissionRule) {
        let id = newID(.savedPermission)
        sessions.keep(
            note: Self.savedNotes + id,
            [
                "id": .string(id), "projectID": "global", "action": .string(rule.permission),
                "resource": .string(rule.pattern),
            ])
    }

    func forgetSaved(_ id: String) { sessions.keep(note: Self.savedNotes + id, nil) }

    private func isSaved(_ ask: PermissionAsk) -> Bool {
        savedPermissions.contains { saved in
            guard let action = saved["action"]?.string, let resource = saved["resource"]?.string else { return false }
            return PermissionRule(permission: action, pattern: resource, action: .allow)
                .matches(permission: ask.permission, pattern: ask.pattern)
        }
    }

    // MARK: forms

    /// Has a form filled in; nil if it was refused, or a rule of the session forbids questions.
    func request(_ turn: Int, _ form: AgentForm, always: Bool) async throws -> [[String]]? {
        guard let found = turns[turn], let session = sessions[found.session] else { throw CancellationError() }
        if !always, session.rules.decision(permission: "question", pattern: "*") == .deny { return nil }
        let id = newID(.form)
        let json = Wire2Shapes.form(form, id: id, session: found.session)
        return try await wait(for: form, id, json, found, event: ("form.created", ["form": json]))
    }

    /// The open form of a session with that id.
    ///
    /// - Throws: ``Wire2Failure`` if there is none, or not any more.
    func form(_ id: String, of session: StoredSession) throws(Wire2Failure) -> PendingQuestion {
        if let open = instance(session.directory).questions.first(where: { $0.id == id && $0.session == session.id }) {
            return open
        }
        throw settledForms.contains(id) ? .formIsSettled(id) : .noForm(id)
    }

    /// Hands in a form, or refuses it with nil.
    ///
    /// - Throws: ``Wire2Failure`` for a form that is not open, and for values that it does not take.
    func settle(_ id: String, of session: StoredSession, _ answer: JSONObject?) throws(Wire2Failure) {
        record("question-reply", ["id": .string(id), "answers": answer.map { .object($0) } ?? .null])
        let open = try form(id, of: session)
        var texts: [[String]]?
        if let answer { texts = try FormValues.texts(answer, open.form, id: id) }
        instances[session.directory]?.questions.removeAll { $0.id == id }
        // A long run must not make this grow without bound.
        if settledForms.count > 4096 { settledForms.removeAll() }
        settledForms.insert(id)
        var data: JSONObject = ["id": .string(id), "sessionID": .string(session.id)]
        data["answer"] = answer.map { .object($0) }
        publish(answer == nil ? "form.cancelled" : "form.replied", .object(data), in: session.directory)
        open.answer.resume(returning: texts)
    }
}

/// Holds what is handed in to what a form asks for.
enum FormValues {
    /// The values of each field, as the agent reads them.
    static func texts(_ answer: JSONObject, _ form: AgentForm, id: String) throws(Wire2Failure) -> [[String]] {
        let keys = Set(form.fields.map(\.key))
        if let unknown = answer.keys.first(where: { !keys.contains($0) }) {
            throw .wrongAnswer(id, "Unknown field: \(unknown.prefix(80))")
        }
        var all: [[String]] = []
        for field in form.fields {
            guard let value = answer[field.key] else {
                throw .wrongAnswer(id, "Missing required field: \(field.key)")
            }
            guard let texts = texts(value, field) else {
                throw .wrongAnswer(id, "Invalid value for field: \(field.key)")
            }
            all.append(texts)
        }
        return all
    }

    private static func texts(_ value: JSONValue, _ field: AgentForm.Field) -> [String]? {
        switch (field.kind, value) {
        case (.string, .string(let text)):
            return field.options.isEmpty || field.options.contains(text) ? [text] : nil
        case (.multiselect, .array(let list)):
            let texts = list.compactMap(\.string)
            return texts.count == list.count && texts.allSatisfy(field.options.contains) ? texts : nil
        case (.integer, .int(let number)), (.number, .int(let number)): return [String(number)]
        case (.number, .double(let number)): return [String(number)]
        case (.boolean, .bool(let flag)): return [String(flag)]
        default: return nil
        }
    }
}
