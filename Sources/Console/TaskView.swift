import Blocking
package import Spool
import Synchronization

/// Shows one task until it has ended: `openloom watch ID`, `openloom run` and `openloom submit --wait`.
package struct TaskView: Sendable {
    private let spool: SpoolDirectory
    private let terminal: Terminal
    private let settings: ViewSettings

    package init(_ spool: SpoolDirectory, _ terminal: Terminal, _ settings: ViewSettings) {
        self.spool = spool
        self.terminal = terminal
        self.settings = settings
    }

    /// Draws the task's page in place.
    ///
    /// - Returns: The task as it ended.
    /// - Throws: ``SpoolError/Code/taskNotFound`` when it was deleted.
    package func redraw(_ id: TaskID) async throws -> TaskDetails {
        let (spool, settings) = (spool, settings)
        let screen = LiveScreen(terminal)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await screen.tick() }
            defer { group.cancelAll() }
            return try await follow(id, spool) { details in
                await screen.show { columns, lines in
                    TaskPage.lines(details, settings.context(width: columns), limits: .init(fitting: lines))
                }
            }
        }
    }

    /// Prints a line for everything that happens to the task.
    ///
    /// - Returns: The task as it ended.
    /// - Throws: ``SpoolError/Code/taskNotFound`` when it was deleted.
    package func printNews(_ id: TaskID) async throws -> TaskDetails {
        let (terminal, settings) = (terminal, settings)
        let news = Mutex(TaskNews())
        return try await follow(id, spool) { details in
            let lines = news.withLock { $0.lines(details, settings.context(width: terminal.size.columns)) }
            if !lines.isEmpty { terminal.print(lines) }
        }
    }

    /// Waits without showing anything.
    package func wait(_ id: TaskID) async throws -> TaskDetails {
        try await follow(id, spool) { _ in }
    }

    private func follow(
        _ id: TaskID, _ spool: SpoolDirectory, show: @escaping @Sendable (TaskDetails) async -> Void
    ) async throws -> TaskDetails {
        let ended = Mutex<TaskDetails?>(nil)
        try await SpoolFeed.follow(spool) {
            let details = try await BlockingPool.run { () throws(SpoolError) in try TaskDetails.read(id, in: spool) }
            await show(details)
            let state = details.task.snapshot.state
            if !state.isEnded { return [id: state] }
            ended.withLock { $0 = details }
            return nil
        }
        if let details = ended.withLock({ $0 }) { return details }
        throw CancellationError()
    }
}
