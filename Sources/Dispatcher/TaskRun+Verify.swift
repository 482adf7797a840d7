import Blocking
import Evidence
import JSON
import Logging
import OpenCode
import Spool
import Synchronization
import Verification

/// What the checks say of a claim.
struct CheckedClaim: Sendable {
    enum Conclusion: Sendable {
        case verified
        /// With a sentence that says what failed.
        case unverified(String)
        /// The agent is to be told this.
        case again(String)
    }

    var turn: Int
    var conclusion: Conclusion
    /// What had changed before the checks were made.
    var facts: ChangeSummary?
}

extension TaskRun {
    /// The claim of a turn that had ended when the daemon stopped: then only its checks are made again.
    ///
    /// It is not synced: only in the boot that wrote it is it sure to be whole.
    func recordedClaim(_ record: TurnRecord, _ spec: TaskSpec) async throws(RunStop) -> String? {
        guard isAdopted, !spec.verify.isEmpty, record.bootID == node.bootID else { return nil }
        let (task, spool) = (task, spool)
        let evidence = TurnEvidence(task: task, turn: record.turn)
        return try await persist { () throws(SpoolError) in try evidence.recordedClaim(in: spool) }
    }

    /// The end of a turn: that which is recorded, else that which it comes to.
    func turnEnd(_ record: TurnRecord, _ spec: TaskSpec, _ session: AgentSession) async throws(RunStop) -> TurnEnd {
        guard let text = try await recordedClaim(record, spec) else {
            return try await follow(spec, session: session, record: record)
        }
        lastSeen = try? await server.observe(session, prompt: record.mark.id ?? "")
        return .claimed(text: text)
    }

    /// Whether a turn's end is a claim, and there are checks to hold it against.
    func needsProof(_ end: TurnEnd, _ spec: TaskSpec) -> String? {
        guard case .claimed(let text) = end, !spec.verify.isEmpty else { return nil }
        return settings.idleCompletesTask || CompletionProtocol.marker(in: text) != nil ? text : nil
    }

    /// Looks at what changed, then makes all checks, and says what follows.
    ///
    /// The turn is judged when `outcome.json` is there. A crash before or after that has it judged once more, from the same
    /// claim, against what is on disk then.
    func check(_ text: String, _ spec: TaskSpec, _ record: TurnRecord) async throws(RunStop) -> CheckedClaim {
        let (task, spool) = (task, spool)
        let claimed = Timestamp.now()
        let evidence = TurnEvidence(task: task, turn: record.turn)
        try await persist { () throws(SpoolError) in
            try evidence.begin(prompt: record.mark.text, claim: text, in: spool)
        }
        CrashPoint.claimRecorded.reached()
        let facts = await changes()
        let changed = try await persist { () throws(SpoolError) -> TurnChanges in
            try evidence.keepChanges(areKnown: facts != nil, in: spool)
            try TaskLog.append(
                "checks started", ["turn": .int(record.turn), "checks": .int(spec.verify.count)], to: task)
            return try TurnChanges(evidence, in: spool)
        }
        let results = try await makeChecks(spec.verify, changed.byAgent, evidence)
        let conclusion = try await conclusion(results, facts, spec, record)
        var outcome = TurnOutcomeRecord(
            turn: record.turn, prompted: record.started, claimed: claimed,
            marker: CompletionProtocol.marker(in: text)?.rawValue, results: results, usage: usedByTurn,
            models: lastSeen?.usageByModel ?? [])
        if case .again = conclusion {
            // A command may have left something behind: that is no work of the next turn's.
            let runs = spec.verify.contains { if case .run = $0.rule { true } else { false } }
            outcome.workspace = runs ? await changesByChecks(changed, evidence) : facts?.fingerprint
        }
        let written = outcome
        try await persist { () throws(SpoolError) in
            try evidence.finish(written, in: spool)
            let failed = results.count { !$0.passed }
            try TaskLog.append(
                "checks ended",
                ["turn": .int(record.turn), "passed": .int(results.count - failed), "failed": .int(failed)], to: task)
        }
        CrashPoint.checksMade.reached()
        return CheckedClaim(turn: record.turn, conclusion: conclusion, facts: facts)
    }

    /// Tells what the checks themselves have changed from what the agent did, for the turns that follow.
    ///
    /// - Returns: The fingerprint of the workspace as it is now.
    private func changesByChecks(_ changed: TurnChanges, _ evidence: TurnEvidence) async -> String? {
        guard let now = await changes() else { return nil }
        let spool = spool
        // Without it the next turn takes more for the agent's than was.
        try? await BlockingPool.run { () throws(SpoolError) in
            try evidence.keepChangesByChecks(changed, in: spool)
        }
        return now.fingerprint
    }

