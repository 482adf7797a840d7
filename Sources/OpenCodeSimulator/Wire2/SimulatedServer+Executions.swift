import JSON
import SystemPackage

/// How prompts of wire 2 are worked off.
extension SimulatedServer {
    /// Tells everybody about a session. What is not durable has no place in its history.
    func emit(_ type: String, _ data: JSONObject, in session: String, durable: Bool = true) {
        // Each event takes a place, kept or not: that is why clients see gaps.
        let sequence = (sequences[session] ?? 0) + 1
        sequences[session] = sequence
        var whole: JSONObject = ["sessionID": .string(session)]
        for (name, value) in data { whole[name] = value }
        var event = ServerEvent(directory: sessions[session]?.directory, type: type, properties: .object(whole))
        if durable { event.durable = ["aggregateID": .string(session), "seq": .int(sequence), "version": 1] }
        publish(event)
        if faults.strangers {
            publish(
                ServerEvent(directory: event.directory, type: "session.next.sparkle", properties: ["sparks": [1, nil]]))
        }
    }

    /// Delivers the next prompt that waits and starts on it, if the session does nothing.
    func begin(_ session: String) {
        guard !isClosed, executions[session] == nil, sessions[session] != nil, let next = inbox.next(of: session),
            let item = inbox.take(next.id, of: session)
        else { return }
        start(session, item, skipping: nil) { showRow(of: item) }
    }

    /// - Parameter show: Writes the row that the execution begins with; nothing comes between it and the execution.
    func start(_ session: String, _ item: InboxItem, skipping done: Int?, show: () -> Void) {
        lingering.remove(session)
        lastTurn += 1
        let number = lastTurn
        executions[session] = Execution(number: number, current: item, skipped: done)
        keepProgress(session, done ?? 0)
        show()
        emit("session.execution.started", [:], in: session)
        executions[session]?.task = Task { await run(session, number) }
    }

    private func run(_ session: String, _ number: Int) async {
        var script = AgentScript()
        while let execution = executions[session], execution.number == number, let item = execution.current {
            let whole = self.script(of: item.text, id: item.id, in: session)
            script = execution.skipped.map(whole.resumed(after:)) ?? whole
            executions[session]?.skipped =
                execution.skipped == nil ? nil : whole.instructions.count - script.instructions.count
            guard let turn = beginTurn(session, item.id, parent: nil) else { return }
            await play(script, turn, session)
            // Gone: interrupted, deleted or restarted, and whoever did it has said so.
            guard let ended = turns.removeValue(forKey: turn), executions[session]?.number == number else { return }
            if let failure = ended.failure {
                end(session, .failed(failure), script)
                return
            }
            if next(session) == nil { break }
        }
        if executions[session]?.number == number { end(session, .succeeded, script) }
    }

    /// Makes the next prompt the current one: what was steered in comes first.
    private func next(_ session: String) -> InboxItem? {
        guard var execution = executions[session] else { return nil }
        execution.skipped = nil
        if execution.steered.isEmpty {
            guard let next = inbox.next(of: session), let item = inbox.take(next.id, of: session) else { return nil }
            execution.current = item
        } else {
            execution.current = execution.steered.removeFirst()
        }
        guard let item = execution.current else { return nil }
        executions[session] = execution
        keepProgress(session, 0)
        if sessions.message(item.id, in: session) == nil { showRow(of: item) }
        return item
    }

    /// Steered prompts join the turn at its next step.
    func deliverSteered(_ session: String) {
        guard executions[session] != nil else { return }
        for waiting in inbox[session] where waiting.delivery == .steer && !waiting.isStuck && !waiting.isDormant {
            guard let item = inbox.take(waiting.id, of: session) else { continue }
            executions[session]?.steered.append(item)
            showRow(of: item)
        }
    }

    private func beginTurn(_ session: String, _ prompt: String, parent: Int?) -> Int? {
        guard let stored = sessions[session] else { return nil }
        lastTurn += 1
        let model = faults.answeringModel.flatMap { ModelReference($0) } ?? stored.model ?? .scripted
        turns[lastTurn] = RunningTurn(
            id: lastTurn, session: session, directory: stored.directory, promptID: prompt, model: model,
            agent: stored.agent ?? (parent == nil ? "build" : "general"), variant: stored.wire2.variant, parent: parent)
        return lastTurn
    }

