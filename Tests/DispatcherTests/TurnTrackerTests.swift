import Dispatcher
import OpenCode
import Testing

/// What is made of a server's words, without a server and without a clock.
@Suite struct TurnTrackerTests {
    private let start = ContinuousClock.now

    private func tracker(_ limits: TurnTracker.Limits? = nil) -> TurnTracker {
        TurnTracker(
            settings: HarnessSettings(),
            limits: limits ?? TurnTracker.Limits(timeout: .seconds(3600), stall: .seconds(600)), started: start,
            now: start
        )
    }

    private func seen(
        _ activity: TurnObservation.Activity, _ steps: [AgentStep] = [], prompt: Bool = true, fingerprint: Int = 1
    ) -> TurnObservation {
        TurnObservation(activity: activity, isPromptThere: prompt, steps: steps, fingerprint: fingerprint)
    }

    private func step(
        finish: String? = "stop", completed: Bool = true, text: String = "done", failure: AgentFailure? = nil,
        tokens: Int = 0, parts: Int = 1
    ) -> AgentStep {
        AgentStep(
            id: "m", isCompleted: completed, finish: finish, failure: failure, text: text, partCount: parts,
            tokens: tokens
        )
    }

    /// Shows the same picture every 100 ms until something else than waiting is decided.
    private func decide(
        _ tracker: inout TurnTracker, _ observation: TurnObservation, within time: Duration
    ) -> (decision: TurnTracker.Decision, after: Duration) {
        var elapsed = Duration.zero
        while true {
            let decision = tracker.observe(observation, now: start + elapsed)
            if case .wait = decision, elapsed < time {
                elapsed += .milliseconds(100)
            } else {
                return (decision, elapsed)
            }
        }
    }

    @Test func idleWithCleanStop_isAClaim() {
        var tracker = tracker()
        #expect(tracker.observe(seen(.idle, [step()]), now: start) == .end(.claimed(text: "done")))
    }

    /// Fault 2: the gap between two steps is no end.
    @Test func rule13_toolCallsWhileBusy_isNoEnd() {
        var tracker = tracker()
        let (decision, _) = decide(&tracker, seen(.busy, [step(finish: "tool-calls")]), within: .seconds(300))
        guard case .wait = decision else {
            Issue.record("\(decision)")
            return
        }
    }

    @Test func rule18_wire1_toolCallsWhileIdle_isCutOff_onlyWhenItStaysSo() {
        var tracker = tracker()
        let picture = seen(.idle, [step(finish: "tool-calls")])
        guard case .wait = tracker.observe(picture, now: start) else {
            Issue.record("believed at first sight")
            return
        }
        let (decision, after) = decide(&tracker, picture, within: .seconds(60))
        guard case .end(.interrupted) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(after >= HarnessSettings().cutOffGrace)
    }

    /// A daemon that was stopped while the task waited for a person must not find it out of time.
    @Test func rule17_waitingBeforeARestart_isNoTimeOfTheAgents() {
        let limits = TurnTracker.Limits(timeout: .seconds(60), stall: .seconds(600))
        let later = start + .seconds(1000)
        var tracker = TurnTracker(settings: HarnessSettings(), limits: limits, started: start, now: later)
        tracker.resume(waited: .seconds(5), waitingSince: start + .seconds(20))
        #expect(tracker.deadline == nil)
        let picture = seen(.busy, [step(finish: nil, completed: false)])
        guard case .wait = tracker.observe(picture, now: later) else {
            Issue.record("ended while it waits")
            return
        }
        tracker.setWaiting(false, now: later)
        // 15 s of work before, 5 s of an earlier wait: 45 s are left.
        #expect(tracker.deadline == later + .seconds(45))
        #expect(tracker.observe(picture, now: later + .seconds(46)).isTimeout)
    }

    /// A restart before the first message leaves the same picture as a model that there is not; the lost connection
    /// makes the difference.
    @Test func rule18_turnThatNeverBegan_isInterrupted_ifTheConnectionWasLost() {
        for isLost in [false, true] {
            var tracker = tracker()
            if isLost { tracker.noteLoss() }
            let (decision, _) = decide(&tracker, seen(.idle), within: .seconds(60))
            switch decision {
            case .stop(.interrupted): #expect(isLost)
            case .stop(.didNotStart): #expect(!isLost)
            default: Issue.record("\(decision)")
            }
        }
    }

