import Evidence
import Glibc
import JSON
import Logging
import OpenCode
import Spool
import SystemPackage

extension TaskRun {
    /// Has the prompt sent once, whatever happened before, and returns what it is recognised by.
    ///
    /// Its record is on disk before it is sent. Where a record lies already, the prompt is looked for at the server
    /// first; it is sent again only when it is certain that it is not there, and then under a new id.
    func prompt(_ spec: TaskSpec, session: AgentSession) async throws(RunStop) -> TurnRecord {
        let (task, spool) = (task, spool)
        let old = try await persist { () throws(SpoolError) in try spool.readJSON(task.turn) }
        guard let old else { return try await sendFirst(spec, session: session) }
        guard let record = TurnRecord(json: old) else {
            throw .ended(.interrupted("turn.json can't be read, so nobody knows whether the prompt was sent"))
        }
        self.record = record
        // A turn whose claim is known has ended: nothing is to be looked for.
        if try await recordedClaim(record, spec) != nil { return record }
        if try await find(record, in: session) != nil { return record }
        let isSameBoot = record.bootID == node.bootID
        if isSameBoot, !record.mark.isBeginning, try await !isMarked(task.turnSending, record.turn) {
            // The daemon stopped between the two: nothing was sent.
            try await send(record, spec: spec, session: session)
            return record
        }
        try await lookForLate(record, in: session)
        if try await find(record, in: session) != nil { return record }
        let wasTaken = try await isMarked(task.turnSent, record.turn)
        if record.mark.isBeginning || wasTaken {
            throw .ended(.interrupted("the server had taken the prompt, and does not have it any more"))
        }
        // It may have been on its way when the daemon stopped, and it is not there: stop whatever may still come of
        // it, look once more, and only then begin again.
        await stopSession(session)
        if try await find(record, in: session) != nil { return record }
        try await log("prompt not found", ["message_id": JSONValue(record.mark.id)])
        try await persist { () throws(SpoolError) in try spool.unmark(task.turnSending) }
        if record.turn > 1 {
            return try await send(record.mark.text, turn: record.turn, after: record, spec: spec, session: session)
        }
        return try await sendFirst(spec, session: session)
    }

    /// Has the prompt of a further turn sent, in the way that the first one is: its record is on disk before it is sent,
    /// and with it all that is known of the turn before.
    func promptNext(
        _ text: String, after record: TurnRecord, spec: TaskSpec, session: AgentSession
    ) async throws(RunStop) -> TurnRecord {
        try await send(text, turn: record.turn + 1, after: record, spec: spec, session: session)
    }

    /// The next turn has begun at the instant that `turn.json` names it; a crash before has the turn before judged again, a
    /// crash after has this prompt looked for. `turn.sending` and `turn.sent` name the turn that they are about.
    private func send(
        _ text: String, turn: Int, after record: TurnRecord, spec: TaskSpec, session: AgentSession
    ) async throws(RunStop) -> TurnRecord {
        let task = task
        let keepsIDs = try await serverIdentity().keepsPromptIDs
        var known: [String] = []
        if !keepsIDs || spec.sessionID != nil {
            known = try await ask { () async throws(AgentError) in try await self.server.promptIDs(in: session) }
        }
        if spec.sessionID != nil { _ = try await waitUntilIdle(session) }
        let now = Timestamp.now()
        let next = TurnRecord(
            turn: turn,
            mark: PromptMark(
                id: keepsIDs ? MessageID.make(milliseconds: now.milliseconds) : nil, known: known, text: text),
            started: now, bootID: node.bootID, session: session.id, server: backend.name,
            usedBefore: record.usedBefore)
        try await persist { () throws(SpoolError) in
            try DurableFile.write(next.json.pretty, to: task.turn, after: task.evidence)
            try TaskLog.append("turn started", ["turn": .int(turn), "of": .int(spec.maxTurns)], to: task)
        }
        CrashPoint.nextTurnRecorded.reached()
        self.record = next
        try await checkControls()
        try await send(next, spec: spec, session: session)
        return next
    }

