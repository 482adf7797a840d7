import Blocking
package import Inotify
package import Logging
import Schedules
import ServiceLifecycle
import Spool
package import TaskSource

/// Follows the schedules of `schedules/`: makes a task whenever one is due.
///
/// What it knows between two looks is one moment, that of the next look; everything else lies in the tree. It looks when
/// a file changes and when that moment has come, by the wall clock: which is read every half minute while it waits, as it
/// may be set, and machines sleep. Without schedules it sleeps until there is one.
package actor SchedulingService: Service {
    private let spool: SpoolDirectory
    private let follower: ScheduleFollower
    private let source: WatchSource
    private let logger: Logger
    private let wakeUps: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private var alarm: Task<Void, Never>?

    private static let longestSleep = Duration.seconds(30)

    /// - Parameter source: How a change of a file is noticed.
    package init(book: ScheduleBook, source: WatchSource, logger: Logger) {
        spool = book.spool
        follower = ScheduleFollower(book: book, logger: logger)
        self.source = source
        self.logger = logger
        (wakeUps, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func run() async throws {
        let watcher = try DirectoryWatcher(source: source)
        defer { watcher.close() }
        // Watch first, then look.
        try watcher.watch(spool.paths.schedules, key: "schedules")
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await _ in watcher.hints { self.waker.yield() }
                }
                await self.follow()
                group.cancelAll()
            }
        }
        alarm?.cancel()
    }

    private func follow() async {
        waker.yield()
        for await _ in wakeUps {
            alarm?.cancel()
            alarm = nil
            let follower = follower
            let next = await BlockingPool.run { follower.look(at: .now()) }
            if let next { arm(next) }
        }
    }

    private func arm(_ time: Timestamp) {
        alarm = Task { [waker] in
            while true {
                let left = Duration.milliseconds(time.milliseconds - Timestamp.now().milliseconds)
                if left <= .zero { break }
                guard (try? await Task.sleep(for: min(left, Self.longestSleep))) != nil else { return }
            }
            waker.yield()
        }
    }
}
