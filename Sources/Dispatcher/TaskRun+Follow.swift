import Blocking
import JSON
import Logging
import OpenCode
import Spool

extension TaskRun {
    /// Follows the turn of a prompt to its end: looks when there is a hint, and on a timer when there is none.
    func follow(
        _ spec: TaskSpec, session: AgentSession, record: TurnRecord
    ) async throws(RunStop) -> TurnEnd {
        let now = ContinuousClock.now
        let age = Duration.milliseconds(max(0, Timestamp.now().milliseconds - record.started.milliseconds))
        var limits = TurnTracker.Limits(
            timeout: spec.timeoutSeconds.map { .seconds($0) } ?? settings.timeout,
            stall: spec.stallSeconds.map { .seconds($0) } ?? settings.stall)
        // Another program has asked whom it wanted.
        limits.model = record.mark.isBeginning ? nil : choice.model
        var tracker = TurnTracker(settings: settings, limits: limits, started: now - age, now: now)
        if isAdopted { try await resumeWaiting(&tracker, since: record.started, now: now) }
        var promptID = record.mark.id
        var wakeup = RunWakeup.everything
        var nextAskCheck = now
        let budget = TaskBudget(spec)
        while true {
            try await checkControls()
            for failure in wakeup.failures { tracker.note(failure) }
            if let active = mailbox.lastActivity { tracker.noteProgress(at: active) }
            if promptID == nil { promptID = try await find(record: record, session: session) }
            outage = .zero
            let seen = try await ask(until: tracker.deadline) { [promptID] () async throws(AgentError) in
                try await self.server.observe(session, prompt: promptID ?? "")
            }
            if outage > .zero { tracker.noteOutage(outage, now: .now) }
            if let loss = monitor.lastLoss, loss > now - age { tracker.noteLoss() }
            lastSeen = seen
            try await noteWork(seen)
            await show(seen)
            var decision = tracker.observe(seen, now: .now)
            if case .stop(.stalled) = decision, try await childrenMove(session) {
                tracker.noteProgress(at: .now)
                decision = .wait(until: .now + settings.checkInterval)
            }
            if let over = try await overBudget(budget, seen, session, decision) { decision = over }
            switch decision {
            case .end(let end): return end
            case .promptAgain:
                try await log("prompt repeated", ["message_id": JSONValue(record.mark.id)])
                let prompt = AgentPrompt(id: record.mark.id, text: record.mark.text, choice: choice)
                // Whatever comes of it is seen at the next look.
                if prompt.id != nil { try? await server.send(prompt, to: session) }
                wakeup = .everything
            case .stop(let end): return await stop(session, as: end, promptID: promptID)
            case .wait(let until):
                // While the turn runs its asks are looked at on every hint about one, and on the timer.
                if seen.activity != .idle, wakeup.asks || wakeup.tree || ContinuousClock.now >= nextAskCheck {
                    let isOpen = try await handleAsks(spec, session: session)
                    tracker.setWaiting(isOpen, now: .now)
                    nextAskCheck = .now + min(settings.checkInterval, .seconds(isOpen ? 5 : 2))
                } else if seen.activity == .idle, isWaiting {
                    let isOpen = try await handleAsks(spec, session: session)
                    tracker.setWaiting(isOpen, now: .now)
                }
                wakeup = await mailbox.take(until: min(until, nextBudgetLook(budget) ?? until))
            }
        }
    }

    /// What becomes of a decision when the budget is exceeded; nil if it is not.
    private func overBudget(
        _ budget: TaskBudget, _ seen: TurnObservation, _ session: AgentSession, _ decision: TurnTracker.Decision
    ) async throws(RunStop) -> TurnTracker.Decision? {
        switch decision {
        case .stop, .end(.cancelled), .end(.interrupted): return nil
        case .end:
            return try await excess(budget, seen, session, isOver: true).map { .end(.overBudget($0)) }
        case .wait, .promptAgain:
            return try await excess(budget, seen, session, isOver: false).map { .stop(.overBudget($0)) }
        }
    }

    private func find(record: TurnRecord, session: AgentSession) async throws(RunStop) -> String? {
        try await ask { () async throws(AgentError) in try await self.server.find(record.mark, in: session) }
    }

