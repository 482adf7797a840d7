import Dispatcher
import OpenCode
import Testing

/// Turns at a server that writes down how each of them ended, and goes on by itself with what its restart cut off.
@Suite struct TurnOutcomeTests {
    private let start = ContinuousClock.now
    private let settings = HarnessSettings()

    private func tracker(model: String? = nil) -> TurnTracker {
        var limits = TurnTracker.Limits(timeout: .seconds(3600), stall: .seconds(600))
        limits.model = model
        return TurnTracker(settings: settings, limits: limits, started: start, now: start)
    }

    private func seen(
        _ activity: TurnObservation.Activity, _ steps: [AgentStep] = [], outcome: TurnObservation.Outcome? = nil,
        prompt: Bool = true, isQueued: Bool = false
    ) -> TurnObservation {
        var seen = TurnObservation(activity: activity, isPromptThere: prompt, steps: steps, fingerprint: 1)
        seen.recordsOutcomes = true
        seen.outcome = outcome
        seen.isQueued = isQueued
        return seen
    }

    private func step(
        finish: String? = "stop", completed: Bool = true, text: String = "done", failure: AgentFailure? = nil,
        model: String? = nil
    ) -> AgentStep {
        AgentStep(
            id: "m", isCompleted: completed, finish: finish, failure: failure, text: text, partCount: 1, model: model)
    }

    /// Shows the same picture every 100 ms until something else than waiting is decided.
    private func decisions(
        _ tracker: inout TurnTracker, _ observation: TurnObservation, within time: Duration
    ) -> [(decision: TurnTracker.Decision, after: Duration)] {
        var elapsed = Duration.zero
        var all: [(TurnTracker.Decision, Duration)] = []
        while elapsed < time {
            let decision = tracker.observe(observation, now: start + elapsed)
            switch decision {
            case .wait: break
            case .promptAgain: all.append((decision, elapsed))
            case .end, .stop:
                all.append((decision, elapsed))
                return all
            }
            elapsed += .milliseconds(100)
        }
        return all
    }

    @Test func rule14_wire2_cleanStopWithSuccess_isAClaim() {
        var tracker = tracker()
        #expect(tracker.observe(seen(.idle, [step()], outcome: .succeeded), now: start) == .end(.claimed(text: "done")))
    }

    /// Still called active for a moment after the end.
    @Test func outcome_decides_evenWhileTheServerIsStillBusy() {
        var tracker = tracker()
        #expect(tracker.observe(seen(.busy, [step()], outcome: .succeeded), now: start) == .end(.claimed(text: "done")))
    }

    @Test(arguments: ["length", "content-filter", "unknown", "error"])
    func rule14_wire2_successWithoutACleanStop_isAFailure(_ finish: String) {
        var tracker = tracker()
        let decision = tracker.observe(seen(.idle, [step(finish: finish)], outcome: .succeeded), now: start)
        guard case .end(.failed(let failure)) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(failure.message.contains(finish))
    }

    @Test func rule14_wire2_successWithoutOutput_isAFailure() {
        var tracker = tracker()
        for steps in [[], [step(text: "")]] {
            let decision = tracker.observe(seen(.idle, steps, outcome: .succeeded), now: start)
            guard case .end(.failed(let failure)) = decision else {
                Issue.record("\(decision)")
                continue
            }
            #expect(failure.name == "NoOutput")
        }
    }

    @Test func failedOutcome_isAFailure_inTheServersWords() {
        var tracker = tracker()
        let failure = AgentFailure(name: "rate-limit", message: "slow down", mayPass: true)
        let failed = seen(.idle, [step(finish: nil, failure: failure)], outcome: .failed)
        #expect(tracker.observe(failed, now: start) == .end(.failed(failure)))
    }

    /// Rule 9: an unknown variant fails without a word.
    @Test func rule9_wire2_failedOutcomeWithoutAWord_isAFailure() {
        var tracker = tracker()
        guard case .end(.failed) = tracker.observe(seen(.idle, [], outcome: .failed), now: start) else {
            Issue.record("not a failure")
            return
        }
    }

    @Test func interruptedOutcome_isACancellation() {
        var tracker = tracker()
        let decision = tracker.observe(seen(.idle, [step(completed: false)], outcome: .interrupted), now: start)
        guard case .end(.cancelled) = decision else {
            Issue.record("\(decision)")
            return
        }
    }

    /// Rule 25 and section 8: a bare refusal or a shutdown leaves an aborted message, an idle server and no idle row.
    @Test func rule25_wire2_abortedMessageWithoutAnOutcome_isInterrupted_onceTheServerHasNotGoneOn() {
        var tracker = tracker()
        let aborted = step(finish: nil, failure: AgentFailure(name: "aborted", message: "", mayPass: false))
        let all = decisions(&tracker, seen(.idle, [aborted]), within: .seconds(120))
        #expect(all.count == 1)
        guard case .end(.interrupted) = all.first?.decision else {
            Issue.record("\(all)")
            return
        }
        #expect(all.first.map { $0.after >= settings.start } == true)
    }

    /// Rule 18: the server resumes what its restart cut off. Nothing is sent in the meantime.
    @Test func rule18_wire2_cutOffTurn_isWaitedFor_andGoesOn() {
        var tracker = tracker()
        let cut = step(finish: nil, completed: false)
        let all = decisions(&tracker, seen(.idle, [cut]), within: settings.start - .seconds(1))
        #expect(all.isEmpty)
        var resumed = seen(.busy, [cut, step(finish: "tool-calls")])
        resumed.fingerprint = 2
        guard case .wait = tracker.observe(resumed, now: start + settings.start) else {
            Issue.record("gave up")
            return
        }
        let end = seen(.idle, [cut, step()], outcome: .succeeded)
        #expect(tracker.observe(end, now: start + .seconds(40)) == .end(.claimed(text: "done")))
    }

    @Test func finishedMessageWithoutAnOutcome_isNoSuccess() {
        var tracker = tracker()
        let all = decisions(&tracker, seen(.idle, [step()]), within: .seconds(300))
        guard case .end(.interrupted) = all.first?.decision else {
            Issue.record("\(all)")
            return
        }
    }

    /// Section 8: in the inbox is waiting, not missing.
    @Test func rule18_wire2_promptThatWaits_isSentAgainUnderItsID_once_andThenGivenUp() {
        var tracker = tracker()
        let all = decisions(&tracker, seen(.idle, prompt: false, isQueued: true), within: .seconds(120))
        #expect(all.first?.decision == .promptAgain)
        guard all.count == 2, case .stop(.didNotStart(let reason)) = all[1].decision else {
            Issue.record("\(all)")
            return
        }
        #expect(reason.contains("waiting"))
    }

    @Test func promptThatWaits_behindAnotherTurn_isWaitedFor() {
        var tracker = tracker()
        let all = decisions(&tracker, seen(.busy, prompt: false, isQueued: true), within: .seconds(300))
        #expect(all.isEmpty)
    }

    /// Rule 31.
    @Test func rule31_anotherModelThanAskedFor_isAnError() {
        var tracker = tracker(model: "p/wanted")
        let steps = [step(finish: "tool-calls", model: "p/wanted"), step(model: "free/other")]
        let decision = tracker.observe(seen(.idle, steps, outcome: .succeeded), now: start)
        guard case .end(.failed(let failure)) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(failure.name == "WrongModel")
        #expect(failure.message == "p/wanted was asked, and free/other answered")
        #expect(!failure.mayPass)
    }
}
