import JSON

/// What happens within a turn of wire 2. Each call throws `CancellationError` once the turn is no more.
extension SimulatedServer {
    private func row(_ turn: Int) throws -> (turn: RunningTurn, message: StoredMessage) {
        guard let found = turns[turn], let id = found.message, let message = sessions.message(id, in: found.session)
        else { throw CancellationError() }
        return (found, message)
    }

    private func put(_ message: StoredMessage, _ turn: RunningTurn) {
        sessions.keep(message: message.info, in: turn.session)
    }

    private func tell(
        _ type: String, _ turn: RunningTurn, _ message: String, _ data: JSONObject, durable: Bool = true
    ) {
        var whole: JSONObject = ["assistantMessageID": .string(message)]
        for (name, value) in data { whole[name] = value }
        emit("session.\(type)", whole, in: turn.session, durable: durable)
    }

    func beginRow(_ turn: Int) throws {
        guard let found = turns[turn] else { throw CancellationError() }
        deliverSteered(found.session)
        if faults.strangers { sprinkle(found.session) }
        let id = newID(.message)
        let model = Wire2Shapes.model(found.model, found.variant)
        let info: JSONObject = [
            "id": .string(id), "type": "assistant", "agent": .string(found.agent), "model": model, "content": [],
            "time": ["created": .int(WallClock.milliseconds())],
        ]
        turns[turn]?.message = id
        sessions.keep(message: info, in: found.session)
        tell("step.started", found, id, ["agent": .string(found.agent), "model": model])
        if faults.cutStreamMidTurn { cutStreams() }
        if found.parent == nil, SimulatorFaults.take(&faults.shutdownTurns) {
            _ = interrupt(found.session, .interruptedByShutdown)
            throw CancellationError()
        }
    }

    /// Rows that no client should stumble over.
    private func sprinkle(_ session: String) {
        let time: JSONValue = ["created": .int(WallClock.milliseconds())]
        let rows: [JSONObject] = [
            ["type": "hologram", "beams": [["x": 1]]], ["type": "system", "text": "The date has changed."],
            ["type": "shell", "shellID": "shl_1", "command": "true", "status": "exited"],
            ["type": "compaction", "status": "running", "reason": "auto", "summary": "", "recent": ""],
        ]
        for row in rows {
            var row = row
            row["id"] = .string(newID(.message))
            row["time"] = time
            sessions.keep(message: row, in: session)
        }
    }

    func addText(_ turn: Int, _ text: String) throws {
        let (found, stored) = try row(turn)
        var message = stored
        let ordinal = message.content.count
        message.content.append(["type": "text", "text": .string(text)])
        put(message, found)
        tell("text.started", found, message.id, ["ordinal": .int(ordinal)])
        tell("text.delta", found, message.id, ["ordinal": .int(ordinal), "delta": .string(text)], durable: false)
        tell("text.ended", found, message.id, ["ordinal": .int(ordinal), "text": .string(text)])
    }

    func completeRow(_ turn: Int, finish: String, usage: TokenUsage) throws {
        let (found, stored) = try row(turn)
        var message = stored
        message.info["finish"] = .string(finish)
        message.info["cost"] = .double(usage.cost)
        message.info["tokens"] = usage.json
        message.setTime("streamed", WallClock.milliseconds())
        message.setTime("completed", WallClock.milliseconds())
        turns[turn]?.message = nil
        put(message, found)
        tell("step.streamed", found, message.id, [:], durable: false)
        tell(
            "step.ended", found, message.id,
            ["finish": .string(finish), "cost": .double(usage.cost), "tokens": usage.json])
        guard var session = sessions[found.session] else { return }
        session.usage = session.usage + usage
        session.updated = WallClock.milliseconds()
        sessions.keep(session)
        let totals: JSONObject = ["cost": .double(session.usage.cost), "tokens": session.usage.json]
        emit("session.usage.updated", totals, in: found.session, durable: false)
    }

    /// Ends the turn with an error.
    func failRow(_ turn: Int, _ error: JSONValue) throws {
        let (found, stored) = try row(turn)
        var message = try settlingTools(turn, stored, error)
        message.info["finish"] = "error"
        message.info["error"] = error
        message.setTime("completed", WallClock.milliseconds())
        turns[turn]?.message = nil
        turns[turn]?.failure = error
        put(message, found)
        tell("step.failed", found, message.id, ["error": error])
    }

    /// Ends the step because the execution is interrupted.
    func abortRow(_ turn: Int) throws {
        let (found, stored) = try row(turn)
        let message = Self.aborted(try settlingTools(turn, stored, Wire2Shapes.aborted))
        turns[turn]?.message = nil
        put(message, found)
        tell("step.failed", found, message.id, ["error": Wire2Shapes.aborted])
    }

