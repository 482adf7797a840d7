import Blocking
package import Spool

/// Shows a spool for as long as somebody looks: `openloom watch` and `openloom ls -w`.
package struct OverviewView: Sendable {
    private let spool: SpoolDirectory
    private let terminal: Terminal
    private let settings: ViewSettings

    package init(_ spool: SpoolDirectory, _ terminal: Terminal, _ settings: ViewSettings) {
        self.spool = spool
        self.terminal = terminal
        self.settings = settings
    }

    /// On a terminal a list that is drawn again in place, else a line for each change. Ends when it is cancelled.
    package func run(selecting selection: SpoolOverview.Selection, options: OverviewPage.Options) async throws {
        if terminal.canRedraw {
            try await redraw(selection, options)
        } else {
            try await printNews()
        }
    }

    private func redraw(_ selection: SpoolOverview.Selection, _ options: OverviewPage.Options) async throws {
        let (spool, settings) = (spool, settings)
        let screen = LiveScreen(terminal)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await screen.tick() }
            defer { group.cancelAll() }
            try await SpoolFeed.follow(spool) {
                let overview = try await BlockingPool.run { () throws(SpoolError) in
                    try SpoolOverview.read(spool, selecting: selection)
                }
                await screen.show { columns, lines in
                    OverviewPage.lines(overview, settings.context(width: columns), options: options, lineLimit: lines)
                }
                let tasks = overview.tasks.filter { !$0.snapshot.state.isEnded }
                return Dictionary(tasks.map { ($0.id, $0.snapshot.state) }) { first, _ in first }
            }
        }
    }

    private func printNews() async throws {
        let (spool, terminal, settings) = (spool, terminal, settings)
        let keeper = NewsKeeper()
        try await SpoolFeed.follow(spool) {
            let news = try await keeper.look(at: spool, settings.context(width: terminal.size.columns))
            if !news.lines.isEmpty { terminal.print(news.lines) }
            return news.watched
        }
    }
}

/// Holds what was told already.
private actor NewsKeeper {
    private var news = SpoolNews()

    func look(
        at spool: SpoolDirectory, _ context: RenderContext
    ) async throws -> (lines: [StyledText], watched: [TaskID: TaskState]) {
        let before = news
        let (lines, watched, after) = try await BlockingPool.run { () throws(SpoolError) in
            var news = before
            let (lines, watched) = try news.look(at: spool, context)
            return (lines, watched, news)
        }
        news = after
        return (lines, watched)
    }
}
