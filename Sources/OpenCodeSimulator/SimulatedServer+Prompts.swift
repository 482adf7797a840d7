import Glibc
import JSON
import SystemPackage

extension SimulatedServer {
    /// Takes a prompt, as it does before the 204 goes out: it is recorded, and everything else happens later.
    ///
    /// - Returns: When the turn is over; for callers that block.
    func accept(_ prompt: AcceptedPrompt) -> Task<Void, Never> {
        prompts += 1
        let lost = SimulatorFaults.take(&faults.losePrompts)
        var line: JSONObject = [
            "session": .string(prompt.session), "directory": .string(prompt.directory),
            "messageID": .string(prompt.messageID), "text": .string(prompt.text),
        ]
        if lost { line["lost"] = true }
        record("prompt", line)
        let delay = faults.persistDelaySeconds
        lastArrival += 1
        let number = lastArrival
        let arrival = Task {
            defer { arrivals.removeValue(forKey: number) }
            if lost || prompt.script.reception == .silent { return }
            if delay > 0 { try? await Task.sleep(for: .seconds(delay)) }
            // Cancelled: the server restarted before it was stored.
            if !Task.isCancelled { await receive(prompt) }
        }
        arrivals[number] = arrival
        return arrival
    }

    private func receive(_ prompt: AcceptedPrompt) async {
        guard !isClosed, var session = sessions[prompt.session] else { return }
        if prompt.script.reception == .notPersisted {
            publishError(
                .unknown("The prompt could not be stored"), session: session.id, model: prompt.model,
                in: prompt.directory)
            return
        }
        session.agent = prompt.agent
        session.model = prompt.model
        let isRepeated = sessions.message(prompt.messageID, in: session.id) != nil
        if !isRepeated {
            var info = prompt.info
            info["time"] = ["created": .int(WallClock.milliseconds())]
            keep(info, in: session.id, prompt.directory)
        }
        // Twice the same id: the parts come a second time, in the same message.
        for part in prompt.parts {
            var part = part
            if part["id"] == nil || isRepeated { part["id"] = .string(newID(.part)) }
            part["sessionID"] = .string(session.id)
            part["messageID"] = .string(prompt.messageID)
            keep(part: part, of: prompt.messageID, in: session.id, prompt.directory)
        }
        update(session)
        if prompt.noReply || prompt.script.reception == .noTurn { return }
        if isRepeated && isAnsweredOrWaiting(prompt) { return }
        start(prompt)
        await withCheckedContinuation { caller in
            if loops[prompt.session] == nil {
                caller.resume()
            } else {
                loops[prompt.session]?.callers.append(caller)
            }
        }
    }

    private func isAnsweredOrWaiting(_ prompt: AcceptedPrompt) -> Bool {
        if let loop = loops[prompt.session],
            loop.current?.messageID == prompt.messageID
                || loop.waiting.contains(where: { $0.messageID == prompt.messageID })
        {
            return true
        }
        return sessions[prompt.session]?.messages.contains { $0.parentID == prompt.messageID && $0.endsTurn } ?? false
    }

    /// Joins the loop of the session that is running, or starts one.
    private func start(_ prompt: AcceptedPrompt) {
        if loops[prompt.session] != nil {
            loops[prompt.session]?.waiting.append(prompt)
            return
        }
        lastTurn += 1
        let number = lastTurn
        var loop = PromptLoop(number: number, directory: prompt.directory, waiting: [prompt])
        loop.task = Task { await run(prompt.session, number) }
        loops[prompt.session] = loop
    }

    private func run(_ session: String, _ number: Int) async {
        // Aborted before it began; by now the session may even have another loop.
        guard let directory = loops[session]?.directory, loops[session]?.number == number else { return }
        setStatus(.busy, of: session, in: directory)
        var script = AgentScript()
        while let loop = loops[session], let prompt = loop.waiting.first {
            lastTurn += 1
            let turn = lastTurn
            loops[session]?.waiting.removeFirst()
            loops[session]?.current = prompt
            script = prompt.script
            let model = faults.answeringModel.flatMap { ModelReference($0) } ?? prompt.model
            turns[turn] = RunningTurn(
                id: turn, session: session, directory: prompt.directory, promptID: prompt.messageID, model: model,
                agent: prompt.agent, variant: prompt.variant, parent: nil)
            await play(prompt, turn)
            // Gone: aborted, deleted or restarted, and whoever did it has said so.
            if turns.removeValue(forKey: turn) == nil { return }
        }
        end(session, directory, script)
    }