    static func aborted(_ message: StoredMessage) -> StoredMessage {
        var message = message
        message.info["error"] = Wire2Shapes.aborted
        message.setTime("completed", WallClock.milliseconds())
        return message
    }

    // MARK: tools

    func addTool(_ turn: Int, _ name: String, _ input: JSONObject) throws -> String {
        let (found, stored) = try row(turn)
        var message = stored
        let call = "call_\(IdentifierClock.random(24))"
        let now = WallClock.milliseconds()
        var tool: JSONObject = [
            "type": "tool", "id": .string(call), "name": .string(name),
            "state": ["status": "streaming", "input": ""], "time": ["created": .int(now)],
        ]
        message.content.append(.object(tool))
        put(message, found)
        tell("tool.input.started", found, message.id, ["id": .string(call), "name": .string(name)])
        let text = JSONValue.object(input).compact
        tell("tool.input.ended", found, message.id, ["id": .string(call), "text": .string(text)])
        tool["state"] = ["status": "running", "input": .object(input), "metadata": [:]]
        tool["time"] = ["created": .int(now), "ran": .int(now)]
        message.content[message.content.count - 1] = .object(tool)
        put(message, found)
        tell("tool.called", found, message.id, ["id": .string(call), "input": .object(input), "executed": false])
        return call
    }

    func completeTool(_ turn: Int, _ call: String, output: String, change: WorkspaceFiles.Change?) throws {
        let (found, message) = try row(turn)
        if let change {
            let status = change.after == nil ? "deleted" : change.before == nil ? "added" : "modified"
            sessions.keep(
                change: FileChange(
                    messageID: found.promptID, file: change.path, before: change.before ?? "",
                    after: change.after ?? "", status: status),
                in: found.session)
        }
        let content: JSONValue = [["type": "text", "text": .string(output)]]
        let settled = settling(call, in: message) { input in
            ["status": "completed", "input": input, "content": content]
        }
        put(settled, found)
        tell("tool.success", found, message.id, ["id": .string(call), "content": content, "executed": false])
    }

    func breakTool(_ turn: Int, _ call: String, _ error: JSONValue) throws {
        let (found, message) = try row(turn)
        put(settling(call, in: message) { ["status": "error", "input": $0, "error": error] }, found)
        tell("tool.failed", found, message.id, ["id": .string(call), "error": error, "executed": false])
    }

    private func settling(
        _ call: String, in message: StoredMessage, _ state: (_ input: JSONValue) -> JSONValue
    ) -> StoredMessage {
        var message = message
        guard let place = message.content.lastIndex(where: { $0["id"]?.string == call }),
            var tool = message.content[place].object
        else { return message }
        tool["state"] = state(tool["state"]?["input"] ?? [:])
        var time = tool["time"]?.object ?? JSONObject()
        time["completed"] = .int(WallClock.milliseconds())
        tool["time"] = .object(time)
        message.content[place] = .object(tool)
        return message
    }

    /// The row once none of its tools is open any more.
    private func settlingTools(_ turn: Int, _ message: StoredMessage, _ error: JSONValue) throws -> StoredMessage {
        for tool in message.content where ["streaming", "running"].contains(tool["state"]?["status"]?.string) {
            if let call = tool["id"]?.string { try breakTool(turn, call, error) }
        }
        return try row(turn).message
    }

    // MARK: retries, frames

    func scheduleRetry(_ turn: Int, attempt: Int, message text: String, at next: Int) throws {
        let (found, stored) = try row(turn)
        var message = stored
        let error = Wire2Shapes.error("provider.rate-limit", text, status: 429)
        let retry: JSONObject = ["attempt": .int(attempt), "at": .int(next), "error": error]
        message.info["retry"] = .object(retry)
        put(message, found)
        tell("retry.scheduled", found, message.id, retry)
    }

    func endRetry(_ turn: Int) throws {
        let (found, stored) = try row(turn)
        var message = stored
        message.info["retry"] = nil
        put(message, found)
    }

    func sendLargeEvent(_ turn: Int, bytes: Int) throws {
        guard let found = turns[turn] else { throw CancellationError() }
        let message = found.message ?? found.promptID
        let output: JSONValue = [["type": "text", "text": .string(String(repeating: "x", count: bytes))]]
        tell("tool.progress", found, message, ["id": "call_large", "content": output], durable: false)
    }
}

extension StoredMessage {
    /// The content of an assistant's row in wire 2.
    var content: [JSONValue] {
        get { info["content"]?.array ?? [] }
        set { info["content"] = .array(newValue) }
    }
}
