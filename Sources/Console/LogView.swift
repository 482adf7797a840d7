import Blocking
import JSON
package import Spool
import Synchronization

/// Shows a task's log: `openloom log`.
package struct LogView: Sendable {
    private let spool: SpoolDirectory
    private let terminal: Terminal
    private let settings: ViewSettings
    private let asJSON: Bool

    package init(_ spool: SpoolDirectory, _ terminal: Terminal, _ settings: ViewSettings, asJSON: Bool) {
        self.spool = spool
        self.terminal = terminal
        self.settings = settings
        self.asJSON = asJSON
    }

    /// Prints what is there.
    package func print(_ id: TaskID) throws {
        let (task, _) = try spool.locate(id)
        show(try TaskLog.lines(of: task).map(LogLine.init(json:)))
    }

    /// Prints what is there and what comes, until the task has ended.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound`` when it was deleted.
    package func follow(_ id: TaskID) async throws {
        let spool = spool
        let last = Mutex(0)
        try await SpoolFeed.follow(spool) {
            let (state, lines) = try await BlockingPool.run { () throws(SpoolError) in
                // Where it is comes first: what is logged before it ends is then read, wherever it lies by now.
                let (task, state) = try spool.locate(id)
                return (state, try TaskLog.lines(of: task).map(LogLine.init(json:)))
            }
            let fresh = last.withLock { last in
                let fresh = lines.filter { $0.number > last }
                last = fresh.last?.number ?? last
                return fresh
            }
            show(fresh)
            return state.isEnded ? nil : [id: state]
        }
    }

    private func show(_ lines: [LogLine]) {
        if lines.isEmpty { return }
        if asJSON {
            terminal.write(lines.map { $0.json.compact + "\n" }.joined())
        } else {
            let context = settings.context(width: terminal.size.columns)
            terminal.print(lines.map { $0.line(context) })
        }
    }
}