    private func play(_ prompt: AcceptedPrompt, _ turn: Int) async {
        guard let session = sessions[prompt.session] else { return }
        // An id behind what was already answered: the loop finds nothing to do. Before 1.18.15 only.
        if version.ordersMessagesByID, session.messages.contains(where: { $0.endsTurn && $0.id > prompt.messageID }) {
            return
        }
        // A model that does not exist ends a turn without a word.
        if prompt.model.modelID == "no-such-model" { return }
        let stage = Wire1Stage(server: self, turn: turn, workspace: FilePath(session.directory))
        do {
            guard Self.isDirectory(session.directory) else {
                // The turn ends with a message that has no parts, no finish and no error.
                try beginStep(turn, bare: true)
                return
            }
            if let bytes = faults.frameBytes {
                try await stage.sendFrame(bytes: bytes)
            }
            try await ScriptedAgent.play(limited(prompt.script), on: stage)
            try await loopOn(prompt, turn)
        } catch is CancellationError {
            return
        } catch is RejectedAndStopped {
            return
        } catch {
            try? fail(turn, .unknown("\(error)"))
        }
    }

    /// What is played of a script while the provider's limit is reached.
    func limited(_ script: AgentScript) -> AgentScript {
        guard SimulatorFaults.take(&faults.limitedTurns) else { return script }
        return AgentScript(instructions: [.fail(.api(status: 429, retryable: true))])
    }

    /// Before 1.18.15 an id ahead of the server's clock is never seen as answered: it is answered again and again.
    private func loopOn(_ prompt: AcceptedPrompt, _ turn: Int) async throws {
        guard version.ordersMessagesByID, !prompt.script.noAssistant else { return }
        var answers = 1
        while answers < faults.loopLimit, let last = sessions[prompt.session]?.messages.last(where: \.endsTurn),
            last.parentID == prompt.messageID, last.id < prompt.messageID
        {
            answers += 1
            try beginStep(turn)
            try say(turn, "There is nothing left to do.")
            try endStep(turn, finish: "stop", usage: TokenUsage(input: 100, output: 10))
            await Task.yield()
        }
    }

    private func end(_ session: String, _ directory: String, _ script: AgentScript) {
        guard let loop = loops.removeValue(forKey: session) else { return }
        if !script.staysBusy && !faults.busyAfterFinish { setStatus(nil, of: session, in: directory) }
        if script.titleAfterIdle, var stored = sessions[session] {
            stored.title = "Titled after idle"
            update(stored)
        }
        for caller in loop.callers { caller.resume() }
    }

    // MARK: abort

    /// Ends what runs in a session, in this instance, and in its children. Whoever asks is told yes, always.
    func abort(_ session: String, in directory: String) {
        record("abort", ["session": .string(session), "directory": .string(directory)])
        if faults.abortIgnored { return }
        guard loops[session]?.directory == directory || loops[session] == nil else { return }
        endTurns(of: session, stranded: false)
        if instance(directory).statuses[session] != nil { setStatus(nil, of: session, in: directory) }
    }

    /// - Parameter stranded: Leave the messages as they are, as a restart does.
    func endTurns(of session: String, stranded: Bool) {
        for id in turnTree(of: session) {
            guard let turn = turns[id] else { continue }
            if faults.abortSparesChildren, !stranded, turn.session != session { continue }
            withdrawAsks(in: turn.directory) { $0 == id }
            if !stranded { try? fail(id, .aborted) }
            turns.removeValue(forKey: id)
            if turn.session != session { setStatus(nil, of: turn.session, in: turn.directory) }
        }
        guard let loop = loops.removeValue(forKey: session) else { return }
        loop.task?.cancel()
        for caller in loop.callers { caller.resume() }
    }

    /// The turns of a session and of its subagents, the youngest first.
    func turnTree(of session: String) -> [Int] {
        var tree = Set(turns.values.filter { $0.session == session }.map(\.id))
        while true {
            let children = turns.values.filter { tree.contains($0.parent ?? 0) && !tree.contains($0.id) }
            if children.isEmpty { return tree.sorted(by: >) }
            tree.formUnion(children.map(\.id))
        }
    }

    static func isDirectory(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor < 0 { return false }
        Glibc.close(descriptor)
        return true
    }
}

extension AcceptedPrompt {
    /// The text parts, one below the other.
    var text: String { parts.compactMap { $0["text"]?.string }.joined(separator: "\n") }
}

/// A permission was rejected without a message, and that ends the turn.
struct RejectedAndStopped: Error {}