    /// A task that waited for a person when its daemon stopped has waited since then: its clocks stand until the asks
    /// have been looked at.
    private func resumeWaiting(
        _ tracker: inout TurnTracker, since started: Timestamp, now: ContinuousClock.Instant
    ) async throws(RunStop) {
        let task = task
        let waited = try await persist { () throws(SpoolError) in
            WaitedTime(log: try TaskLog.lines(of: task), after: started)
        }
        let open = waited.since.map { Timestamp.now().milliseconds - $0.milliseconds }
        tracker.resume(
            waited: .milliseconds(waited.over), waitingSince: open.map { now - .milliseconds(max(0, $0)) })
        if open != nil {
            isWaiting = true
            setWaiting(true)
        }
    }

    /// Stops the session of a turn that must not go on.
    private func stop(_ session: AgentSession, as end: TurnEnd, promptID: String?) async -> TurnEnd {
        await stopSession(session)
        // The one end after which a late beginning would be worse than a wrong verdict.
        guard case .didNotStart = end, let seen = try? await server.observe(session, prompt: promptID ?? ""),
            !seen.steps.isEmpty
        else { return end }
        return .interrupted("the turn began after we had given up on it, and was stopped")
    }

    /// Asks the server to stop, verifies that it did, and looks after the sessions that the session started.
    ///
    /// A list of steps that ends in giving up: an abort may block on a shell command, and its children may survive it.
    func stopSession(_ session: AgentSession) async {
        for patience in [Duration.seconds(3), .seconds(10)] {
            do {
                try await server.abort(session, prompt: record?.mark.id)
            } catch {
                logger.debug("abort was not answered", metadata: ["error": "\(error)"])
                // One that did not answer in time may have it all the same, and stop later.
                let isAway = error.code == .unreachable && !error.wasPossiblyReceived
                if isAway || error.code == .unauthorized { return }
            }
            if await isQuiet(session, within: patience) { break }
            logger.warning("the session goes on after an abort", metadata: ["session": "\(session.id)"])
        }
        for child in (try? await server.children(of: session)) ?? [] {
            let seen = try? await server.observe(child, prompt: nil)
            if let seen, seen.activity != .idle { try? await server.abort(child, prompt: nil) }
        }
    }

    private func isQuiet(_ session: AgentSession, within patience: Duration) async -> Bool {
        let end = ContinuousClock.now + patience
        var pause = Duration.milliseconds(20)
        while ContinuousClock.now < end, !Task.isCancelled {
            if let seen = try? await server.observe(session, prompt: nil), seen.activity == .idle { return true }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        }
        return false
    }

    /// Whether a session that ours started does something: then ours has not stalled, it waits.
    private func childrenMove(_ session: AgentSession) async throws(RunStop) -> Bool {
        guard let children = try? await server.children(of: session) else { return false }
        var moved = false
        for child in children.suffix(50) {
            guard let seen = try? await server.observe(child, prompt: nil), seen.activity != .idle else { continue }
            if childFingerprints.updateValue(seen.fingerprint, forKey: child.id) != seen.fingerprint { moved = true }
        }
        return moved
    }

    /// Writes `activity.json` when there is something new to show.
    private func show(_ seen: TurnObservation) async {
        let last = seen.steps.last
        let used = usedInAttempt(seen)
        let models = modelsInAttempt(seen)
        let activity: JSONValue = [
            "message": JSONValue(last.map { String($0.text.suffix(2000)) }),
            "tool": JSONValue(last?.tool),
            "model": JSONValue(last?.model),
            "steps": .int(models.reduce(0) { $0 + $1.steps }),
            "tokens": .int(used.tokens),
            "cost": .double(used.cost),
            "models": .array(models.map(\.json)),
        ]
        if activity == lastActivity || seen.steps.isEmpty { return }
        lastActivity = activity
        let (spool, task) = (spool, task)
        var object = activity.object ?? [:]
        object["updated"] = .string(Timestamp.now().iso8601)
        let shown = JSONValue.object(object)
        // Only shown: a full disk must not stop the turn.
        _ = try? await BlockingPool.run { () throws(SpoolError) in try spool.show(shown, at: task.activity) }
    }
}
