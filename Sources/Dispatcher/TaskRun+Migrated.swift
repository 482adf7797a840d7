import JSON
import Logging
import OpenCode
import Spool

extension TaskRun {
    /// Whether another program has sent the prompt of the task's present turn.
    func isCarriedOver() async throws(RunStop) -> Bool {
        let (spool, task) = (spool, task)
        return try await persist { () throws(SpoolError) in
            try spool.readJSON(task.turn).flatMap { TurnRecord(json: $0) }?.mark.isBeginning ?? false
        }
    }

    /// Goes on when the baseline is recorded. A task whose prompt another program has sent goes on without one, too: if it
    /// were postponed, it would be prompted again while its session works on, so what it changed is not told instead.
    func proceed(after baseline: Result<Void, RunStop>) async throws(RunStop) {
        guard case .failure(let stop) = baseline else { return }
        guard case .postponed(_, let reason) = stop, try await isCarriedOver() else { throw stop }
        logger.warning("what the task changes can't be told", metadata: ["reason": "\(reason)"])
        try await log("no baseline", ["reason": .string(reason)])
    }

    /// The session in which another program has begun with a task that it still called waiting, as it was stopped between
    /// the prompt and its note of it. Nil for every other task, and where there is none.
    ///
    /// It has the task's name and directory, was made after the task, belongs to no other task of that program or of ours,
    /// and has a prompt that is the goal with that program's own words behind it. When this returns one, `turn.json` says so, and the prompt is followed; a crash
    /// before has it looked for again.
    func sessionOfOtherProgram(_ spec: TaskSpec, directory: String) async throws(RunStop) -> AgentSession? {
        guard spec.origin.kind == .migration else { return nil }
        let (spool, task) = (spool, task)
        let note = try await persist { () throws(SpoolError) -> JSONValue? in
            // Whoever has it done once more wants it to be begun.
            try spool.attemptCount(task) == 0 ? try spool.readJSON(task.migrated) : nil
        }
        guard let note else { return nil }
        let title = note["task"]?["spec"]?["name"]?.string ?? spec.name
        let others = Set(note["sessions_of_others"]?.array?.compactMap(\.string) ?? [])
        let candidates = try await ask(isAsked: false) { () async throws(AgentError) in
            try await self.server.sessions(titled: title, in: directory)
        }
        let mark = PromptMark(id: nil, known: [], text: spec.goal, isBeginning: true, separator: Self.separator)
        for session in candidates where !others.contains(session.id) {
            let found = try await ask(isAsked: false) { () async throws(AgentError) -> Bool in
                let made = try await self.server.record(session.id, in: directory)?.created ?? 0
                guard made + Self.clockSlack >= spec.created.milliseconds else { return false }
                return try await self.server.find(mark, in: session) != nil
            }
            guard found, try await !isTaken(session.id) else { continue }
            let turn = MigratedTurn(session: session.id, beginning: spec.goal, started: spec.created)
            let node = node
            try await persist { () throws(SpoolError) in try spool.record(turn, in: task, by: node) }
            return session
        }
        return nil
    }

    /// Whether another task of ours has the session.
    private func isTaken(_ session: String) async throws(RunStop) -> Bool {
        let (spool, ours) = (spool, id)
        return try await persist { () throws(SpoolError) in
            for state in TaskState.allCases {
                for other in try spool.list(state) where other != ours {
                    // One that is moved just now is not read, and was here before this one.
                    let word = (try? spool.readWord(spool.paths.task(other, in: state).session)) ?? nil
                    if word == session { return true }
                }
            }
            return false
        }
    }

    /// What OpenLoom 0.17 puts between a goal and its own words.
    private static var separator: String { "---" }

    /// How much the server's clock may differ from that of the other program, in milliseconds.
    private static var clockSlack: Int { 1000 }
}
