import JSON

/// What wire 2 takes up again after a restart.
extension SimulatedServer {
    /// The name of the note that a session is at work.
    static func progressNote(_ session: String) -> String { "run/\(session)" }

    /// Keeps how far the current prompt of a session has come, so that a later life of the server can go on from there.
    func keepProgress(_ session: String, _ done: Int) {
        guard let prompt = executions[session]?.current?.id else { return }
        sessions.keep(note: Self.progressNote(session), ["prompt": .string(prompt), "done": .int(done)])
    }

    func reached(_ turn: Int, _ instruction: Int) {
        guard let found = turns[turn], found.parent == nil, let execution = executions[found.session] else { return }
        let done = (execution.skipped ?? 0).addingReportingOverflow(instruction)
        if !done.overflow { keepProgress(found.session, done.partialValue) }
    }

    /// Resumes the turns that were cut, and begins what waits in inboxes. To be called once a server has started.
    func recover() {
        guard version.isWire2 else { return }
        let prefix = Self.progressNote("")
        let cut = sessions.notes.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        for session in inbox.sessions where !cut.contains(session) { wake(session, allowingDormant: false) }
        if cut.isEmpty { return }
        let seconds = faults.resumeSeconds
        lastArrival += 1
        let number = lastArrival
        arrivals[number] = Task {
            defer { arrivals.removeValue(forKey: number) }
            if seconds > 0 { try? await Task.sleep(for: .seconds(seconds)) }
            if Task.isCancelled { return }
            for session in cut.sorted() { resume(session) }
        }
    }

    private func resume(_ session: String) {
        let note = sessions.notes[Self.progressNote(session)]
        guard !isClosed, executions[session] == nil, let stored = sessions[session],
            let item = note?["prompt"]?.string.flatMap({ inbox.admitted[$0] }), let done = note?["done"]?.int
        else { return }
        for message in stored.messages where message.info["type"] == "assistant" && !message.isComplete {
            sessions.keep(message: Self.aborted(message).info, in: session)
        }
        record("resume", ["session": .string(session), "messageID": .string(item.id)])
        start(session, item, skipping: max(0, done)) {
            let text = "The server restarted. Go on from where you were."
            let metadata: JSONValue = ["notice": "restart"]
            let row: JSONObject = [
                "id": .string(newID(.message)), "type": "synthetic", "text": .string(text), "metadata": metadata,
                "time": ["created": .int(WallClock.milliseconds())],
            ]
            sessions.keep(message: row, in: session)
            emit("session.synthetic", ["text": .string(text), "metadata": metadata], in: session)
        }
    }
}
