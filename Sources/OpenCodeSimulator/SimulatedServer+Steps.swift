import JSON

/// What happens within a turn. Each call throws `CancellationError` once the turn is no more.
extension SimulatedServer {
    private func running(_ turn: Int) throws -> RunningTurn {
        guard let found = turns[turn] else { throw CancellationError() }
        return found
    }

    private func step(_ turn: Int) throws -> (turn: RunningTurn, message: StoredMessage) {
        let found = try running(turn)
        guard let id = found.message, let message = sessions.message(id, in: found.session) else {
            throw CancellationError()
        }
        return (found, message)
    }

    /// - Parameter bare: Without any part.
    func beginStep(_ turn: Int, bare: Bool = false) throws {
        let found = try running(turn)
        guard let session = sessions[found.session] else { throw CancellationError() }
        let id = newID(.message)
        var info: JSONObject = [
            "id": .string(id), "sessionID": .string(found.session), "role": "assistant",
            "parentID": .string(found.promptID), "providerID": .string(found.model.providerID),
            "modelID": .string(found.model.modelID), "agent": .string(found.agent), "mode": .string(found.agent),
            "path": ["cwd": .string(session.directory), "root": .string(session.directory)],
            "cost": 0, "tokens": TokenUsage().json, "time": ["created": .int(WallClock.milliseconds())],
        ]
        info["variant"] = found.variant.map { .string($0) }
        turns[turn]?.message = id
        keep(info, in: found.session, found.directory)
        if bare { return }
        addPart(turn, found, id, "step-start")
        if faults.cutStreamMidTurn { cutStreams() }
    }

    private func addPart(_ turn: Int, _ found: RunningTurn, _ message: String, _ type: String, _ more: JSONObject = [:])
    {
        let part = Wire1Shapes.part(newID(.part), type, session: found.session, message: message, more)
        keep(part: part, of: message, in: found.session, found.directory)
    }

    func say(_ turn: Int, _ text: String) throws {
        let (found, message) = try step(turn)
        let id = newID(.part)
        let start = WallClock.milliseconds()
        var part = Wire1Shapes.part(
            id, "text", session: found.session, message: message.id,
            ["text": "", "time": ["start": .int(start)]])
        keep(part: part, of: message.id, in: found.session, found.directory)
        publish(
            "message.part.delta",
            [
                "sessionID": .string(found.session), "messageID": .string(message.id), "partID": .string(id),
                "field": "text", "delta": .string(text),
            ], in: found.directory)
        part["text"] = .string(text)
        part["time"] = ["start": .int(start), "end": .int(WallClock.milliseconds())]
        keep(part: part, of: message.id, in: found.session, found.directory)
    }

    func endStep(_ turn: Int, finish: String, usage: TokenUsage) throws {
        let (found, stored) = try step(turn)
        var message = stored
        addPart(
            turn, found, message.id, "step-finish",
            ["reason": .string(finish), "cost": .double(usage.cost), "tokens": usage.json])
        message.info["finish"] = .string(finish)
        message.info["cost"] = .double(usage.cost)
        message.info["tokens"] = usage.json
        message.setTime("completed", WallClock.milliseconds())
        turns[turn]?.message = nil
        keep(message.info, in: found.session, found.directory)
        guard var session = sessions[found.session] else { return }
        session.usage = session.usage + usage
        update(session)
        let changes = session.changes.filter { $0.messageID == found.promptID }
        if !changes.isEmpty {
            publish(
                "session.diff",
                ["sessionID": .string(session.id), "diff": diff(session, messageID: found.promptID)],
                in: found.directory)
        }
    }

    /// Ends the message under way, and its open tools, with an error.
    func fail(_ turn: Int, _ failure: AgentFailure) throws {
        let found = try running(turn)
        let now = WallClock.milliseconds()
        if let id = found.message, var message = sessions.message(id, in: found.session) {
            for part in message.parts where ["pending", "running"].contains(part["state"]?["status"]?.string) {
                if let call = part["callID"]?.string { try failTool(turn, call, "Tool execution aborted") }
            }
            message.info["error"] = Wire1Shapes.error(failure, model: found.model)
            message.setTime("completed", now)
            keep(message.info, in: found.session, found.directory)
            turns[turn]?.message = nil
        }
        publishError(failure, session: found.session, model: found.model, in: found.directory)
    }

    // MARK: tools