    private func conclusion(
        _ results: [CheckResult], _ facts: ChangeSummary?, _ spec: TaskSpec, _ record: TurnRecord
    ) async throws(RunStop) -> CheckedClaim.Conclusion {
        if results.allSatisfy(\.passed) { return .verified }
        let reason = Self.reason(results, turns: record.turn)
        if record.turn >= spec.maxTurns { return .unverified(reason) }
        if record.turn > 1 {
            let (task, spool) = (task, spool)
            let before = TurnEvidence(task: task, turn: record.turn - 1)
            let last = try await persist { () throws(SpoolError) in try before.recordedOutcome(in: spool) }
            if let last, let state = facts?.fingerprint, last["workspace_sha256"]?.string == state,
                TurnOutcomeRecord.failedNumbers(last) == results.filter({ !$0.passed }).map(\.number)
            {
                return .unverified(reason + "; the same failed in the turn before, and nothing on disk changed since")
            }
        }
        return .again(TurnPrompt.text(results, turn: record.turn + 1, of: spec.maxTurns))
    }

    private static func reason(_ results: [CheckResult], turns: Int) -> String {
        let failed = results.filter { !$0.passed }
        let shown = failed.prefix(3).map { "\($0.title): \($0.found)" }.joined(separator: "; ")
        let more = failed.count > 3 ? "; and \(failed.count - 3) more" : ""
        let after = turns == 1 ? "1 turn" : "\(turns) turns"
        return "\(failed.count) of \(results.count) checks failed after \(after): \(shown)\(more)"
    }

    /// Makes the checks, and stops them when the task is cancelled or moved, or the daemon stops.
    private func makeChecks(
        _ checks: [VerifyCheck], _ changes: WorkspaceChanges, _ evidence: TurnEvidence
    ) async throws(RunStop) -> [CheckResult] {
        guard let workspace else { throw .unreadable("its workspace is not there") }
        let verification = Verification(workspace: workspace, changes: changes, owner: "\(node.node):\(id)")
        while true {
            let (task, mailbox) = (task, mailbox)
            let isOver = OverFlag()
            let work = Task { () -> Result<[CheckResult]?, SpoolError> in
                defer {
                    isOver.set()
                    mailbox.post(RunWakeup())
                }
                do throws(SpoolError) {
                    return .success(
                        try await verification.run(checks, into: evidence.checks) { result in
                            await Self.note(result, turn: evidence.turn, of: task)
                            CrashPoint.checkMade.reached()
                        })
                } catch {
                    return .failure(error)
                }
            }
            while !isOver.isSet {
                _ = await mailbox.take(until: .now + settings.checkInterval)
                do throws(RunStop) {
                    try await checkControls()
                } catch {
                    work.cancel()
                    _ = await work.value
                    throw error
                }
            }
            do throws(SpoolError) {
                if let results = try await work.value.get() { return results }
            } catch {
                if error.code == .taskNotFound && !spool.isRunning(id) { throw .gone }
                logger.error("can't write results of checks; trying again", metadata: ["error": "\(error)"])
                _ = await mailbox.take(until: .now + .seconds(1))
            }
            try await checkControls()
        }
    }

    private static func note(_ result: CheckResult, turn: Int, of task: TaskPaths) async {
        if result.passed { return }
        // Only told: that it failed is in its own file as well.
        _ = try? await BlockingPool.run { () throws(SpoolError) in
            try TaskLog.append(
                "check failed",
                [
                    "turn": .int(turn), "check": .string(result.title), "kind": .string(result.kind.rawValue),
                    "found": .string(result.found),
                ], to: task)
        }
    }

    /// What the last turn used, by what was last seen of it. A server that counts by session has the turns before in it.
    private var usedByTurn: JSONValue {
        guard let lastSeen, let record else { return .null }
        var used = lastSeen.used(since: record.usedBefore)
        if lastSeen.totals != nil {
            let earlier = RunResult.used(in: turnOutcomes(), before: record.turn)
            used = AgentUsage(
                tokens: max(0, used.tokens - earlier.tokens), cost: max(0, used.cost - earlier.cost))
        }
        return ["tokens": .int(used.tokens), "cost": .double(used.cost)]
    }

    /// The outcomes of all turns so far, oldest first.
    func turnOutcomes() -> [JSONValue] {
        guard let record else { return [] }
        return (1...max(1, record.turn)).compactMap { turn in
            (try? TurnEvidence(task: task, turn: turn).recordedOutcome(in: spool)) ?? nil
        }
    }
}

/// Set once.
private final class OverFlag: Sendable {
    private let state = Mutex(false)

    var isSet: Bool { state.withLock { $0 } }

    func set() { state.withLock { $0 = true } }
}
