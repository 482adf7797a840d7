import JSON
import OpenCode
import Spool

extension TaskRun {
    /// The session in which another program has begun with a task that it still called waiting, as it was stopped between
    /// the prompt and its note of it. Nil for every other task, and where there is none.
    ///
    /// It has the task's name and directory, was made after the task, belongs to no other task of that program, and has
    /// a prompt that begins with the goal. When this returns one, `turn.json` says so, and the prompt is followed; a crash
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
        let mark = PromptMark(id: nil, known: [], text: spec.goal, isBeginning: true)
        for session in candidates where !others.contains(session.id) {
            let found = try await ask(isAsked: false) { () async throws(AgentError) -> Bool in
                let made = try await self.server.record(session.id, in: directory)?.created ?? 0
                guard made + Self.clockSlack >= spec.created.milliseconds else { return false }
                return try await self.server.find(mark, in: session) != nil
            }
            guard found else { continue }
            let turn = MigratedTurn(session: session.id, beginning: spec.goal, started: spec.created)
            let node = node
            try await persist { () throws(SpoolError) in try spool.record(turn, in: task, by: node) }
            return session
        }
        return nil
    }

    /// How much the server's clock may differ from that of the other program, in milliseconds.
    private static var clockSlack: Int { 1000 }
}
