import Blocking
import CoreMetrics
import Prometheus
import ServiceLifecycle
import Spool

/// Counts tasks as they come and end, and times how long they wait and work.
///
/// It follows the observer's events like every other reader: whoever moved a task, it is counted.
struct TaskMetrics: Service {
    let spool: SpoolDirectory
    let observer: TaskObserver
    let registry: PrometheusRegistry
    private let first: AsyncStream<TaskEvent>

    private static let created = "openloom_tasks_created_total"
    private static let ended = "openloom_tasks_ended_total"
    private static let wait = "openloom_task_wait_seconds"
    private static let work = "openloom_task_work_seconds"

    /// From a drop that is taken at once to a queue of some days.
    private static let waitBuckets: [Double] = [
        0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 1800, 7200, 86400,
    ]
    private static let workBuckets: [Double] = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400]

    /// Events count from now on, before anything is observed.
    init(spool: SpoolDirectory, observer: TaskObserver, registry: PrometheusRegistry) async {
        first = await observer.subscribe().events
        self.spool = spool
        self.observer = observer
        self.registry = registry
        registry.declare(Self.created, .counter, help: "Tasks that this daemon saw arrive.")
        registry.declare(Self.ended, .counter, help: "Tasks that this daemon saw end, by verdict.")
        registry.declare(
            Self.wait, .histogram, help: "From a task's creation to its start, first attempts only.",
            buckets: Self.waitBuckets)
        registry.declare(
            Self.work, .histogram, help: "From a task's start to its end, by verdict.", buckets: Self.workBuckets)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await follow(first)
            // The observer cuts off who is late; what was missed is missing in figures, no more.
            while !Task.isCancelled { await follow(observer.subscribe().events) }
        }
    }

    private func follow(_ events: AsyncStream<TaskEvent>) async {
        var started: [TaskID: Timestamp] = [:]
        for await event in events {
            switch event.kind {
            case .created: Counter(label: Self.created, factory: registry).increment()
            case .started:
                started[event.id] = event.time
                await recordWait(event)
            case .completed, .failed:
                let verdict = await snapshot(event.id)?.verdict?.rawValue ?? "none"
                let dimensions = [("verdict", verdict)]
                Counter(label: Self.ended, dimensions: dimensions, factory: registry).increment()
                if let start = started.removeValue(forKey: event.id) {
                    Timer(label: Self.work, dimensions: dimensions, factory: registry)
                        .recordSeconds(event.time.seconds - start.seconds)
                }
            case .deleted: started[event.id] = nil
            case .updated: continue
            }
        }
    }

    /// A task that is tried again has waited for other reasons than that there was no room.
    private func recordWait(_ event: TaskEvent) async {
        let attempts = try? await BlockingPool.run { [spool] () throws(SpoolError) in
            try spool.attemptCount(spool.paths.task(event.id, in: .running))
        }
        guard attempts == 0, let created = await snapshot(event.id)?.spec?.created else { return }
        Timer(label: Self.wait, factory: registry).recordSeconds(max(0, event.time.seconds - created.seconds))
    }

    private func snapshot(_ id: TaskID) async -> TaskSnapshot? {
        try? await BlockingPool.run { [spool] () throws(SpoolError) in try spool.snapshot(id) }
    }
}
