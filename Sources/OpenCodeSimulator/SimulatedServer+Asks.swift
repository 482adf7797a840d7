import JSON

extension SimulatedServer {
    /// Asks for a permission, unless a rule or an earlier `always` decides.
    func ask(_ turn: Int, _ ask: PermissionAsk) async throws -> PermissionOutcome {
        guard let found = turns[turn], let session = sessions[found.session], let message = found.message else {
            throw CancellationError()
        }
        if !ask.always {
            let approved = instance(found.directory).approved
            if approved.decision(permission: ask.permission, pattern: ask.pattern) == .allow { return .allowed }
            switch session.rules.decision(permission: ask.permission, pattern: ask.pattern) {
            case .allow: return .allowed
            case .deny: return .denied
            case .ask: break
            }
        }
        let id = newID(.permission)
        let json: JSONValue = [
            "id": .string(id), "sessionID": .string(found.session), "permission": .string(ask.permission),
            "patterns": [.string(ask.pattern)], "metadata": [:], "always": [.string(ask.pattern)],
            "tool": ["messageID": .string(message), "callID": .string(ask.call)],
        ]
        let outcome = try await wait(for: ask, id, json, found)
        if outcome == .rejected(message: nil), faults.rejectEndsTurn {
            try failTool(turn, ask.call, "The user rejected permission to use this tool")
            try endStep(turn, finish: "tool-calls", usage: TokenUsage(input: 100, output: 20))
            throw RejectedAndStopped()
        }
        return outcome
    }

    /// Lists a permission as open, and waits until it is answered.
    func wait(
        for ask: PermissionAsk, _ id: String, _ json: JSONValue, _ found: RunningTurn
    ) async throws -> PermissionOutcome {
        let outcome = try await withCheckedThrowingContinuation { answer in
            let pending = PendingPermission(
                id: id, session: found.session, turn: found.id, ask: ask, json: json, answer: answer)
            instances[found.directory, default: ServerInstance()].permissions.append(pending)
            record(
                "ask", ["session": .string(found.session), "id": .string(id), "permission": .string(ask.permission)])
            publish("permission.asked", json, in: found.directory)
        }
        if turns[found.id] == nil { throw CancellationError() }
        return outcome
    }

    /// Answers a permission. An id that nobody waits for in this directory changes nothing, and is no error.
    func reply(permission id: String, _ reply: PermissionReply, message: String?, in directory: String) {
        var line: JSONObject = ["id": .string(id), "reply": .string(reply.rawValue)]
        line["message"] = message.map { .string($0) }
        record("permission-reply", line)
        guard let pending = instance(directory).permissions.first(where: { $0.id == id }) else { return }
        switch reply {
        case .once: settle(pending, .allowed, reply, in: directory)
        case .always:
            let rule = PermissionRule(permission: pending.ask.permission, pattern: pending.ask.pattern, action: .allow)
            if version.isWire2 { save(rule) } else { instances[directory]?.approved.append(rule) }
            settle(pending, .allowed, reply, in: directory)
        case .reject:
            settle(pending, .rejected(message: message), reply, in: directory)
            // One rejection rejects whatever else the session waits for.
            for other in instance(directory).permissions where other.session == pending.session {
                settle(other, .rejected(message: message), reply, in: directory)
            }
        }
    }

    private func settle(
        _ pending: PendingPermission, _ outcome: PermissionOutcome, _ reply: PermissionReply, in directory: String
    ) {
        instances[directory]?.permissions.removeAll { $0.id == pending.id }
        publish(
            "permission.replied",
            [
                "sessionID": .string(pending.session), "requestID": .string(pending.id),
                "reply": .string(reply.rawValue),
            ], in: directory)
        pending.answer.resume(returning: outcome)
    }

    /// Asks a question; nil if it was refused, or a rule of the session forbids questions.
    func question(_ turn: Int, _ form: AgentForm, call: String, always: Bool) async throws -> [[String]]? {
        guard let found = turns[turn], let session = sessions[found.session], let message = found.message else {
            throw CancellationError()
        }
        if !always, session.rules.decision(permission: "question", pattern: "*") == .deny { return nil }
        let id = newID(.question)
        let json: JSONValue = [
            "id": .string(id), "sessionID": .string(found.session),
            "questions": .array(form.fields.map(Wire1Shapes.question)),
            "tool": ["messageID": .string(message), "callID": .string(call)],
        ]
        return try await wait(for: form, id, json, found, event: ("question.asked", json))
    }

    /// Lists a question as open, and waits until it is answered.
    func wait(
        for form: AgentForm, _ id: String, _ json: JSONValue, _ found: RunningTurn,
        event: (type: String, properties: JSONValue)
    ) async throws -> [[String]]? {
        let answers = try await withCheckedThrowingContinuation { answer in
            let pending = PendingQuestion(
                id: id, session: found.session, turn: found.id, form: form, json: json, answer: answer)
            instances[found.directory, default: ServerInstance()].questions.append(pending)
            record("question", ["session": .string(found.session), "id": .string(id)])
            publish(event.type, event.properties, in: found.directory)
        }
        if turns[found.id] == nil { throw CancellationError() }
        return answers
    }

    /// Answers a question, or refuses it with nil. An unknown id changes nothing, and is no error.
    func answer(question id: String, _ answers: [[String]]?, in directory: String) {
        let list = answers.map { JSONValue.array($0.map { JSONValue($0) }) }
        record("question-reply", ["id": .string(id), "answers": list ?? .null])
        guard let pending = instance(directory).questions.first(where: { $0.id == id }) else { return }
        instances[directory]?.questions.removeAll { $0.id == id }
        var properties: JSONObject = ["sessionID": .string(pending.session), "requestID": .string(id)]
        properties["answers"] = list
        publish(list == nil ? "question.rejected" : "question.replied", .object(properties), in: directory)
        pending.answer.resume(returning: answers)
    }
}

enum PermissionReply: String, Sendable {
    case once
    case always
    case reject
}