    private func mark(_ path: FilePath, _ turn: Int) async throws(RunStop) {
        let spool = spool
        try await persist { () throws(SpoolError) in
            if turn == 1 { try spool.mark(path) } else { try DurableFile.writeVolatile("\(turn)\n", to: path) }
        }
    }

    /// Whether a mark is there, and is this turn's. An empty one is the first turn's.
    private func isMarked(_ path: FilePath, _ turn: Int) async throws(RunStop) -> Bool {
        let spool = spool
        return try await persist { () throws(SpoolError) in
            guard spool.exists(path) else { return false }
            return (try spool.readWord(path) ?? "1") == "\(turn)"
        }
    }

    private func find(_ record: TurnRecord, in session: AgentSession) async throws(RunStop) -> String? {
        try await ask { () async throws(AgentError) in try await self.server.find(record.mark, in: session) }
    }

    /// Waits for a prompt that may be on its way. The server answers before it has written a prompt down.
    private func lookForLate(_ record: TurnRecord, in session: AgentSession) async throws(RunStop) {
        let end = ContinuousClock.now + settings.promptLookup
        var pause = Duration.milliseconds(50)
        while ContinuousClock.now < end {
            if try await find(record, in: session) != nil { return }
            _ = await mailbox.take(until: .now + pause)
            try await checkControls()
            pause = min(pause * 2, .seconds(1))
        }
    }

    private func sendFirst(_ spec: TaskSpec, session: AgentSession) async throws(RunStop) -> TurnRecord {
        let task = task
        async let baseline = baselineRecorded(spec)
        let keepsIDs = try await serverIdentity().keepsPromptIDs
        var known: [String] = []
        if !keepsIDs || spec.sessionID != nil {
            known = try await ask(isAsked: false) { () async throws(AgentError) in
                try await self.server.promptIDs(in: session)
            }
        }
        let usedBefore = spec.sessionID == nil ? nil : try await waitUntilIdle(session)
        let now = Timestamp.now()
        let record = TurnRecord(
            turn: 1,
            mark: PromptMark(
                id: keepsIDs ? MessageID.make(milliseconds: now.milliseconds) : nil, known: known,
                text: CompletionProtocol.prompt(goal: spec.goal)
            ),
            started: now, bootID: node.bootID, session: session.id, server: backend.name, usedBefore: usedBefore
        )
        try await baseline.get()
        CrashPoint.evidenceRecorded.reached()
        // The baseline as well: without it nobody could tell afterwards what the agent changed.
        try await persist { () throws(SpoolError) in
            try DurableFile.write(record.json.pretty, to: task.turn, after: task.evidence)
        }
        CrashPoint.turnRecorded.reached()
        try await checkControls()
        try await send(record, spec: spec, session: session)
        return record
    }

    /// Which server it is that will get the prompt; asked, if the monitor does not know at this moment.
    private func serverIdentity() async throws(RunStop) -> ServerIdentity {
        if let known = monitor.condition.identity { return known }
        return try await ask(isAsked: false) { () async throws(AgentError) in try await self.server.identify() }
    }

    /// As a value, so that it can be done beside something else.
    func baselineRecorded(_ spec: TaskSpec) async -> Result<Void, RunStop> {
        do throws(RunStop) {
            return .success(try await recordBaseline(spec))
        } catch {
            return .failure(error)
        }
    }

    /// Takes the state of the workspace before the agent touches it.
    private func recordBaseline(_ spec: TaskSpec) async throws(RunStop) {
        let (task, spool) = (task, spool)
        try await persist { () throws(SpoolError) in
            try spool.makeDirectory(task.evidence)
            if !spec.verify.isEmpty { try spool.inheritBaseline(task) }
        }
        do throws(EvidenceError) {
            try await evidence(of: workspace ?? spec.workspace).recordBaseline()
        } catch {
            if !spool.isRunning(id) { throw .gone }
            if error.code == .cancelled || Task.isCancelled { throw .daemonStops }
            throw .postponed(.seconds(10), reason: "the workspace's state can't be recorded: \(error)")
        }
    }

