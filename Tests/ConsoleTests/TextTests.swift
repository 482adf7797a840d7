import Console
import Report
import Spool
import Testing

@Suite struct DisplayWidthTests {
    @Test(arguments: [
        ("abc", 3), ("über", 4), ("u\u{308}ber", 4), ("漢字", 4), ("カタカナ", 8), ("한국어", 6), ("👍", 2), ("👍🏽", 2),
        ("👩‍💻", 2), ("🇩🇪", 2), ("❤️", 2), ("ﾊﾝ", 2), ("（）", 4), ("→✓●", 3), ("", 0),
    ])
    func displayWidth_isThatOfATerminal(_ text: String, _ width: Int) {
        #expect(text.displayWidth == width)
    }
}

@Suite struct SafeTextTests {
    @Test(arguments: [
        ("a\u{1B}[2Jb", "a\\e[2Jb"), ("a\nb\r\tc", "a\\nb\\r\\tc"), ("\u{7}\u{9B}31m", "\\u{7}\\u{9B}31m"),
        ("x\u{202E}gpj.exe", "x\\u{202E}gpj.exe"), ("a\u{2028}b", "a\\u{2028}b"), ("\u{200B}", "\\u{200B}"),
        ("👩‍💻 é 漢", "👩‍💻 é 漢"), ("\r\n", "\\r\\n"),
    ])
    func escaped_showsWhatATerminalWouldObey(_ text: String, _ expected: String) {
        #expect(SafeText.escaped(text) == expected)
    }

    @Test func escaped_isBounded() {
        #expect(SafeText.escaped(String(repeating: "é", count: 1_000_000)).count == SafeText.limit)
    }

    @Test func oneLine_joinsLinesAndEscapesTheRest() {
        #expect(SafeText.oneLine("  a\n\tb \u{1B}c ") == "a b \\ec")
    }

    @Test func styledText_neverHoldsAnEscapeOfOthers() {
        let line = StyledText("\u{1B}]0;title\u{7}", .red).rendered(colors: true)
        #expect(line == "\u{1B}[31m\\e]0;title\\u{7}\u{1B}[0m")
    }
}

@Suite struct StyledTextTests {
    @Test(arguments: [
        ("hello", 5, "hello"), ("hello", 4, "hel…"), ("漢字漢字", 5, "漢字…"), ("漢字漢字", 4, "漢…"), ("ab", 1, "…"),
        ("ab", 0, ""),
    ])
    func truncated_neverExceedsTheColumns(_ text: String, _ columns: Int, _ expected: String) {
        let line = StyledText(text).truncated(to: columns)
        #expect(line.rendered(colors: false) == expected)
        #expect(line.width <= columns)
    }

    @Test func truncated_keepsTheStylesOfTheParts() {
        let line = (StyledText("ab", .red) + StyledText("cdef", .green)).truncated(to: 4)
        #expect(line == StyledText("ab", .red) + StyledText("c", .green) + StyledText("…", .green))
    }

    @Test func truncatedAtFront_keepsTheEnd() {
        #expect(StyledText("/home/ada/src/shop").truncatedAtFront(to: 9) == StyledText("…src/shop"))
        #expect(StyledText("/漢字漢").truncatedAtFront(to: 6) == StyledText("…字漢"))
        #expect(StyledText("short").truncatedAtFront(to: 5) == StyledText("short"))
    }

    @Test func fitted_isExactlySoWide() {
        for columns in 1...12 { #expect(StyledText("漢字 und mehr").fitted(to: columns).width == columns) }
    }

    @Test func rendered_hasNoEscapes_withoutColours() {
        let line = StyledText("a", [.bold, .red]) + StyledText("b")
        #expect(line.rendered(colors: false) == "ab")
        #expect(line.rendered(colors: true) == "\u{1B}[1;31ma\u{1B}[0mb")
    }
}

@Suite struct TextWrapTests {
    @Test func lines_breakAtSpaces() {
        let (lines, hasMore) = TextWrap.lines(of: "one two three\nfour\n\n", width: 9, limit: 10)
        #expect(lines == ["one two", "three", "four"])
        #expect(!hasMore)
    }

    @Test func lines_cutWordsThatAreTooLong_byColumns() {
        #expect(TextWrap.lines(of: "漢字漢字漢字", width: 8, limit: 10).lines == ["漢字漢字", "漢字"])
    }