    func openTool(_ turn: Int, _ name: String, _ input: JSONObject, title: String) throws -> String {
        let (found, message) = try step(turn)
        let call = "call_\(IdentifierClock.random(24))"
        var part = Wire1Shapes.part(
            newID(.part), "tool", session: found.session, message: message.id,
            [
                "callID": .string(call), "tool": .string(name),
                "state": ["status": "pending", "input": [:], "raw": ""],
            ])
        keep(part: part, of: message.id, in: found.session, found.directory)
        part["state"] = [
            "status": "running", "input": .object(input), "title": .string(title),
            "time": ["start": .int(WallClock.milliseconds())],
        ]
        keep(part: part, of: message.id, in: found.session, found.directory)
        return call
    }

    func closeTool(_ turn: Int, _ call: String, output: String, change: WorkspaceFiles.Change?) throws {
        let found = try running(turn)
        if let change {
            let status = change.after == nil ? "deleted" : change.before == nil ? "added" : "modified"
            sessions.keep(
                change: FileChange(
                    messageID: found.promptID, file: change.path, before: change.before ?? "",
                    after: change.after ?? "", status: status),
                in: found.session)
            publish("file.edited", ["file": .string("\(workspace(found))/\(change.path)")], in: found.directory)
        }
        try settleTool(turn, call) { state in
            [
                "status": "completed", "input": state["input"] ?? [:], "output": .string(output),
                "title": state["title"] ?? "", "metadata": [:],
                "time": [
                    "start": state["time"]?["start"] ?? 0, "end": .int(WallClock.milliseconds()),
                ],
            ]
        }
    }

    func failTool(_ turn: Int, _ call: String, _ error: String) throws {
        try settleTool(turn, call) { state in
            [
                "status": "error", "input": state["input"] ?? [:], "error": .string(error),
                "time": [
                    "start": state["time"]?["start"] ?? 0, "end": .int(WallClock.milliseconds()),
                ],
            ]
        }
    }

    private func settleTool(_ turn: Int, _ call: String, _ change: (JSONValue) -> JSONValue) throws {
        let (found, message) = try step(turn)
        guard var part = message.parts.last(where: { $0["callID"]?.string == call })?.object,
            let state = part["state"]
        else { return }
        part["state"] = change(state)
        keep(part: part, of: message.id, in: found.session, found.directory)
    }

    private func workspace(_ turn: RunningTurn) -> String { sessions[turn.session]?.directory ?? turn.directory }

    // MARK: retries, subagents, frames

    func retry(_ turn: Int, _ status: ServerInstance.Status) throws {
        let found = try running(turn)
        setStatus(status, of: found.session, in: found.directory)
    }

    /// A child session, with the parent's denials, and its first prompt.
    func beginSubagent(_ turn: Int, title: String) throws -> Int {
        let found = try running(turn)
        guard let parent = sessions[found.session] else { throw CancellationError() }
        let child = createSession(
            in: parent.directory, parent: parent.id, title: "\(title) (subagent)",
            rules: parent.rules.filter { $0.action == .deny })
        let prompt = newID(.message)
        keep(
            [
                "id": .string(prompt), "sessionID": .string(child.id), "role": "user", "agent": "general",
                "model": found.model.json, "time": ["created": .int(WallClock.milliseconds())],
            ], in: child.id, found.directory)
        let part = Wire1Shapes.part(
            newID(.part), "text", session: child.id, message: prompt, ["text": .string(title)])
        keep(part: part, of: prompt, in: child.id, found.directory)
        lastTurn += 1
        turns[lastTurn] = RunningTurn(
            id: lastTurn, session: child.id, directory: found.directory, promptID: prompt, model: found.model,
            agent: "general", variant: nil, parent: turn)
        setStatus(.busy, of: child.id, in: found.directory)
        return lastTurn
    }

    func endSubagent(_ turn: Int) throws {
        let found = try running(turn)
        turns.removeValue(forKey: turn)
        setStatus(nil, of: found.session, in: found.directory)
    }

    func sendFrame(_ turn: Int, bytes: Int) throws {
        let found = try running(turn)
        guard let prompt = sessions.message(found.promptID, in: found.session) else { return }
        // A user's message with an absurd diff in its summary, as was seen.
        var info = prompt.info
        info["summary"] = [
            "diffs": [
                [
                    "file": "large", "patch": .string(String(repeating: "x", count: bytes)), "additions": 0,
                    "deletions": 0,
                ]
            ]
        ]
        publish("message.updated", ["info": .object(info)], in: found.directory)
    }
}
