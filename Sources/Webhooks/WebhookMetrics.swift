import Blocking
import CoreMetrics
package import Prometheus
package import Spool

/// What is counted of webhooks.
package struct WebhookMetrics: Sendable {
    private let registry: PrometheusRegistry

    private static let attempts = "openloom_webhook_attempts_total"
    private static let latency = "openloom_webhook_duration_seconds"

    package init(registry: PrometheusRegistry) {
        self.registry = registry
        registry.declare(
            Self.attempts, .counter, help: "Attempts to deliver a webhook, by outcome: delivered, retry, failed.")
        registry.declare(
            Self.latency, .histogram, help: "From a webhook's request to its answer.",
            buckets: [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30])
    }

    func count(_ endpoint: WebhookEndpoint, _ outcome: DeliveryAttempt.Outcome, _ duration: Duration) {
        // Tasks can name any number of endpoints; a series for each would be without bound.
        let name = endpoint.isFromTask ? "task" : endpoint.name.rawValue
        Counter(
            label: Self.attempts, dimensions: [("endpoint", name), ("outcome", outcome.rawValue)], factory: registry
        ).increment()
        Timer(label: Self.latency, dimensions: [("endpoint", name)], factory: registry)
            .recordSeconds(Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
    }

    /// How many deliveries lie where, counted now.
    package static func write(_ spool: SpoolDirectory, to text: inout MetricText) {
        let family = "openloom_webhook_deliveries"
        text.begin(family, .gauge, help: "Deliveries in the outbox: to be sent, given up.")
        var others: [DeliveryState: Int] = [:]
        for name in (try? spool.endpoints()) ?? [] {
            for state in [DeliveryState.new, .failed] {
                let count = (try? spool.countDeliveries(of: name, in: state)) ?? 0
                if name.rawValue.hasPrefix(OutboxFeed.taskPrefix) {
                    others[state, default: 0] += count
                } else {
                    text.sample(family, Double(count), [("endpoint", name.rawValue), ("state", state.rawValue)])
                }
            }
        }
        for (state, count) in others.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            text.sample(family, Double(count), [("endpoint", "task"), ("state", state.rawValue)])
        }
    }
}