    @Test func lines_areNoMoreThanTheLimit_andSayThatThereIsMore() {
        let (lines, hasMore) = TextWrap.lines(of: "a\nb\nc", width: 20, limit: 2)
        #expect(lines == ["a", "b"])
        #expect(hasMore)
    }

    @Test func lines_escapeControlCharacters() {
        #expect(TextWrap.lines(of: "\tx\u{1B}[1m", width: 40, limit: 2).lines == ["    x\\e[1m"])
    }
}

@Suite struct NumberTests {
    @Test(arguments: [
        (-5, "0s"), (0.4, "0s"), (59, "59s"), (60, "1m 00s"), (252, "4m 12s"), (7500, "2h 05m"), (273_600, "3d 4h"),
        (8_640_000, "100d"), (.infinity, "115740d"), (.nan, "0s"),
    ])
    func exactDuration(_ seconds: Double, _ expected: String) {
        #expect(DurationText.exact(seconds) == expected)
    }

    @Test func roughDurations_andDirections() {
        #expect(DurationText.ago(noon.adding(seconds: -3600), noon) == "1h ago")
        #expect(DurationText.ago(noon.adding(seconds: 3600), noon) == "0s ago")
        #expect(DurationText.until(noon.adding(seconds: 61), noon) == "in 1m 01s")
    }

    @Test(arguments: [(0, "0"), (999, "999"), (12_345, "12.3k"), (4_150_000, "4.1M")])
    func count(_ value: Int, _ expected: String) {
        #expect(NumberText.count(value) == expected)
    }

    @Test(arguments: [
        (0.0, "$0.00"), (0.1234, "$0.12"), (0.0042, "$0.0042"), (12.5, "$12.50"), (.nan, "$?"), (-1, "$?"),
    ])
    func price(_ value: Double, _ expected: String) {
        #expect(NumberText.price(value) == expected)
    }

    @Test(arguments: [
        ("once", "once"), ("per_1", "per_1"), ("Use the second", "'Use the second'"), ("it's", "'it'\\''s'"),
        ("", "''"),
        ("$(rm)", "'$(rm)'"), ("~", "'~'"),
    ])
    func shellWord_isOneWordForAShell(_ text: String, _ expected: String) {
        #expect(ShellWord.quoted(text) == expected)
    }
}

@Suite struct ColorChoiceTests {
    @Test func auto_meansATerminalThatCanAndAPersonWhoWants() {
        #expect(ColorChoice.auto.allows(isTerminal: true, environment: ["TERM": "xterm"]))
        #expect(!ColorChoice.auto.allows(isTerminal: false, environment: ["TERM": "xterm"]))
        #expect(!ColorChoice.auto.allows(isTerminal: true, environment: ["TERM": "xterm", "NO_COLOR": "1"]))
        #expect(ColorChoice.auto.allows(isTerminal: true, environment: ["TERM": "xterm", "NO_COLOR": ""]))
        #expect(!ColorChoice.auto.allows(isTerminal: true, environment: ["TERM": "dumb"]))
    }

    @Test func alwaysAndNever_dependOnNothing() {
        #expect(ColorChoice.always.allows(isTerminal: false, environment: ["NO_COLOR": "1"]))
        #expect(!ColorChoice.never.allows(isTerminal: true, environment: [:]))
    }
}

@Suite struct RenderContextTests {
    @Test func path_isShortenedOnlyBelowHome() {
        #expect(context(80).path("/home/ada/x") == "~/x")
        #expect(context(80).path("/home/ada") == "~")
        #expect(context(80).path("/home/adam") == "/home/adam")
    }

    @Test func clock_namesTheDayOnlyWhenItIsAnother() {
        var zoned = context(80)
        zoned.utcOffset = { _ in 3600 }
        #expect(zoned.clock(noon) == "13:00:00")
        #expect(zoned.clock(noon.adding(seconds: -13 * 3600)) == "00:00:00")
        #expect(zoned.clock(noon.adding(seconds: -14 * 3600)) == "2026-11-22 23:00:00")
    }

    @Test func command_repeatsWhatLeadsToTheSpool() {
        #expect(context(80).command("ls") == "openloom ls")
        #expect(context(80, options: "--spool /s").command("ls") == "openloom ls --spool /s")
    }
}
