import CoreMetrics
import HTTPTypes
import Prometheus

/// Counts and times requests by route, method and status. Paths that lead nowhere are one route: strangers choose them.
struct RequestMetrics: Sendable {
    private static let label = "openloom_http_request_duration_seconds"

    let registry: PrometheusRegistry

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
        let dimensions = [
            ("method", known ? method.rawValue : "other"), ("route", route ?? "none"),
            ("status", String(status.code)),
        ]
        Timer(label: Self.label, dimensions: dimensions, factory: registry)
            .recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }
}
