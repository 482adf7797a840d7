import CoreMetrics
import HTTPTypes
import Prometheus
import Synchronization

/// Counts and times requests by route, method and status. Paths that lead nowhere are one route: strangers choose them.
final class RequestMetrics: Sendable {
    private static let label = "openloom_http_request_duration_seconds"

    private struct Key: Hashable {
        var method: String
        var route: String
        var status: Int
    }

    private let registry: PrometheusRegistry
    private let timers = Mutex<[Key: Timer]>([:])

    init(_ registry: PrometheusRegistry) {
        self.registry = registry
        registry.declare(
            Self.label, .histogram,
            help: "Time to the head of the answer, by route, method and status; streams go on after it.")
    }

    func record(
        _ method: HTTPRequest.Method, _ route: String?, _ status: HTTPResponse.Status, _ duration: Duration
    ) {
        let known = RouteTable.knownMethods.contains(method)
        let key = Key(method: known ? method.rawValue : "other", route: route ?? "none", status: status.code)
        let timer = timers.withLock { timers in
            if let timer = timers[key] { return timer }
            let dimensions = [("method", key.method), ("route", key.route), ("status", String(key.status))]
            let timer = Timer(label: Self.label, dimensions: dimensions, factory: registry)
            timers[key] = timer
            return timer
        }
        timer.recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }
}
