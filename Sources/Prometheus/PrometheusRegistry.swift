package import CoreMetrics
import Synchronization

/// Keeps what the daemon counts and times, and writes it down in Prometheus's text format (version 0.0.4).
///
/// A factory for swift-metrics: counters, meters, recorders and timers that are made with it appear in ``text()``. Made
/// twice with the same label and dimensions, they are one. Timers and recorders are histograms; a timer's unit is the
/// second. What is not declared first has no help text and ``defaultBuckets``.
package final class PrometheusRegistry: MetricsFactory {
    /// What is known of all series with one label.
    private struct Family {
        var kind: MetricKind
        var help: String?
        var buckets: [Double]
        var series: [LabelSet: any Series] = [:]
    }

    /// Seconds: from what a stat takes to what nobody waits for.
    package static let defaultBuckets: [Double] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// So many series of one label are kept; further ones are counted into none. Labels with values from outside must
    /// not make memory grow.
    private static let seriesLimit = 2_000

    private let families = Mutex<[String: Family]>([:])

    package init() {}

    /// Says what a label means, before anything is made with it.
    package func declare(
        _ label: String, _ kind: MetricKind, help: String, buckets: [Double] = PrometheusRegistry.defaultBuckets
    ) {
        families.withLock { families in
            if families[label] == nil {
                families[label] = Family(kind: kind, help: help, buckets: buckets.sorted())
            }
        }
    }

    /// All that was declared or counted, families by name, series by labels.
    package func text() -> String {
        var text = MetricText()
        for (label, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            text.begin(label, family.kind, help: family.help)
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(to: &text, name: label, labels: labels)
            }
        }
        return text.text
    }

    private func series<Kind: Series>(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricKind, _ make: ([Double]) -> Kind
    ) -> Kind {
        let labels = LabelSet(dimensions)
        return families.withLock { families in
            var family = families[label] ?? Family(kind: kind, help: nil, buckets: Self.defaultBuckets)
            if let known = family.series[labels] as? Kind { return known }
            let new = make(family.buckets)
            // One label is of one kind: what is made as another counts for itself.
            if family.kind == kind, family.series.count < Self.seriesLimit {
                family.series[labels] = new
                families[label] = family
            }
            return new
        }
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { _ in CounterSeries() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { _ in GaugeSeries() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        series(label, dimensions, .histogram) { HistogramSeries(bounds: $0) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram) { HistogramSeries(bounds: $0) }
    }

    // A series lasts as long as the registry: a counter that vanished would look like one that began anew.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
