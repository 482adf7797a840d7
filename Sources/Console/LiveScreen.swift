/// A view on a terminal that is drawn again in place whenever what it shows, or the time, is another.
package actor LiveScreen {
    /// Makes the lines for a terminal of that size, now.
    package typealias Page = @Sendable (_ columns: Int, _ lines: Int) -> [StyledText]

    private let terminal: Terminal
    private var region = LiveRegion()
    private var page: Page?
    /// What stands on the screen.
    private var drawn: (lines: [StyledText], columns: Int)?

    package init(_ terminal: Terminal) { self.terminal = terminal }

    /// Shows the page from now on.
    package func show(_ page: @escaping Page) {
        self.page = page
        draw()
    }

    /// Draws again once a second, as durations grow, until cancelled. What is shown is not read again for this.
    package func tick() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            draw()
        }
    }

    private func draw() {
        guard let page, !Task.isCancelled else { return }
        let size = terminal.size
        // One line stays free for the cursor.
        let room = max(4, size.lines - 1)
        let lines = Array(page(size.columns, room).prefix(room))
        if lines == drawn?.lines, size.columns == drawn?.columns { return }
        drawn = (lines, size.columns)
        terminal.write(region.frame(lines, columns: size.columns, colors: terminal.colors))
    }
}