    /// The spool may lie in the workspace; what the daemon writes there is no work of the agent's.
    func evidence(of workspace: FilePath) -> WorkspaceEvidence {
        WorkspaceEvidence(
            workspace: workspace, directory: task.evidence, excluding: [spool.root], cache: spool.paths.cache)
    }

    /// A session of somebody else's may be in the middle of something: a prompt would join that.
    ///
    /// - Returns: What the session has used until then, where the server keeps count.
    private func waitUntilIdle(_ session: AgentSession) async throws(RunStop) -> AgentUsage? {
        while true {
            let seen = try await ask(isAsked: false) { () async throws(AgentError) in
                try await self.server.observe(session, prompt: nil)
            }
            if seen.activity == .idle { return seen.totals }
            _ = await mailbox.take(until: .now + .seconds(2))
            try await checkControls()
        }
    }

    private func send(_ record: TurnRecord, spec: TaskSpec, session: AgentSession) async throws(RunStop) {
        let (task, spool) = (task, spool)
        let isFirst = record.turn == 1
        var pause = Duration.milliseconds(200)
        while true {
            try await mark(task.turnSending, record.turn)
            (isFirst ? CrashPoint.promptSending : .nextPromptSending).reached()
            let prompt = AgentPrompt(id: record.mark.id, text: record.mark.text, choice: choice)
            do throws(AgentError) {
                try await server.send(prompt, to: session)
                break
            } catch {
                if isFirst || error.wasPossiblyReceived || error.code == .refused || error.code == .cancelled {
                    try await recover(from: error, record: record, spec: spec, session: session)
                    break
                }
                logger.debug("the server did not take the prompt", metadata: ["error": "\(error)"])
            }
            // The task can't begin anew for that: its turns would be lost.
            try await persist { () throws(SpoolError) in try spool.unmark(task.turnSending) }
            _ = await mailbox.take(until: .now + pause)
            try await checkControls()
            pause = min(pause * 2, .seconds(10))
        }
        (isFirst ? CrashPoint.promptSent : .nextPromptSent).reached()
        try await mark(task.turnSent, record.turn)
        try await persist { () throws(SpoolError) in
            var fields: JSONObject = ["message_id": JSONValue(record.mark.id)]
            if !isFirst { fields["turn"] = .int(record.turn) }
            try TaskLog.append("prompt sent", fields, to: task)
        }
    }

    /// A prompt was answered with an error, or not at all. Returns if it arrived all the same.
    private func recover(
        from problem: AgentError, record: TurnRecord, spec: TaskSpec, session: AgentSession
    ) async throws(RunStop) {
        if problem.code == .cancelled || Task.isCancelled { throw .daemonStops }
        let (task, spool) = (task, spool)
        if !problem.wasPossiblyReceived {
            try await persist { () throws(SpoolError) in try spool.unmark(task.turnSending) }
            if problem.code == .refused {
                throw .ended(.failed(AgentFailure(name: "Prompt", message: problem.message, mayPass: false)))
            }
            throw .postponed(.seconds(1), reason: problem.message)
        }
        if problem.code == .notFound {
            if record.turn > 1 {
                throw .ended(.interrupted("the server does not know the session any more: \(problem.message)"))
            }
            // Refused in words, and no other session would do better with this one.
            try await persist { () throws(SpoolError) in try spool.unmark(task.turnSending) }
            throw .postponed(.seconds(1), reason: "the server does not know the session any more: \(problem.message)")
        }
        try await log("prompt unanswered", ["error": .string(problem.message)])
        try await lookForLate(record, in: session)
        if try await find(record, in: session) != nil { return }
        await stopSession(session)
        if try await find(record, in: session) != nil { return }
        if problem.status != nil && problem.code != .unreachable {
            // Refused in words: it was not taken.
            throw .ended(.failed(AgentFailure(name: "Prompt", message: problem.message, mayPass: problem.mayPass)))
        }
        throw .ended(.interrupted("nobody knows whether the server took the prompt: \(problem.message)"))
    }
}
