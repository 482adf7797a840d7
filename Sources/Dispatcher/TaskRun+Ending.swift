import Evidence
import JSON
import Logging
import OpenCode
import Spool

extension TaskRun {
    /// Does what a way out of the run calls for. After this the task is where it belongs.
    func finish(_ stop: RunStop) async throws(RunStop) {
        switch stop {
        case .daemonStops: return
        case .gone: await settleMoved()
        case .postponed(let delay, let reason):
            logger.info("postponed", metadata: ["reason": "\(reason)"])
            if session == nil {
                // Nothing was begun, so this was no attempt.
                let (spool, task) = (spool, task)
                try await persist { () throws(SpoolError) in try spool.discard(task.evidence) }
            }
            try await requeue(after: delay, reason: reason)
        case .unreadable(let reason):
            if let session { await stopSession(session) }
            try await end(.invalid, reason: reason, end: nil)
        case .ended(let end):
            try await conclude(end)
        }
    }

    func requeue(after delay: Duration, reason: String) async throws(RunStop) {
        let (spool, id) = (spool, id)
        let notBefore = Timestamp.now().adding(seconds: delay.inSeconds)
        try await persist { () throws(SpoolError) in try spool.requeue(id, notBefore: notBefore, reason: reason) }
    }

    private func conclude(_ end: TurnEnd) async throws(RunStop) {
        if case .cancelled = end, let session { await stopSession(session) }
        let (spool, task) = (spool, task)
        let attempt = try await persist { () throws(SpoolError) in try spool.sentAttempts(task) } + 1
        switch end {
        case .failed where record?.mark.isBeginning == true, .outOfQuota where record?.mark.isBeginning == true:
            // To begin anew is to send its prompt a second time: that is for a person to decide.
            let reason = "\(reason(of: end)); it is not tried again, as another program has sent its prompt"
            try await self.end(.error, reason: reason, end: end)
        case .failed(let failure) where failure.isLimit: try await holdProvider(failure, until: nil)
        case .outOfQuota(let failure, let until): try await holdProvider(failure, until: until)
        case .failed(let failure) where failure.mayPass && attempt < settings.maxAttempts:
            let jitter = Double.random(in: 0...1)
            try await requeue(
                after: RetryBackoff.delay(
                    afterAttempt: attempt, first: settings.retryDelay, jitter: jitter),
                reason: "attempt \(attempt) of \(settings.maxAttempts): \(failure.description)"
            )
        default:
            try await self.end(verdict(of: end), reason: reason(of: end), end: end)
        }
    }

    private func verdict(of end: TurnEnd) -> Verdict {
        switch end {
        // Which of the two it is, the workspace decides.
        case .claimed(let text):
            settings.idleCompletesTask || CompletionProtocol.marker(in: text) != nil ? .changed : .error
        case .failed, .outOfQuota, .didNotStart: .error
        case .interrupted: .interrupted
        case .stalled: .stalled
        case .timedOut: .timeout
        case .overBudget: .budget
        case .cancelled: .cancelled
        }
    }

    private func reason(of end: TurnEnd) -> String {
        switch end {
        case .claimed(let text):
            settings.idleCompletesTask || CompletionProtocol.marker(in: text) != nil
                ? "" : "the turn ended without a line \(CompletionProtocol.completeMarker)"
        case .failed(let failure), .outOfQuota(let failure, _): failure.description
        case .didNotStart(let reason), .interrupted(let reason), .stalled(let reason), .timedOut(let reason),
            .overBudget(let reason), .cancelled(let reason):
            reason
        }
    }

