import Blocking
import HTTPTypes
import Hummingbird
import NIOCore
package import Prometheus
import Spool

/// Where `/metrics` gets what is not in the spool.
package struct APIMetrics: Sendable {
    /// What is counted and timed.
    package var registry: PrometheusRegistry
    /// Adds what is known at the moment of asking.
    package var write: @Sendable (inout MetricText) async -> Void

    package init(
        registry: PrometheusRegistry = PrometheusRegistry(),
        write: @escaping @Sendable (inout MetricText) async -> Void = { _ in }
    ) {
        self.registry = registry
        self.write = write
    }
}

/// `/metrics`: figures for Prometheus. What the spool says is read when it is asked for, like every other answer.
struct MetricsRoutes: Sendable {
    let spool: SpoolDirectory
    let index: TaskIndex
    let observer: TaskObserver
    let metrics: APIMetrics

    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    func add(to table: inout RouteTable) {
        table.on(.get, "/metrics", .metrics) { _, _ in
            var text = try await BlockingPool.run { () throws(SpoolError) in try read() }
            text.single(
                "openloom_journal_number", .counter, help: "Number of the newest event in the journal.",
                Double(observer.version))
            await metrics.write(&text)
            var headers = HTTPFields.json
            headers[.contentType] = Self.mediaType
            let body = text.text + metrics.registry.text()
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
        }
    }

    private func read() throws(SpoolError) -> MetricText {
        var counts: [(TaskState, count: Int, oldest: Timestamp?)] = []
        for state in TaskState.allCases {
            let names = try index.names(in: state)
            counts.append((state, names.count, names.madeCount > 0 ? names[0].created : nil))
        }
        var text = MetricText()
        text.begin("openloom_tasks", .gauge, help: "Tasks in each directory of the spool.")
        for (state, count, _) in counts { text.sample("openloom_tasks", Double(count), [("state", state.rawValue)]) }
        let now = Timestamp.now().seconds
        let age = "openloom_oldest_task_age_seconds"
        text.begin(age, .gauge, help: "How long ago the oldest task in each directory was created; 0 if there is none.")
        for (state, _, oldest) in counts {
            text.sample(age, max(0, oldest.map { now - $0.seconds } ?? 0), [("state", state.rawValue)])
        }
        text.single("openloom_paused", .gauge, help: "1 while no new task is started.", spool.isPaused ? 1 : 0)
        text.single("openloom_closed", .gauge, help: "1 while no task is accepted.", spool.isClosed ? 1 : 0)
        return text
    }
}