    @Test func outageOfTheServer_isNoTimeOfTheAgents() {
        let limits = TurnTracker.Limits(timeout: .seconds(60), stall: .seconds(30))
        var tracker = tracker(limits)
        let picture = seen(.busy, [step(finish: nil, completed: false)])
        guard case .wait = tracker.observe(picture, now: start + .seconds(10)) else {
            Issue.record("ended at once")
            return
        }
        tracker.noteOutage(.seconds(500), now: start + .seconds(510))
        guard case .wait = tracker.observe(picture, now: start + .seconds(511)) else {
            Issue.record("ended for an outage")
            return
        }
        #expect(tracker.observe(picture, now: start + .seconds(561)).isTimeout)
    }

    @Test func messageThatGrowsWhileIdle_isNotCutOff() {
        var tracker = tracker()
        for number in 0..<100 {
            let picture = seen(.idle, [step(finish: nil, completed: false)], fingerprint: number)
            let decision = tracker.observe(picture, now: start + .milliseconds(200 * number))
            guard case .wait = decision else {
                Issue.record("\(decision) at look \(number)")
                return
            }
        }
    }

    /// A title is made after the first idle: idle without an answer to our prompt is no end.
    @Test func rule19_wire1_idleWithoutAnAnswer_isNoEnd() {
        var tracker = tracker()
        let (decision, _) = decide(&tracker, seen(.idle), within: HarnessSettings().start - .seconds(1))
        guard case .wait = decision else {
            Issue.record("\(decision)")
            return
        }
    }

    /// Rule 12: a server may call a session busy for ever that has finished.
    @Test func rule12_wire1_busyAfterTheEnd_endsAfterTheGrace_byStopping() {
        var tracker = tracker()
        let (decision, after) = decide(&tracker, seen(.busy, [step()]), within: .seconds(600))
        #expect(decision == .stop(.claimed(text: "done")))
        #expect(after >= HarnessSettings().busyGrace)
    }

    @Test(arguments: ["length", "content-filter", "unknown", "error", "other"])
    func rule14_wire1_unclearFinish_isFailure(finish: String) {
        var tracker = tracker()
        guard case .end(.failed) = tracker.observe(seen(.idle, [step(finish: finish)]), now: start) else {
            Issue.record("\(finish) was taken for an end")
            return
        }
    }

    @Test func rule14_wire1_stopWithoutOutput_isFailure() {
        var tracker = tracker()
        guard case .end(.failed(let failure)) = tracker.observe(seen(.idle, [step(text: "")]), now: start) else {
            Issue.record("silence was taken for success")
            return
        }
        #expect(failure.name == "NoOutput")
    }

    /// Fault 1: an authentication error is no completion.
    @Test func stepWithError_isFailure_alsoWithoutCompletion() {
        var tracker = tracker()
        let failure = AgentFailure(name: "ProviderAuthError", message: "no key", mayPass: false)
        let picture = seen(.idle, [step(finish: nil, completed: false, failure: failure)])
        #expect(tracker.observe(picture, now: start) == .end(.failed(failure)))
    }

    /// Fault 15: an abort is no completion.
    @Test func abortedStep_isCancelled() {
        var tracker = tracker()
        let failure = AgentFailure(name: "MessageAbortedError", message: "", mayPass: false)
        guard case .end(.cancelled) = tracker.observe(seen(.idle, [step(failure: failure)]), now: start) else {
            Issue.record("not cancelled")
            return
        }
    }

    @Test func rule9_wire1_promptThatNeverAppears_didNotStart() {
        var tracker = tracker()
        let (decision, after) = decide(&tracker, seen(.idle, prompt: false), within: .seconds(120))
        guard case .stop(.didNotStart) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(after >= HarnessSettings().start)
    }

    /// Busy, then idle, without a message: an unknown model.
    @Test func rule9_wire1_promptWithoutAnAnswer_didNotStart() {
        var tracker = tracker()
        guard case .wait = tracker.observe(seen(.busy, fingerprint: 7), now: start) else {
            Issue.record("it was busy")
            return
        }
        let (decision, after) = decide(&tracker, seen(.idle), within: .seconds(120))
        guard case .stop(.didNotStart(let reason)) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(reason.contains("model"))
        #expect(after >= HarnessSettings().start)
    }

