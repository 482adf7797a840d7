import CoreMetrics
import Synchronization

/// The value of one set of labels, which writes itself down.
protocol Series: AnyObject, Sendable {
    func write(to text: inout MetricText, name: String, labels: LabelSet)
}

final class CounterSeries: Series, CounterHandler {
    private let value = Mutex<Int64>(0)

    /// A counter never goes back, and stays at the largest number rather than wrap.
    func increment(by amount: Int64) {
        value.withLock { value in
            let (sum, overflow) = value.addingReportingOverflow(max(0, amount))
            value = overflow ? .max : sum
        }
    }

    func reset() { value.withLock { $0 = 0 } }

    func write(to text: inout MetricText, name: String, labels: LabelSet) {
        text.sample(name, labels, Double(value.withLock { $0 }))
    }
}

final class GaugeSeries: Series, MeterHandler {
    private let value = Mutex<Double>(0)

    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    func write(to text: inout MetricText, name: String, labels: LabelSet) {
        text.sample(name, labels, value.withLock { $0 })
    }
}

final class HistogramSeries: Series, TimerHandler, RecorderHandler {
    private struct State {
        /// How many values lie within each bound and beyond the one before; the last are those beyond all.
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    /// - Parameter bounds: Upper ones, included, in ascending order.
    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let place = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[place] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func write(to text: inout MetricText, name: String, labels: LabelSet) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total = 0
        for (bound, count) in zip(bounds, counts) {
            total += count
            text.sample("\(name)_bucket", labels, with: "le=\"\(MetricText.number(bound))\"", Double(total))
        }
        total += counts.last ?? 0
        text.sample("\(name)_bucket", labels, with: "le=\"+Inf\"", Double(total))
        text.sample("\(name)_sum", labels, sum)
        text.sample("\(name)_count", labels, Double(total))
    }
}