    private func play(_ script: AgentScript, _ turn: Int, _ session: String) async {
        guard let stored = sessions[session] else { return }
        let stage = Wire2Stage(server: self, turn: turn, workspace: FilePath(stored.directory))
        do {
            if let error = modelError(stored) {
                try beginRow(turn)
                try failRow(turn, error)
                return
            }
            guard Self.isDirectory(stored.directory) else {
                try beginRow(turn)
                try failRow(turn, Wire2Shapes.error("unknown", "The directory of the session is gone"))
                return
            }
            if let bytes = faults.frameBytes { try await stage.sendFrame(bytes: bytes) }
            try await ScriptedAgent.play(limited(script), on: stage)
        } catch is CancellationError {
            return
        } catch {
            try? failRow(turn, Wire2Shapes.error("unknown", "\(error)"))
        }
    }

    /// Why the session's model can't answer. One that does not exist is said so; a variant that does not, is not.
    private func modelError(_ session: StoredSession) -> JSONValue? {
        let catalogue = models(in: session.directory)
        let model = session.model ?? .scripted
        guard catalogue.contains(model) else {
            return Wire2Shapes.error("provider.no-route", "Model not found: \(model.providerID)/\(model.modelID)")
        }
        if let variant = session.wire2.variant, !Catalogue.variants.contains(variant) {
            return Wire2Shapes.error("unknown", "")
        }
        return nil
    }

    // MARK: the end

    /// Ends an execution, and goes on with what waits, unless it was interrupted.
    func end(_ session: String, _ end: ExecutionEnd, _ script: AgentScript) {
        guard executions.removeValue(forKey: session) != nil else { return }
        sessions.keep(note: Self.progressNote(session), nil)
        let now = WallClock.milliseconds()
        if let outcome = end.outcome {
            let row: JSONObject = [
                "id": .string(newID(.message)), "type": "idle", "outcome": .string(outcome),
                "time": ["created": .int(now)],
            ]
            sessions.keep(message: row, in: session)
            if var stored = sessions[session] {
                stored.wire2.outcome = outcome
                stored.wire2.idle = now
                stored.updated = now
                sessions.keep(stored)
            }
        }
        if script.staysBusy || faults.busyAfterFinish { lingering.insert(session) }
        let event = end.event
        emit(event.type, event.data, in: session)
        if script.titleAfterIdle { rename(session, "Titled after idle") }
        switch end {
        case .succeeded, .failed: wake(session, allowingDormant: false)
        // Queued prompts stay where they are until something else wakes the session.
        case .interruptedByUser, .interruptedByShutdown:
            for item in inbox.change(session, { $0.isDormant = true }) { keep(item) }
        }
    }

    /// Ends what runs in a session and in its subagents; false if nothing does.
    func interrupt(_ session: String, _ end: ExecutionEnd) -> Bool {
        guard let execution = executions[session] else { return false }
        for id in turnTree(of: session) {
            guard let turn = turns[id] else { continue }
            if faults.abortSparesChildren, turn.session != session { continue }
            withdrawAsks(in: turn.directory) { $0 == id }
            try? abortRow(id)
            turns.removeValue(forKey: id)
            if turn.session != session { self.end(turn.session, end, AgentScript()) }
        }
        execution.task?.cancel()
        self.end(session, end, AgentScript())
        return true
    }

    // MARK: subagents

    /// A child session with the parent's rules, and its first prompt.
    func beginChild(_ turn: Int, title: String) throws -> Int {
        guard let found = turns[turn], let parent = sessions[found.session] else { throw CancellationError() }
        var request = SessionRequest(id: newID(.session), directory: parent.directory)
        request.parent = parent.id
        request.title = "\(title) (subagent)"
        request.model = parent.model
        request.variant = parent.wire2.variant
        request.agent = "general"
        request.rules = parent.wire2.hasRules ? parent.rules : nil
        let child = create(request)
        let item = InboxItem(
            id: newID(.message), session: child.id, payload: ["text": .string(title)], delivery: .queue,
            created: WallClock.milliseconds())
        lastTurn += 1
        executions[child.id] = Execution(number: lastTurn)
        sessions.keep(message: item.row, in: child.id)
        emit("session.execution.started", [:], in: child.id)
        guard let id = beginTurn(child.id, item.id, parent: turn) else { throw CancellationError() }
        return id
    }

    func endChild(_ turn: Int) throws {
        guard let found = turns.removeValue(forKey: turn) else { throw CancellationError() }
        end(found.session, found.failure.map { .failed($0) } ?? .succeeded, AgentScript())
    }
}
