import Schedules
import Testing

@Suite struct ScheduleDecisionTests {
    private let minute = 60_000
    private let hour = 3_600_000

    private func decide(
        _ rule: ScheduleRule, handled: Int, now: Int, missed: ScheduleDecision.Missed = .runOnce,
        within: Int = 86_400_000, limit: Int? = nil
    ) -> ScheduleDecision {
        ScheduleDecision(rule, handled: handled, now: now, missed: missed, within: within, limit: limit)
    }

    @Test func interval_isDueAtItsMultiples_whenever() {
        let rule = ScheduleRule.every(15 * minute)
        #expect(rule.next(after: 1) == 15 * minute)
        #expect(rule.next(after: 15 * minute) == 30 * minute)
        #expect(rule.next(after: -1) == 0)
        #expect(rule.last(after: 0, until: 44 * minute) == 30 * minute)
        #expect(rule.last(after: 30 * minute, until: 44 * minute) == nil)
        #expect(rule.last(after: 5, until: 5) == nil)
    }

    @Test func lastMoment_isTheSame_asByWalkingThroughAll() throws {
        for text in ["* * * * *", "0 6 * * *", "*/7 3 * * 2", "0 0 1 * *", "30 2 29 2 *"] {
            let rule = ScheduleRule.cron(try CronExpression(text), in: try zone("Europe/Berlin"))
            let start = try moment("2023-12-30T11:11:11Z") * 1000
            for end in [start + 1, start + 90_000, start + 26 * hour, start + 70 * 24 * hour] {
                var walked: Int?
                var time = start
                while let next = rule.next(after: time), next <= end {
                    walked = next
                    time = next
                }
                #expect(rule.last(after: start, until: end) == walked, "\(text)")
            }
        }
    }

    @Test func dueMoment_isRun_onceAndOnTime() {
        let rule = ScheduleRule.every(hour)
        #expect(decide(rule, handled: 0, now: hour - 1) == .wait(until: hour))
        #expect(decide(rule, handled: 0, now: hour) == .run(hour))
        #expect(decide(rule, handled: hour, now: hour) == .wait(until: 2 * hour))
        #expect(decide(rule, handled: hour, now: hour + minute) == .wait(until: 2 * hour))
    }

    @Test func missedMoments_areMadeUpForOnce_orPassed() {
        let rule = ScheduleRule.every(hour)
        let now = 10 * hour + 10 * minute
        #expect(decide(rule, handled: 2 * hour, now: now) == .run(10 * hour))
        #expect(decide(rule, handled: 2 * hour, now: now, missed: .skip) == .pass(10 * hour))
        #expect(decide(rule, handled: 2 * hour, now: now, within: 5 * minute) == .pass(10 * hour))
        // A little late is not missed.
        #expect(decide(rule, handled: 2 * hour, now: 10 * hour + minute, missed: .skip) == .run(10 * hour))
        #expect(decide(rule, handled: 2 * hour, now: 10 * hour + minute, within: 0) == .run(10 * hour))
    }

    /// A clock that was set back must not make the day come twice.
    @Test func clockThatWasSetBack_makesNothingTwice() {
        let rule = ScheduleRule.every(hour)
        #expect(decide(rule, handled: 10 * hour, now: 9 * hour) == .wait(until: 11 * hour))
        #expect(decide(rule, handled: 10 * hour, now: 10 * hour) == .wait(until: 11 * hour))
    }

    @Test func nothingIsDue_afterTheEnd() {
        let rule = ScheduleRule.every(hour)
        #expect(decide(rule, handled: 0, now: minute, limit: hour) == .wait(until: hour))
        #expect(decide(rule, handled: 0, now: minute, limit: hour - 1) == .wait(until: nil))
        #expect(decide(rule, handled: 0, now: 90 * minute, limit: 80 * minute) == .run(hour))
        #expect(decide(rule, handled: hour, now: 90 * minute, limit: 80 * minute) == .wait(until: nil))
    }
}
