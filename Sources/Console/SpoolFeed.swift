package import Inotify
package import Spool
import SystemPackage

/// Calls back when something in a spool may have changed.
package enum SpoolFeed {
    /// How long changes are gathered before somebody looks: a burst of them is one look.
    private static let gathering = Duration.milliseconds(20)

    /// How often to look where the filesystem reports nothing.
    private static let fallbackInterval = Duration.seconds(1)

    /// More tasks than this are not watched one by one; their changes then show with the next change of a state.
    private static let watchLimit = 500

    /// The right source for the filesystem that the spool is on.
    package static func source(for spool: SpoolDirectory) -> WatchSource {
        DirectoryWatcher.eventsAreReliable(on: spool.root) ? .inotify : .timer(every: fallbackInterval)
    }

    /// Calls `look` at once and after each change, until it returns nil or throws.
    ///
    /// - Parameter look: Looks at the tree, and returns the tasks whose own directories matter to it, besides the lists
    ///   of tasks, which always do.
    /// - Throws: What `look` throws, or ``WatchError`` if the spool can't be watched in any way.
    package static func follow(
        _ spool: SpoolDirectory, source: WatchSource? = nil,
        look: @escaping @Sendable () async throws -> [TaskID: TaskState]?
    ) async throws {
        let watcher = try makeWatcher(spool, source ?? Self.source(for: spool))
        let hints = watcher.subscribe()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watcher.run() }
            group.addTask {
                var watched = Watched()
                for await _ in hints {
                    guard let tasks = try await look() else { return }
                    watch(tasks, watcher, &watched)
                    try await Task.sleep(for: gathering)
                }
            }
            defer { group.cancelAll() }
            // Whichever ends first ends the other: the watcher only ends when it is cancelled or closed.
            try await group.next()
        }
    }

    private static func makeWatcher(_ spool: SpoolDirectory, _ source: WatchSource) throws(WatchError) -> SpoolWatcher {
        do {
            return try SpoolWatcher(spool, source: source)
        } catch  where error.code == .limitReached && source == .inotify {
            // Looking is better than seeing nothing.
            return try SpoolWatcher(spool, source: .timer(every: fallbackInterval))
        }
    }

    private static func watch(_ tasks: [TaskID: TaskState], _ watcher: SpoolWatcher, _ watched: inout Watched) {
        for id in watched.tasks where tasks[id] == nil { watched.forget(id, watcher) }
        for (id, state) in tasks.sorted(by: { $0.key < $1.key }).prefix(watchLimit) {
            // The next attempt gets another directory for its asks.
            if state != .running, watched.asks.contains(id) { watched.forget(id, watcher) }
            // What fails here has moved on or is not there yet; when it is, a hint says so.
            if !watched.tasks.contains(id), (try? watcher.watchTask(id, in: state)) != nil { watched.tasks.insert(id) }
            if state == .running, !watched.asks.contains(id), (try? watcher.watchAsks(id)) != nil {
                watched.asks.insert(id)
            }
        }
    }

    private struct Watched {
        var tasks: Set<TaskID> = []
        /// Those whose `asks/` is watched, too.
        var asks: Set<TaskID> = []

        mutating func forget(_ id: TaskID, _ watcher: SpoolWatcher) {
            watcher.unwatchTask(id)
            tasks.remove(id)
            asks.remove(id)
        }
    }
}
