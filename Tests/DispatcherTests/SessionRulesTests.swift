import Spool
import Testing

@testable import Dispatcher

@Suite struct SessionRulesTests {
    @Test func modesThatNeedAScreen_areAlwaysDenied() {
        #expect(SessionRules.denied(by: .standard) == ["plan_enter", "plan_exit"])
    }

    @Test func questions_areDenied_whereTheyWouldBeRefused() {
        let policy = AskPolicy(fallback: .allow, rules: ["question": .deny])
        #expect(SessionRules.denied(by: policy).contains("question"))
    }
}
