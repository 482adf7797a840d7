import Testing

@testable import Spool

@Suite struct TaskIDTests {
    @Test(arguments: [
        "a", "0", "A-b_c.d", "20261123T093000250-ab3x9-mend-it", "x..y", "9-", String(repeating: "z", count: 128),
    ])
    func init_accepts(_ text: String) {
        #expect(TaskID(text)?.rawValue == text)
    }

    @Test(arguments: [
        "", ".", "..", ".hidden", "-x", "_x", "a/b", "/a", "a b", " a", "a\n", "a\0b", "é", "aé", "a\u{301}", "a:b",
        "a*",
        "a\\b", "../x", String(repeating: "z", count: 129),
    ])
    func init_refuses(_ text: String) {
        #expect(TaskID(text) == nil)
    }

    @Test func make_beginsWithTheTimeInUTC_andEndsInTheName() throws {
        let id = TaskID.make(
            name: "Mend the README, please", at: try #require(Timestamp(iso8601: "2026-11-23T09:30:00.25Z")))
        let parts = id.rawValue.split(separator: "-", maxSplits: 2)
        #expect(parts[0] == "20261123T093000250")
        #expect(parts[1].count == 5)
        #expect(parts[1].allSatisfy { $0.isASCII && ($0.isNumber || $0.isLowercase) })
        #expect(parts[2] == "mend-the-readme-please")
    }

    @Test(arguments: [
        "", "x", "-", "...", "Überprüfung", "日本語", "\u{1F600}", "../../etc/passwd", "a\0b\n", "İstanbul ß",
        String(repeating: "very long ", count: 1000),
    ])
    func make_alwaysMakesAName(of title: String) {
        let id = TaskID.make(name: title)
        #expect(TaskID(id.rawValue) == id)
        #expect(id.rawValue.utf8.count <= 80)
        #expect(!id.rawValue.hasSuffix("-"))
    }

    @Test(arguments: [
        ("", ""), ("Fix it!", "fix-it"), ("  a  --  b  ", "a-b"), ("日本", ""), ("été 2026", "t-2026"),
        (String(repeating: "ab ", count: 40), "ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab"),
    ])
    func slug_isWhatAShellNeedNotQuote(_ name: String, _ slug: String) {
        #expect(TaskID.slug(of: name) == slug)
    }

    @Test func names_sortByCreation() {
        let early = TaskID.make(name: "z", at: Timestamp(milliseconds: 1_800_000_000_000))
        let late = TaskID.make(name: "a", at: Timestamp(milliseconds: 1_800_000_000_001))
        #expect(early < late)
        #expect([late, early].sorted() == [early, late])
    }

    @Test func names_differ_whenMadeAtTheSameInstant() {
        let instant = Timestamp.now()
        let names = Set((0..<200).map { _ in TaskID.make(name: "same", at: instant) })
        #expect(names.count > 195)
    }
}
