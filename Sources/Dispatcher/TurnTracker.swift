package import OpenCode
import Spool

/// Decides from what the server shows whether a turn goes on, has ended, or must be stopped.
///
/// Does no I/O and has no clock of its own: every observation comes with its time.
package struct TurnTracker: Sendable {
    package enum Decision: Sendable, Hashable {
        /// Look again at that time, or when the server gives a hint.
        case wait(until: ContinuousClock.Instant)
        /// The server is done with the turn.
        case end(TurnEnd)
        /// Send the prompt once more under its id, which a server that knows it already takes for the same; then look again.
        case promptAgain
        /// Stop the session, and then end so. Of a turn that did not start, look once more whether it has begun after all.
        case stop(TurnEnd)
    }

    /// How long one turn may take, and whose it may be. What it may use and change is for ``TaskBudget``.
    package struct Limits: Sendable {
        package var timeout: Duration
        package var stall: Duration
        /// The only model that may answer, `provider/model`; nil for any.
        package var model: String?

        package init(timeout: Duration, stall: Duration) {
            self.timeout = timeout
            self.stall = stall
        }
    }

    private let settings: HarnessSettings
    private let limits: Limits
    /// When the prompt was sent.
    private let started: ContinuousClock.Instant
    /// Time spent waiting for people, or for the server to come back, which is no time of the agent's.
    private var waited = Duration.zero
    private var waitingSince: ContinuousClock.Instant?
    private var fingerprint: Int?
    private var lastProgress: ContinuousClock.Instant
    /// Since when the same suspicious picture is seen, and which.
    private var suspicion: (picture: Suspicion, since: ContinuousClock.Instant)?
    private var quietLooks = 0
    private var hasPromptedAgain = false
    /// Whether the connection to the server was lost since the prompt was sent.
    private var hadLoss = false
    /// The first error that the event stream told, as a turn that never starts may leave no other trace. A second,
    /// general one often follows.
    private var streamFailure: AgentFailure?

    private enum Suspicion: Sendable, Hashable {
        case noPrompt
        case queued
        case noAnswer
        case unfinished(fingerprint: Int)
        case busyAfterEnd(fingerprint: Int)
    }

    package init(
        settings: HarnessSettings, limits: Limits, started: ContinuousClock.Instant, now: ContinuousClock.Instant
    ) {
        self.settings = settings
        self.limits = limits
        self.started = started
        lastProgress = now
    }

    /// The server's stream told of an error of this session.
    package mutating func note(_ failure: AgentFailure) {
        if streamFailure == nil { streamFailure = failure }
    }

    /// Something about the session was seen to move at that time, whatever it was.
    package mutating func noteProgress(at now: ContinuousClock.Instant) {
        if now > lastProgress { lastProgress = now }
    }

    /// What a run before this one has seen of the task's waiting for people.
    package mutating func resume(waited: Duration, waitingSince: ContinuousClock.Instant?) {
        self.waited = waited
        self.waitingSince = waitingSince
    }

    /// The server could not be asked for so long, which ends now: nobody knows what the agent did, and a server that is
    /// down is no fault of the task's.
    package mutating func noteOutage(_ duration: Duration, now: ContinuousClock.Instant) {
        // While it waits for people, that clock stands anyway.
        if waitingSince == nil { waited += duration }
        lastProgress = max(lastProgress, now)
    }

    /// The connection to the server was lost since the prompt was sent: a turn that never began may have been cut off.
    package mutating func noteLoss() { hadLoss = true }

    /// Stops and restarts the clocks while the agent waits for a person.
    package mutating func setWaiting(_ isWaiting: Bool, now: ContinuousClock.Instant) {
        if isWaiting {
            if waitingSince == nil { waitingSince = now }
        } else if let since = waitingSince {
            waited += now - since
            lastProgress = now
            waitingSince = nil
        }
    }

    /// When the turn has taken too long; nil while it waits for people.
    package var deadline: ContinuousClock.Instant? {
        waitingSince == nil ? started + waited + limits.timeout : nil
    }

    private func exceeded(now: ContinuousClock.Instant) -> TurnEnd? {
        if let deadline, now > deadline {
            return .timedOut("the turn took longer than \(limits.timeout.components.seconds) s")
        }
        return nil
    }

    /// Takes in what the server shows now.
    package mutating func observe(_ seen: TurnObservation, now: ContinuousClock.Instant) -> Decision {
        if seen.fingerprint != fingerprint {
            fingerprint = seen.fingerprint
            lastProgress = max(lastProgress, now)
            quietLooks = 0
        } else {
            quietLooks += 1
        }
        if let end = exceeded(now: now) { return .stop(end) }
        let decision = judge(seen, now: now)
        if case .wait = decision, waitingSince == nil, now - lastProgress > limits.stall {
            return .stop(.stalled("the agent showed no progress for \(limits.stall.components.seconds) s"))
        }
        return decision
    }

    private mutating func judge(_ seen: TurnObservation, now: ContinuousClock.Instant) -> Decision {
        if let outcome = seen.outcome { return .end(ending(of: seen, outcome)) }
        if seen.isQueued { return queued(seen, now: now) }
        if case .retrying(let attempt, let message, let next) = seen.activity {
            return retrying(attempt: attempt, message: message, next: next, now: now)
        }
        guard seen.isPromptThere || !seen.steps.isEmpty else { return missing(seen, now: now) }
        guard let last = seen.steps.last else { return unanswered(seen, now: now) }
        if seen.activity == .idle {
            // Where every end is written down, what has none was cut off, however finished it looks.
            let isFinished = last.failure != nil || (last.isCompleted && last.finish != "tool-calls")
            guard isFinished, !seen.recordsOutcomes else { return cutOff(seen, last, now: now) }
            return .end(ending(of: seen, last))
        }
        guard last.isCompleted, last.finish != nil, last.finish != "tool-calls" else {
            suspicion = nil
            return wait(now)
        }
        // Finished, and the server still calls it busy: between two looks that is normal, for long it is a fault.
        if suspects(.busyAfterEnd(fingerprint: seen.fingerprint), for: settings.busyGrace, now: now) {
            return .stop(
                seen.recordsOutcomes
                    ? .interrupted("the last message is finished, and the server did not say how the turn ended")
                    : ending(of: seen, last))
        }
        return .wait(until: now + min(.milliseconds(20 << min(quietLooks, 6)), settings.checkInterval))
    }

    private func retrying(
        attempt: Int, message: String, next: Int?, now: ContinuousClock.Instant
    ) -> Decision {
        let failure = AgentFailure(
            name: "ProviderRetry", message: message, mayPass: true, isLimit: AgentFailure.speaksOfLimit(message))
        if let next, next - Timestamp.now().milliseconds > Int(settings.quotaWait.components.seconds) * 1000 {
            return .stop(.outOfQuota(failure, until: next))
        }
        if attempt > settings.providerRetries { return .stop(.failed(failure)) }
        return wait(now)
    }

    /// The prompt was taken, and waits for its turn: rightly so while the session does something else.
    private mutating func queued(_ seen: TurnObservation, now: ContinuousClock.Instant) -> Decision {
        if seen.activity != .idle {
            suspicion = nil
            return wait(now)
        }
        if suspects(.queued, for: settings.start, now: now) {
            return .stop(.didNotStart("the server took the prompt, keeps it waiting and works on nothing"))
        }
        if let again = again(now) { return again }
        return .wait(until: now + startingPause)
    }

    /// A server that was restarted may have forgotten to go on with what waits, or have lost it. Once, and halfway through
    /// the time that is left to it.
    private mutating func again(_ now: ContinuousClock.Instant) -> Decision? {
        guard !hasPromptedAgain, let suspicion, now - suspicion.since >= settings.start / 2 else { return nil }
        hasPromptedAgain = true
        return .promptAgain
    }

    /// The prompt was taken, and is not among the messages.
    private mutating func missing(_ seen: TurnObservation, now: ContinuousClock.Instant) -> Decision {
        if seen.activity == .idle, let failure = streamFailure { return .end(.failed(failure)) }
        if seen.activity == .idle, suspects(.noPrompt, for: settings.start, now: now) {
            return .stop(.didNotStart("the server took the prompt, and it never appeared in the session"))
        }
        if seen.recordsOutcomes, let again = again(now) { return again }
        if seen.activity != .idle { suspicion = nil }
        return .wait(until: now + startingPause)
    }

    /// The prompt is there, and no assistant message is.
    private mutating func unanswered(_ seen: TurnObservation, now: ContinuousClock.Instant) -> Decision {
        if seen.activity == .idle {
            if let failure = streamFailure { return .end(.failed(failure)) }
            if suspects(.noAnswer, for: settings.start, now: now) {
                if hadLoss {
                    return .stop(
                        .interrupted(
                            "the connection to the server was lost after it took the prompt, and nothing came of it: "
                                + "was the server restarted?"))
                }
                return .stop(
                    .didNotStart("the server took the prompt and answered nothing: is the model's name right?")
                )
            }
        } else {
            suspicion = nil
        }
        return .wait(until: now + startingPause)
    }

    /// Idle in the middle of a message or between two steps: cut off, unless the next look shows otherwise.
    private mutating func cutOff(
        _ seen: TurnObservation, _ last: AgentStep, now: ContinuousClock.Instant
    ) -> Decision {
        // A server that goes on by itself with what its restart cut off gets the time to begin.
        let grace = seen.recordsOutcomes ? max(settings.start, settings.cutOffGrace) : settings.cutOffGrace
        if suspects(.unfinished(fingerprint: seen.fingerprint), for: grace, now: now), quietLooks >= 2 {
            if let failure = streamFailure { return .end(.failed(failure)) }
            if last.isCompleted || last.failure != nil {
                return .end(.interrupted("the turn was cut off before the server said how it ended"))
            }
            let advice = last.partCount == 0 ? "; does the server see the workspace, and was it restarted?" : ""
            return .end(.interrupted("the turn was cut off in the middle of a message\(advice)"))
        }
        return .wait(until: now + min(settings.cutOffGrace / 3, settings.checkInterval))
    }

    /// The end that the server wrote down.
    private func ending(of seen: TurnObservation, _ outcome: TurnObservation.Outcome) -> TurnEnd {
        switch outcome {
        case .succeeded:
            guard let last = seen.steps.last else { return .failed(Self.noOutput) }
            return ending(of: seen, last)
        case .failed:
            let unsaid = AgentFailure(
                name: "ExecutionFailed", message: "the server says that the turn failed, and not why", mayPass: false)
            if let last = seen.steps.last, last.failure != nil { return ending(of: seen, last) }
            return .failed(streamFailure ?? unsaid)
        case .interrupted: return .cancelled("the turn was interrupted at the server")
        }
    }

    private static let noOutput = AgentFailure(
        name: "NoOutput", message: "the agent ended without a word", mayPass: false)

    private func ending(of seen: TurnObservation, _ last: AgentStep) -> TurnEnd {
        if let failure = last.failure {
            if ["MessageAbortedError", "aborted"].contains(failure.name) {
                return .cancelled("the turn was aborted at the server")
            }
            return .failed(failure)
        }
        let hasOutput = seen.steps.contains { !$0.text.isEmpty || $0.tool != nil }
        switch last.finish {
        case "stop" where hasOutput:
            if let failure = wrongModel(seen) { return .failed(failure) }
            return .claimed(text: last.text)
        case "stop":
            return .failed(Self.noOutput)
        case let finish:
            return .failed(
                AgentFailure(
                    name: "Unfinished", message: "the agent stopped with \"\(finish ?? "nothing")\", not cleanly",
                    mayPass: false
                )
            )
        }
    }

    /// A server without the provider's credentials may answer with another model, and say nothing of it.
    private func wrongModel(_ seen: TurnObservation) -> AgentFailure? {
        guard let wanted = limits.model, let other = seen.steps.compactMap(\.model).first(where: { $0 != wanted })
        else { return nil }
        return AgentFailure(
            name: "WrongModel", message: "\(wanted) was asked, and \(other) answered", mayPass: false)
    }

    private mutating func suspects(
        _ picture: Suspicion, for time: Duration, now: ContinuousClock.Instant
    ) -> Bool {
        guard let suspicion, suspicion.picture == picture else {
            suspicion = (picture, now)
            return time <= .zero
        }
        return now - suspicion.since >= time
    }

    /// Short at first, as a turn that begins changes something soon.
    private var startingPause: Duration { min(.milliseconds(50 << min(quietLooks, 5)), settings.checkInterval) }

    /// Doubles from a quarter of a second to the check interval while nothing changes, so that a server whose stream has
    /// fallen silent costs a short turn little, and a long one costs the server little.
    private func wait(_ now: ContinuousClock.Instant) -> Decision {
        .wait(until: now + min(.milliseconds(250 << min(quietLooks, 10)), settings.checkInterval))
    }
}
