import Blocking
import JSON
import OpenCode
import Spool
import SystemPackage

extension TaskRun {
    /// The task's session: the one that is recorded, the one that an interrupted start left behind, the one that the
    /// task names, or a new one.
    ///
    /// When this returns, the session's id lies in the task's directory, and the session works in the workspace.
    func openSession(_ spec: TaskSpec, workspace: FilePath) async throws(RunStop) -> AgentSession {
        let (task, spool, name) = (task, spool, backend.name)
        let directory = workspace.string
        if let id = try await persist({ () throws(SpoolError) in try spool.readWord(task.session) }) {
            let found = try await ask { () async throws(AgentError) in try await self.server.session(id, in: directory)
            }
            if let found { return try check(found, directory: directory) }
            guard !spool.exists(task.turn) else {
                throw .ended(.interrupted("the server does not know the session \(id) any more"))
            }
            // Nothing was asked of it yet: a new one does as well.
            try await log("session lost", ["session": .string(id)])
            try await persist { () throws(SpoolError) in try spool.unmark(task.session) }
        }
        // Made durable before the server is asked for anything: else a power cut could put the task back to new/ with
        // its prompt already sent.
        async let claim = claimSynced()
        let choice = choice
        try await ask { () async throws(AgentError) in try await self.server.check(choice, in: directory) }
        let session: AgentSession
        if let id = spec.sessionID {
            session = try await boundSession(id, directory: directory)
        } else if spec.origin.kind == .migration, let problem = await claim {
            // Not later: once it is written down that the prompt was sent, the task must not go back to new/.
            throw .postponed(.seconds(5), reason: "\(problem)")
        } else if let begun = try await sessionOfOtherProgram(spec, directory: directory) {
            session = try check(begun, directory: directory)
        } else {
            session = try await newSession(spec, directory: directory)
        }
        if let problem = await claim { throw .postponed(.seconds(5), reason: "\(problem)") }
        CrashPoint.sessionCreated.reached()
        try await persist { () throws(SpoolError) in
            // Not synced: a session that a power cut makes us forget has no prompt, and one that has is in turn.json.
            try DurableFile.writeVolatile(session.id + "\n", to: task.session)
            try TaskLog.append("session", ["session": .string(session.id), "server": .string(name)], to: task)
        }
        CrashPoint.sessionRecorded.reached()
        return session
    }

    /// Why the claim could not be made durable; nil when it is.
    private func claimSynced() async -> SpoolError? {
        let spool = spool
        do throws(SpoolError) {
            try await BlockingPool.run { () throws(SpoolError) in try spool.syncClaim() }
            return nil
        } catch {
            return error
        }
    }

    private func boundSession(_ id: String, directory: String) async throws(RunStop) -> AgentSession {
        let found = try await ask { () async throws(AgentError) in try await self.server.session(id, in: directory) }
        guard let found else { throw .unreadable("the server has no session \(id)") }
        return try check(found, directory: directory)
    }

    private func newSession(_ spec: TaskSpec, directory: String) async throws(RunStop) -> AgentSession {
        let title = "\(spec.name.prefix(80)) (\(id))"
        do {
            if isAdopted {
                // An earlier start may have made it and not lived to write it down. One that has a prompt is not
                // ours to use: ours are written down before they get one.
                for old in try await server.sessions(titled: title, in: directory) {
                    if try await server.promptIDs(in: old).isEmpty { return try check(old, directory: directory) }
                }
            }
            let request = SessionRequest(
                directory: directory, title: title,
                denied: SessionRules.denied(by: spec.permissions ?? settings.permissions), choice: choice
            )
            return try check(try await server.createSession(request), directory: directory)
        } catch let stop as RunStop {
            throw stop
        } catch let error as AgentError {
            if error.code == .cancelled || Task.isCancelled { throw .daemonStops }
            if error.mayPass { throw .postponed(.seconds(error.code == .unreachable ? 1 : 10), reason: error.message) }
            switch error.code {
            case .unauthorized, .notAnAgent, .unsupported, .tooLarge:
                throw .postponed(.seconds(10), reason: error.message)
            default:
                throw .ended(.failed(AgentFailure(name: "Session", message: error.message, mayPass: false)))
            }
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// No prompt goes to a session that works elsewhere than the task says.
    private func check(_ session: AgentSession, directory: String) throws(RunStop) -> AgentSession {
        if session.directory == directory { return session }
        throw .ended(
            .failed(
                AgentFailure(
                    name: "WrongDirectory",
                    message:
                        "the server would work in \(session.directory) instead of \(directory); nothing was asked of it",
                    mayPass: false
                )
            )
        )
    }
}

/// What a session may not even ask for.
enum SessionRules {
    /// Modes that need somebody at the screen, and questions where they would be refused anyway.
    static func denied(by policy: AskPolicy) -> [String] {
        ["plan_enter", "plan_exit"] + (policy.rule(for: "question") == .deny ? ["question"] : [])
    }
}
