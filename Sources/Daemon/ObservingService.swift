import ServiceLifecycle
import Spool

/// Runs the watcher and the observer: first to start and last to end, as all others look where they say.
struct ObservingService: Service {
    let watcher: SpoolWatcher
    let observer: TaskObserver

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.watcher.run() }
                group.addTask { await self.observer.run() }
            }
        }
    }
}
