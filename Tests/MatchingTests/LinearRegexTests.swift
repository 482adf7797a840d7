import Testing

@testable import Matching

@Suite struct LinearRegexTests {
    @Test(arguments: [
        ("abc", "xxabcxx", true), ("abc", "ab", false), ("a.c", "abc", true), ("a.c", "a\nc", false),
        ("^b$", "a\nb\nc", true), ("^b$", "ab", false), ("[0-9]+", "no 7", true), ("[^0-9]", "77", false),
        ("[]x]", "]", true), ("[a-]", "-", true), ("a|b|c", "c", true), ("(ab)+c", "ababc", true),
        ("(?:ab)?c", "c", true), ("a{2}", "a", false), ("a{2}", "aa", true), ("^a{1,2}$", "aaa", false),
        ("^a{2,}$", "aaaa", true), ("x{", "x{", true), ("\\d\\D\\w\\W\\s\\S", "1aa! x", true),
        ("\\bcat\\b", "a cat.", true), ("\\bcat\\b", "concat", false), ("\\Bcat", "concat", true),
        ("(?i)größe", "GRÖSSE", false), ("(?i)größe", "GRöße", true), ("(?i)ä", "Ä", true), ("", "", true),
        ("a*?b", "aab", true), ("version \\[1\\.0\\]", "version [1.0]", true), ("日.語", "日本語", true),
        ("a\\tb", "a\tb", true), ("(a|)b", "b", true), ("$^", "", true),
    ])
    func pattern_matchesAnywhereInTheText(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try LinearRegex(pattern).matches(text) == isMatch)
    }

    @Test(arguments: [
        ("(a", "( without"), ("a)", ") without"), ("[a", "[ without"), ("*a", "repetition of nothing"),
        ("(a)\\1", "back reference"), ("(?=a)", "not known"), ("a{5,2}", "before its beginning"),
        ("\\", "nothing behind"), ("\\q", "not known"), ("[z-a]", "range"), ("a++", "possessive"),
        ("((a{1000}){1000}){1000}", "too large"), ("a{2000}", "1000 repetitions"),
    ])
    func pattern_isRefusedWithAReason(pattern: String, words: String) {
        #expect {
            try LinearRegex(pattern)
        } throws: { error in
            (error as? LinearRegex.Problem)?.message.contains(words) == true
        }
    }

    /// What takes other engines longer than the universe is old: each character costs at most a step per step of the
    /// pattern here, and the test ends.
    @Test func patternThatMakesOthersHang_ends() throws {
        let text = String(repeating: "a", count: 5000) + "!"
        #expect(try LinearRegex("^(a+)+$").matches(text) == false)
        #expect(try LinearRegex("(a*)*(a*)*b").matches(text) == false)
        #expect(try LinearRegex("(a|a|aa)+$").matches(text) == false)
    }

    @Test func match_stops_whenItIsCancelled() throws {
        let text = String(repeating: "a", count: 10_000)
        #expect(try LinearRegex("b").matches(text, isCancelled: { true }) == nil)
    }
}
