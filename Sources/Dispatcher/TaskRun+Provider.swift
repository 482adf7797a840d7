import JSON
import Logging
import OpenCode
import Spool

/// A provider whose limit is reached, and one that works again.
extension TaskRun {
    /// No provider's limit is waited for longer than this before it is asked again.
    private static let longestHold = 86_400.0

    /// Puts the task back, and holds all others of its provider with it.
    ///
    /// - Parameter until: When the provider says that it may be asked again, in milliseconds since 1970.
    func holdProvider(_ failure: AgentFailure, until: Int?) async throws(RunStop) {
        let named = choice.model.flatMap(TaskSpec.provider(of:))
        let answering = lastSeen?.steps.last?.model.flatMap(TaskSpec.provider(of:))
        let provider = named ?? answering ?? ProviderHold.unknown
        let (spool, task, unnamed, first, now) = (spool, task, !namesModel, settings.retryDelay, Timestamp.now())
        let jitter = Double.random(in: 0...1)
        let wakes = try await persist { () throws(SpoolError) in
            // First: an attempt that met a limit must not count, whatever comes between.
            try spool.mark(task.limited)
            return try spool.holdProvider(provider, unnamed: unnamed, reason: failure.description, now: now) { count in
                let told = until.map { Timestamp(milliseconds: $0) }
                let own = RetryBackoff.delay(afterAttempt: count, first: first, jitter: jitter)
                return min(
                    told ?? now.adding(seconds: own.inSeconds), now.adding(seconds: Self.longestHold))
            }
        }
        logger.notice(
            "a provider has reached its limit; its tasks wait",
            metadata: ["provider": "\(provider)", "until": "\(wakes.iso8601)", "reason": "\(failure.description)"])
        let left = Duration.milliseconds(max(0, wakes.milliseconds - Timestamp.now().milliseconds))
        try await requeue(after: left, reason: "the provider \(provider) has reached its limit: \(failure.description)")
    }

    /// The first sign that the provider works: if this task was to find that out, the others are held no longer.
    func noteWork(_ seen: TurnObservation) async throws(RunStop) {
        if hasWorked { return }
        let works = seen.steps.contains { step in
            step.failure == nil && (step.isCompleted || !step.text.isEmpty || step.tool != nil)
        }
        guard works else { return }
        hasWorked = true
        let (spool, id) = (spool, id)
        let wasProbe = try await persist { () throws(SpoolError) in try spool.releaseProviders(probedBy: id) }
        guard wasProbe else { return }
        logger.notice("the provider works again; its tasks go on")
        // Has the dispatcher look again.
        setWaiting(isWaiting)
    }
}
