import Dispatcher
import Testing

@Suite struct CompletionProtocolTests {
    @Test func prompt_beginsWithTheGoalVerbatim() {
        let goal = "Fix  this\n\n  \"exactly\" — ünïcode\n"
        #expect(CompletionProtocol.prompt(goal: goal).hasPrefix(goal))
    }

    @Test(arguments: [
        "All done.\nTASK COMPLETE", "TASK COMPLETE\n", "x\n  TASK COMPLETE  \n\n", "a\r\nTASK COMPLETE\r\n",
    ])
    func lineWithTheMarker_isOne(text: String) {
        #expect(CompletionProtocol.marker(in: text) == .complete)
    }

    /// Fault 6: the words in a sentence are no marker.
    @Test(arguments: [
        "I will not write TASK COMPLETE until the tests pass.", "TASK COMPLETE.", "`TASK COMPLETE`", "task complete",
        "TASK COMPLETED", "", "TASK\nCOMPLETE",
    ])
    func mention_isNoMarker(text: String) {
        #expect(CompletionProtocol.marker(in: text) == nil)
    }

    @Test func noChange_isTold_andTheLastMarkerCounts() {
        #expect(CompletionProtocol.marker(in: "Nothing to do.\nNO CHANGE NEEDED") == .noChange)
        #expect(CompletionProtocol.marker(in: "NO CHANGE NEEDED\nwait, there is\nTASK COMPLETE") == .complete)
    }
}
