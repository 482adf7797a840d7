import Blocking
import JSON
import Logging
import OpenCode
import Spool
import SystemPackage

extension TaskRun {
    /// Answers what the policy answers, writes down what a person must answer, and hands on what a person has answered.
    ///
    /// - Returns: Whether the task waits for a person.
    func handleAsks(_ spec: TaskSpec, session: AgentSession) async throws(RunStop) -> Bool {
        let policy = spec.permissions ?? settings.permissions
        var open: [AgentAsk] = []
        let all = try await ask { () async throws(AgentError) in try await self.server.asks(in: session.directory) }
        for ask in all where try await isOurs(ask, session: session) {
            switch policy.rule(for: ask.permission) {
            case .allow: try await answer(ask, .once, by: "policy", session: session)
            case .deny:
                try await answer(
                    ask, .reject(message: "Not allowed here. Go on without it, or say why that is impossible."),
                    by: "policy", session: session
                )
            case .ask where AskFile.name(of: ask) == nil:
                // Nobody could answer it: there can be no file of that name.
                try await answer(
                    ask, .reject(message: "Nobody can be asked this. Go on without it, or say why that is impossible."),
                    by: "daemon", session: session
                )
            case .ask:
                if try await !answerFromFile(ask, session: session) { open.append(ask) }
            }
        }
        try await show(open)
        if open.isEmpty == isWaiting {
            isWaiting = !open.isEmpty
            setWaiting(isWaiting)
        }
        return isWaiting
    }

    /// Whether an ask comes from our session or from one that it started. Never answer for somebody else.
    private func isOurs(_ ask: AgentAsk, session: AgentSession) async throws(RunStop) -> Bool {
        if let known = kinship[ask.session] { return known }
        var path: [String] = []
        var current: String? = ask.session
        var result = false
        // Depth-bounded, as the chain is the server's word.
        while let id = current, path.count < 16 {
            if id == session.id {
                result = true
                break
            }
            path.append(id)
            let found = try await self.ask { () async throws(AgentError) in
                try await self.server.session(id, in: session.directory)
            }
            // A session that is just being made may not be there yet: that says nothing about the next look.
            guard let found else { return false }
            current = found.parent
        }
        for id in path { kinship[id] = result }
        return result
    }

    private func answer(
        _ ask: AgentAsk, _ reply: AskReply, by whom: String, session: AgentSession
    ) async throws(RunStop) {
        try await self.ask { () async throws(AgentError) in
            try await self.server.answer(ask, reply, in: session.directory)
        }
        try await logAnswer(ask, reply, by: whom)
    }

    private func logAnswer(_ ask: AgentAsk, _ reply: AskReply, by whom: String) async throws(RunStop) {
        try await log(
            "answered",
            [
                "ask": .string(ask.id), "kind": .string(ask.kind.rawValue), "permission": .string(ask.permission),
                "patterns": JSONValue(ask.patterns), "answer": .string(reply.word), "by": .string(whom),
            ]
        )
    }

    /// Hands on what somebody wrote into `asks/ASK.answer`. An answer that makes no sense is set aside as
    /// `ASK.answer.rejected`, with the reason in the log, and the ask stays open.
    private func answerFromFile(_ ask: AgentAsk, session: AgentSession) async throws(RunStop) -> Bool {
        guard let name = AskFile.name(of: ask) else { return false }
        let (spool, file) = (spool, task.asks.appending("\(name).answer"))
        let bytes: [UInt8]?
        do throws(SpoolError) {
            bytes = try await BlockingPool.run { () throws(SpoolError) in try spool.readFile(file, limit: 64 << 10) }
        } catch {
            if !spool.isRunning(id) { throw .gone }
            try await log("answer refused", ["ask": .string(ask.id), "reason": .string("\(error)")])
            return false
        }
        let text = String(decoding: bytes ?? [], as: UTF8.self)
        // A file that is just being made is empty at first.
        guard text.contains(where: { !$0.isWhitespace }) else { return false }
        let reply: AskReply
        do throws(AskAnswerError) {
            reply = try AskFile.reply(to: ask, text: text)
        } catch {
            try await log("answer refused", ["ask": .string(ask.id), "reason": .string(error.message)])
            try await persist { () throws(SpoolError) in
                try spool.setAside(file, as: "\(name).answer.rejected")
            }
            return false
        }
        do throws(AgentError) {
            try await server.answer(ask, reply, in: session.directory)
        } catch {
            // The next look tries again, unless the server has said that this is no answer.
            guard error.code == .refused, !error.mayPass else { return false }
            try await log("answer refused", ["ask": .string(ask.id), "reason": .string(error.message)])
            try await persist { () throws(SpoolError) in
                try spool.setAside(file, as: "\(name).answer.rejected")
            }
            return false
        }
        try await logAnswer(ask, reply, by: "person")
        return true
    }

    /// Makes `asks/` hold just what is open.
    private func show(_ open: [AgentAsk]) async throws(RunStop) {
        let (spool, task) = (spool, task)
        var wanted: [String: AgentAsk] = [:]
        for ask in open { if let name = AskFile.name(of: ask) { wanted[name] = ask } }
        let names = try await persist { () throws(SpoolError) in try spool.entries(of: task.asks) }
        let shown = Set(names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) })
        for gone in shown.subtracting(wanted.keys) {
            try await persist { () throws(SpoolError) in
                try spool.unmark(task.asks.appending("\(gone).json"))
                try spool.unmark(task.asks.appending("\(gone).answer"))
            }
            try await log("ask closed", ["ask": .string(gone)])
        }
        for (name, ask) in wanted where !shown.contains(name) {
            try await persist { () throws(SpoolError) in
                try spool.makeDirectory(task.asks)
                // First, as the log tells a later daemon since when the task has waited.
                try TaskLog.append(
                    "ask", ["ask": .string(ask.id), "permission": .string(ask.permission)], to: task
                )
                try DurableFile.write(AskFile.json(ask).pretty, to: task.asks.appending("\(name).json"))
            }
        }
        if !wanted.isEmpty { watchAnswers() }
    }

    /// Also when the asks were written down by a daemon before this one.
    private func watchAnswers() {
        if watchesAnswers { return }
        do {
            try watcher.watchAsks(id)
            watchesAnswers = true
        } catch {
            logger.warning("answers will be noticed late", metadata: ["error": "\(error)"])
        }
    }
}