    /// An empty message of a server that does not see the workspace.
    @Test func rule9_wire1_messageWithoutParts_isInterrupted_withWhatToLookAt() {
        var tracker = tracker()
        let picture = seen(.idle, [step(finish: nil, completed: false, text: "", parts: 0)])
        let (decision, _) = decide(&tracker, picture, within: .seconds(60))
        guard case .end(.interrupted(let reason)) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(reason.contains("does the server see the workspace"))
    }

    /// Rule 9: the error may be in the stream alone.
    @Test func rule15_wire1_firstErrorOfTheStream_isTheReason_whenNoTurnCame() {
        var tracker = tracker()
        let first = AgentFailure(name: "ProviderAuthError", message: "no key", mayPass: false)
        tracker.note(first)
        tracker.note(AgentFailure(name: "UnknownError", message: "something", mayPass: false))
        #expect(tracker.observe(seen(.idle), now: start) == .end(.failed(first)))
    }

    @Test func rule17_silence_isAStall_butNotWhileWaitingForAPerson() {
        let limits = TurnTracker.Limits(timeout: .seconds(3600), stall: .seconds(10))
        var waiting = tracker(limits)
        waiting.setWaiting(true, now: start)
        let picture = seen(.busy, [step(finish: nil, completed: false)])
        guard case .wait = decide(&waiting, picture, within: .seconds(60)).decision else {
            Issue.record("a person's time was counted")
            return
        }
        var silent = tracker(limits)
        let (decision, after) = decide(&silent, picture, within: .seconds(60))
        guard case .stop(.stalled) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(after > .seconds(10))
    }

    @Test func eventsCountAsProgress() {
        var tracker = tracker(TurnTracker.Limits(timeout: .seconds(3600), stall: .seconds(10)))
        let picture = seen(.busy, [step(finish: nil, completed: false)])
        _ = tracker.observe(picture, now: start)
        tracker.noteProgress(at: start + .seconds(9))
        guard case .wait = tracker.observe(picture, now: start + .seconds(15)) else {
            Issue.record("stalled in spite of events")
            return
        }
    }

    @Test func turnsTime_excludesWaiting() {
        var tracker = tracker(TurnTracker.Limits(timeout: .seconds(20), stall: .seconds(600)))
        tracker.setWaiting(true, now: start)
        tracker.setWaiting(false, now: start + .seconds(100))
        let picture = seen(.busy, [step(finish: nil, completed: false)])
        guard case .wait = tracker.observe(picture, now: start + .seconds(110)) else {
            Issue.record("waiting was counted")
            return
        }
        guard case .stop(.timedOut) = tracker.observe(picture, now: start + .seconds(125)) else {
            Issue.record("no time-out")
            return
        }
    }

    /// Rule 16: a provider is tried for ever upstream; a far-away next try is a quota.
    @Test func rule16_providerRetries_areCapped_andAQuotaIsSeen() {
        var capped = tracker()
        guard
            case .stop(.failed(let failure)) = capped.observe(
                seen(.retrying(attempt: 6, message: "rate limited", next: nil)), now: start
            )
        else {
            Issue.record("not capped")
            return
        }
        #expect(failure.mayPass)
        var quota = tracker()
        guard
            case .stop(.outOfQuota) = quota.observe(
                seen(.retrying(attempt: 1, message: "quota", next: 9_999_999_999_999)), now: start
            )
        else {
            Issue.record("quota not seen")
            return
        }
    }

    /// A stream that has fallen silent must cost a short turn little.
    @Test func looks_comeSoonAtFirst_andAtTheCheckIntervalInTheEnd() {
        var tracker = tracker()
        var now = start
        var pauses: [Duration] = []
        for _ in 0..<12 {
            guard case .wait(let until) = tracker.observe(seen(.busy, [step(completed: false)]), now: now) else {
                Issue.record("no wait")
                return
            }
            pauses.append(until - now)
            now = until
        }
        #expect(pauses[0] <= .milliseconds(250))
        #expect(pauses.last == HarnessSettings().checkInterval)
        #expect(pauses == pauses.sorted())
    }
}

extension TurnTracker.Decision {
    fileprivate var isTimeout: Bool {
        if case .stop(.timedOut) = self { true } else { false }
    }
}