    /// Looks at the workspace, and ends the task.
    private func end(_ claimed: Verdict, reason: String, end: TurnEnd?) async throws(RunStop) {
        // Side by side: neither decides anything about the other, and both take a while.
        async let found = factsAtEnd()
        async let conversation = transcript()
        async let reported = reportedChanges()
        if let session, lastSeen != nil { await lookAtFamily(session) }
        let facts = await found
        let (verdict, reason) = claimed == .changed ? judged(facts, reason, end) : (claimed, reason)
        let branch = try await keepBranch(verdict: verdict)
        let result = RunResult(
            session: session, end: end, facts: facts, reported: await reported, seen: lastSeen,
            usedBefore: record?.usedBefore, family: spending.family, choice: choice, worktree: branch,
            server: monitor.condition.identity, node: node, turns: turnOutcomes(), turn: record?.turn ?? 1
        )
        let ending = TaskEnding(verdict: verdict, reason: reason, result: result.json, transcript: await conversation)
        let (spool, id) = (spool, id)
        try await persist { () throws(SpoolError) in try spool.recordEnding(id, in: .running, ending) }
        CrashPoint.finishWritten.reached()
        // What was kept to make the patch with is needed no more; it can be large. A crash before or after this makes
        // no difference to the ending, which is written.
        if let workspace { try? await evidence(of: workspace).discardBaselineContent() }
        try await persist { () throws(SpoolError) in
            do throws(SpoolError) {
                try spool.finishMove(id, from: .running, verdict: verdict)
            } catch {
                // Moved already, before trouble with the disk made us try again.
                if error.code != .taskNotFound || (try? spool.locate(id).1) != verdict.state { throw error }
            }
        }
        CrashPoint.finishMoved.reached()
        await removeUnchangedWorktree(of: verdict)
        logger.info("ended", metadata: ["verdict": "\(verdict)", "reason": "\(reason)"])
    }

    /// What had changed when the agent made its last claim, if that was checked; else what has changed now.
    private func factsAtEnd() async -> ChangeSummary? {
        if let checked { return checked.facts }
        return await changes()
    }

    private func judged(_ facts: ChangeSummary?, _ reason: String, _ end: TurnEnd?) -> (Verdict, String) {
        switch checked?.conclusion {
        case .verified: (.verified, reason)
        case .unverified(let why), .again(let why): (.unverified, why)
        case nil: Self.judge(facts, reason, end, isLate: record?.mark.isBeginning ?? false)
        }
    }

    /// What a claim is worth: only a change that is known makes a task `changed`, and only where all could be compared
    /// is it `unchanged`.
    ///
    /// - Parameter isLate: Whether the baseline was taken after the prompt had been sent.
    private static func judge(
        _ facts: ChangeSummary?, _ reason: String, _ end: TurnEnd?, isLate: Bool
    ) -> (Verdict, String) {
        guard let facts else {
            return (
                .unverified,
                "the agent says that it is done, and nobody can tell what changed: the workspace could not be compared "
                    + "with its baseline; the daemon's log says why"
            )
        }
        if isLate {
            return facts.isEmpty
                ? (
                    .unverified,
                    "the agent says that it is done; nothing has changed since the task was carried over from another "
                        + "program, and what changed before that nobody recorded"
                )
                : (.changed, "only what has changed since the task was carried over from another program is known")
        }
        if !facts.isEmpty {
            guard case .claimed(let text) = end, CompletionProtocol.marker(in: text) == .noChange else {
                return (.changed, reason)
            }
            return (.changed, "the agent answered \(CompletionProtocol.noChangeMarker), and yet there are changes")
        }
        if !facts.undeterminable.isEmpty {
            return (
                .unverified,
                "nothing that could be compared has changed, but not everything could be: \(facts.undeterminable[0]); "
                    + "the rest is in evidence/changes.json, undeterminable"
            )
        }
        let ignored =
            facts.ignored.isEmpty ? reason : "only files that git ignores were touched, see evidence/changes.json"
        return (.unchanged, ignored)
    }

    /// The conversation as far as the server can still tell it. The ending does not depend on it.
    private func transcript() async -> JSONValue? {
        guard let session else { return nil }
        return (try? await server.transcript(of: session)) ?? nil
    }

    private func reportedChanges() async -> [ReportedChange]? {
        guard let session else { return nil }
        return (try? await server.reportedChanges(of: session, prompt: record?.mark.id)) ?? nil
    }

    func changes() async -> ChangeSummary? {
        guard spool.exists(task.evidence), let workspace else { return nil }
        do {
            return try await evidence(of: workspace).recordChanges()
        } catch {
            logger.warning("can't tell what changed", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Somebody moved or deleted the task while it ran: its session is stopped, and an ending made by hand is written
    /// down as one.
    private func settleMoved() async {
        logger.info("the task was moved or deleted by hand")
        if let session { await stopSession(session) }
        await HandMadeEnding(spool: spool, id: id).record(logger: logger)
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
