import Console
import Testing

@Suite struct LiveRegionTests {
    private static let begin = "\u{1B}[?2026h\r"
    private static let end = "\u{1B}[J\u{1B}[?2026l"

    @Test func firstFrame_isWrittenWhereTheCursorIs() {
        var region = LiveRegion()
        #expect(
            region.frame(["a", "b"], columns: 10, colors: false) == "\(Self.begin)a\u{1B}[K\r\nb\u{1B}[K\r\n\(Self.end)"
        )
    }

    @Test func nextFrame_goesUpByTheLinesOfTheLast() {
        var region = LiveRegion()
        _ = region.frame(["a", "b"], columns: 10, colors: false)
        #expect(region.frame(["c"], columns: 10, colors: false) == "\(Self.begin)\u{1B}[2Ac\u{1B}[K\r\n\(Self.end)")
        #expect(region.frame([], columns: 10, colors: false) == "\(Self.begin)\u{1B}[1A\(Self.end)")
    }

    @Test func lines_areCutToTheWidth_soThatNoneTakesTwoRows() {
        var region = LiveRegion()
        #expect(region.frame(["漢字漢字"], columns: 5, colors: false).contains("漢字…\u{1B}[K"))
    }

    @Test func nextFrame_goesUpFurther_whenTheTerminalBecameNarrower() {
        var region = LiveRegion()
        _ = region.frame(["1234567890", "", "12345"], columns: 10, colors: false)
        #expect(region.frame(["x"], columns: 4, colors: false).hasPrefix("\(Self.begin)\u{1B}[6A"))
    }
}
