import Testing

@testable import Matching

@Suite struct GlobPatternTests {
    @Test(arguments: [
        ("tests", "tests", true), ("tests", "tests/a/b.swift", true), ("tests/", "tests/a", true),
        ("tests", "tests2/a", false), ("tests", "src/tests/a", false), ("./tests", "tests/a", true),
        ("*.md", "README.md", true), ("*.md", "docs/a.md", false), ("**/*.md", "docs/a.md", true),
        ("**/*.md", "a.md", true), ("src/**/*.swift", "src/a.swift", true), ("src/**/*.swift", "src/a/b/c.swift", true),
        ("src/**/*.swift", "src/a.c", false), ("src/**", "src/a/b", true), ("**", "anything/at/all", true),
        ("a?c", "abc", true), ("a?c", "ac", false), ("[ab]x", "bx", true), ("[!ab]x", "bx", false),
        ("[a-c]1", "b1", true), ("a\\*", "a*", true), ("a\\*", "ab", false), ("*a*b*c", "xaybzc", true),
        ("*a*b*c", "xaybz", false), ("a/*", "a/b/c", true), ("**/x/**/y", "x/y", true),
        ("**/x/**/y", "a/x/b/c/y", true),
        ("**/x/**/y", "a/y", false), ("[", "[", true),
    ])
    func pattern_coversPath(pattern: String, path: String, isCovered: Bool) {
        #expect(GlobPattern(pattern).covers(path.utf8) == isCovered)
    }

    @Test func pattern_coversNamesThatAreNotUTF8() {
        #expect(GlobPattern("a/*").covers([0x61, 0x2F, 0xFF, 0xFE]))
        #expect(GlobPattern("a?").covers([0x61, 0xFF]))
    }

    @Test func patternOfManyStars_endsOnALongName() {
        let pattern = GlobPattern(String(repeating: "*a", count: 200) + "b")
        #expect(!pattern.covers(String(repeating: "a", count: 4000).utf8))
        let deep = GlobPattern(String(repeating: "**/a/", count: 100) + "b")
        #expect(!deep.covers(String(repeating: "a/", count: 2000).utf8))
    }
}
