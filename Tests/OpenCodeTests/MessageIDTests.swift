import OpenCode
import Testing

@Suite struct MessageIDTests {
    @Test func id_hasOpenCodesFormat() {
        let id = MessageID.make(milliseconds: 1_790_000_000_000)
        #expect(id.wholeMatch(of: /msg_[0-9a-f]{12}[0-9A-Za-z]{14}/) != nil)
    }

    @Test func ids_differ() {
        #expect(Set((0..<1000).map { _ in MessageID.make(milliseconds: 5) }).count == 1000)
    }

    @Test(arguments: [Int.min, -1, 0, Int.max])
    func strangeClock_isNoTrap(milliseconds: Int) {
        #expect(MessageID.make(milliseconds: milliseconds).count == 30)
    }
}
