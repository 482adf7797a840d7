/// Lines at the bottom of a terminal that are written over in place.
package struct LiveRegion: Sendable {
    /// The widths of the lines on the screen, to know how many rows they take should the terminal become narrower.
    private var widths: [Int] = []

    package init() {}

    /// What to write so that `lines` stand where the lines of the last call stood.
    ///
    /// Each line is cut to the terminal's width. There must be fewer lines than the terminal has: what has scrolled
    /// away can't be written over.
    package mutating func frame(_ lines: [StyledText], columns: Int, colors: Bool) -> String {
        let rows = widths.reduce(0) { $0 + max(1, ($1 + columns - 1) / max(1, columns)) }
        let shown = lines.map { $0.truncated(to: columns) }
        // A synchronised update: terminals that know it show no half-drawn frame, others ignore it.
        var text = "\u{1B}[?2026h\r"
        if rows > 0 { text += "\u{1B}[\(rows)A" }
        for line in shown { text += line.rendered(colors: colors) + "\u{1B}[K\r\n" }
        text += "\u{1B}[J\u{1B}[?2026l"
        widths = shown.map(\.width)
        return text
    }
}
