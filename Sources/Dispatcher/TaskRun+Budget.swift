import Evidence
import JSON
import OpenCode
import Spool
import SystemPackage

/// Budgets, looked at from outside while the agent works.
extension TaskRun {
    /// What a run knows of what its task has used and changed, and when it looks again.
    struct Spending {
        /// Of attempts before this one; nil until it was read.
        var earlierAttempts: AgentUsage?
        /// Of turns of this attempt before the one of that number.
        var earlierTurns: (turn: Int, usage: AgentUsage, models: [ModelUsage])?
        var family = FamilyUsage()
        fileprivate var nextFamilyLook = ContinuousClock.now
        fileprivate var nextChangeLook = ContinuousClock.now
    }

    /// How often it is looked at what changed, and at other sessions; less often where that takes long.
    private static let lookInterval = Duration.seconds(3)
    /// A look may take this part of the time.
    private static let lookShare = 20
    /// Sessions of one task that are looked at.
    private static let mostSessions = 100

    /// When a budget calls for another look; nil if none does.
    func nextBudgetLook(_ budget: TaskBudget) -> ContinuousClock.Instant? {
        let looks = [
            budget.limitsUsage ? spending.nextFamilyLook : nil, budget.limitsChanges ? spending.nextChangeLook : nil,
        ]
        return looks.compactMap { $0 }.min()
    }

    /// Why the turn must not go on, or its claim not count; nil as long as it stays within its budget.
    ///
    /// - Parameter isOver: Whether the turn has ended: then everything is looked at once more.
    func excess(
        _ budget: TaskBudget, _ seen: TurnObservation, _ session: AgentSession, isOver: Bool
    ) async throws(RunStop) -> String? {
        if budget.limitsUsage {
            try await readEarlierAttempts()
            if isOver || ContinuousClock.now >= spending.nextFamilyLook { await lookAtFamily(session) }
            if let excess = budget.excess(used(seen)) { return excess }
        }
        if budget.limitsChanges, isOver || ContinuousClock.now >= spending.nextChangeLook {
            let begun = ContinuousClock.now
            let found = await changes()
            spending.nextChangeLook = .now + max(Self.lookInterval, (ContinuousClock.now - begun) * Self.lookShare)
            if let found, let excess = budget.excess(found, isOver: isOver) { return excess }
            if found == nil, isOver { return budget.untold }
        }
        return nil
    }

    /// What the task has used in all, as far as is known.
    private func used(_ seen: TurnObservation) -> AgentUsage {
        var used = usedInAttempt(seen)
        if let earlier = spending.earlierAttempts { used += earlier }
        return used
    }

    /// What this attempt has used, with the sessions that its own started.
    func usedInAttempt(_ seen: TurnObservation) -> AgentUsage {
        var used = seen.used(since: record?.usedBefore)
        used += spending.family.usage
        // Where the server counts for the session, its count has the earlier turns in it.
        if seen.totals == nil, let earlier = usedInEarlierTurns() { used += earlier.usage }
        return used
    }

    /// What this attempt has used by model, without other sessions.
    func modelsInAttempt(_ seen: TurnObservation) -> [ModelUsage] {
        (usedInEarlierTurns()?.models ?? []).adding(seen.usageByModel)
    }

    private func usedInEarlierTurns() -> (turn: Int, usage: AgentUsage, models: [ModelUsage])? {
        guard let turn = record?.turn, turn > 1 else { return nil }
        if let known = spending.earlierTurns, known.turn == turn { return known }
        let outcomes = turnOutcomes()
        let found = (
            turn, RunResult.used(in: outcomes, before: turn), RunResult.models(in: outcomes, before: turn)
        )
        spending.earlierTurns = found
        return found
    }

    /// What attempts that lie aside have used, as they were last seen.
    private func readEarlierAttempts() async throws(RunStop) {
        if spending.earlierAttempts != nil { return }
        let (spool, task) = (spool, task)
        spending.earlierAttempts = try await persist { () throws(SpoolError) in
            var sum = AgentUsage(tokens: 0, cost: 0)
            for name in try spool.entries(of: task.attempts) where Int(name) != nil {
                let attempt = TaskPaths(directory: task.attempts.appending(name))
                let activity: JSONValue? = (try? spool.readJSON(attempt.activity)) ?? nil
                sum += AgentUsage(
                    tokens: max(0, activity?["tokens"]?.int ?? 0), cost: max(0, activity?["cost"]?.double ?? 0))
            }
            return sum
        }
    }

    /// Adds up what the sessions have used that ours started, and those that they started. One that can't be asked now
    /// counts as it did.
    func lookAtFamily(_ session: AgentSession) async {
        let begun = ContinuousClock.now
        var family = FamilyUsage()
        var waiting = [session]
        var seen: Set<String> = [session.id]
        while let parent = waiting.popLast(), family.sessions < Self.mostSessions {
            guard let children = try? await server.children(of: parent) else { return }
            for child in children where seen.insert(child.id).inserted && family.sessions < Self.mostSessions {
                guard let found = try? await server.observe(child, prompt: nil) else { return }
                family.add(found)
                waiting.append(child)
            }
        }
        spending.family = family
        spending.nextFamilyLook = .now + max(Self.lookInterval, (ContinuousClock.now - begun) * Self.lookShare)
    }
}
