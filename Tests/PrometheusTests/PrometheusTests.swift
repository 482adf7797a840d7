import CoreMetrics
import Prometheus
import Testing

/// What is counted comes out as Prometheus reads it.
@Suite struct PrometheusTests {
    private let registry = PrometheusRegistry()

    @Test func counter_isWrittenWithItsLabelsInOrder_andOnceForBothWhoCount() {
        registry.declare("jobs_total", .counter, help: "Jobs.")
        Counter(label: "jobs_total", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment(by: 2)
        Counter(label: "jobs_total", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        #expect(
            registry.text() == """
                # HELP jobs_total Jobs.
                # TYPE jobs_total counter
                jobs_total{a="1",b="2"} 3

                """)
    }

    @Test func counter_neverGoesBack_norWraps() {
        let counter = Counter(label: "n", factory: registry)
        counter.increment(by: Int64.max)
        counter.increment(by: 5)
        counter.increment(by: -7)
        #expect(registry.text() == "# TYPE n counter\nn 9.223372036854776e+18\n")
    }

    @Test func meter_showsWhatWasSetLast() {
        let meter = Meter(label: "load", factory: registry)
        meter.set(3)
        meter.increment(by: 1.5)
        meter.decrement(by: 0.25)
        #expect(registry.text() == "# TYPE load gauge\nload 4.25\n")
    }

    @Test func timer_isAHistogramInSeconds_withBucketsThatAddUp() {
        registry.declare("took_seconds", .histogram, help: "How long.", buckets: [0.5, 0.1, 1])
        let timer = Timer(label: "took_seconds", factory: registry)
        for milliseconds in [100, 101, 500, 2000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            registry.text() == """
                # HELP took_seconds How long.
                # TYPE took_seconds histogram
                took_seconds_bucket{le="0.1"} 1
                took_seconds_bucket{le="0.5"} 3
                took_seconds_bucket{le="1"} 3
                took_seconds_bucket{le="+Inf"} 4
                took_seconds_sum 2.701
                took_seconds_count 4

                """)
    }

    @Test func declaredFamily_isThere_beforeAnythingWasCounted() {
        registry.declare("quiet_total", .counter, help: "Nothing yet.")
        #expect(registry.text() == "# HELP quiet_total Nothing yet.\n# TYPE quiet_total counter\n")
    }

    @Test func labelsFromOutside_areEscaped_andHelpToo() {
        registry.declare("odd", .counter, help: "a\\b\nc")
        Counter(label: "odd", dimensions: [("v", "q\"uote \\ line\nend")], factory: registry).increment()
        #expect(
            registry.text() == """
                # HELP odd a\\\\b\\nc
                # TYPE odd counter
                odd{v="q\\"uote \\\\ line\\nend"} 1

                """)
    }

    @Test func seriesOfOneLabel_areBounded() {
        for number in 0..<5_000 {
            Counter(label: "many", dimensions: [("n", "\(number)")], factory: registry).increment()
        }
        #expect(registry.text().split(separator: "\n").count == 2_001)
    }

    @Test func numbers_areWrittenAsTheFormatHasThem() {
        var text = MetricText()
        for value in [0, -3, 1.5, .infinity, -.infinity, .nan, 1e300] { text.sample("n", value) }
        #expect(text.text == "n 0\nn -3\nn 1.5\nn +Inf\nn -Inf\nn NaN\nn 1e+300\n")
    }

    @Test func countersOfManyThreads_loseNothing() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "shared", factory: registry)
                    for _ in 0..<1_000 { counter.increment() }
                }
            }
        }
        #expect(registry.text().hasSuffix("shared 8000\n"))
    }
}
