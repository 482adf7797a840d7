import OpenCode
import Testing

/// By what a prompt is recognised in its session.
@Suite struct PromptMarkTests {
    @Test func idThatWasChosen_isAllThatCounts() {
        let mark = PromptMark(id: "msg_1", known: ["msg_1"], text: "Do it")
        #expect(mark.fits(id: "msg_1", text: "something else"))
        #expect(!mark.fits(id: "msg_2", text: "Do it"))
    }

    @Test func withoutAnId_theTextIsOurs_ifItWasNotThereBefore() {
        let mark = PromptMark(id: nil, known: ["msg_1"], text: "Do it")
        #expect(mark.fits(id: "msg_2", text: "Do it"))
        #expect(!mark.fits(id: "msg_1", text: "Do it"))
        #expect(!mark.fits(id: "msg_2", text: "Do it\n---\nand say so"))
        #expect(!mark.fits(id: "msg_2", text: nil))
        #expect(mark.pick([1, 2]) == 1)
    }

    @Test func promptOfAnotherProgram_beginsWithTheText_andIsTheLastThatDoes() {
        let mark = PromptMark(id: nil, known: [], text: "Do it", isBeginning: true)
        #expect(mark.fits(id: "msg_2", text: "Do it\n---\nand say so"))
        #expect(!mark.fits(id: "msg_2", text: "Please do it"))
        #expect(!mark.fits(id: "msg_2", text: "Do i"))
        #expect(mark.pick([1, 2]) == 2)
        #expect(mark.pick([Int]()) == nil)
    }

    @Test(arguments: [
        ("Do it\n\n---\nSay so.\nTwice.", true), ("Do it", false), ("Do it again\n\n---\nSay so.", false),
        ("Do it\n\nand more\n\n---\nSay so.", false), ("Do it\n\n---\nand more\n\n---\nSay so.", false),
        ("Do it\u{301}\n\n---\nSay so.", false),
    ])
    func promptOfAnotherProgram_isNotThatOfALongerText(_ text: String, isMeant: Bool) {
        let mark = PromptMark(id: nil, known: [], text: "Do it", isBeginning: true, separator: "---")
        #expect(mark.fits(id: "msg_2", text: text) == isMeant)
    }
}
