/// What a family of series counts.
package enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}

/// Prometheus's text format, line by line. For values that are read when they are asked for, beside a registry's own.
package struct MetricText {
    package private(set) var text = ""

    package init() {}

    /// Opens a family; its samples follow.
    package mutating func begin(_ name: String, _ kind: MetricKind, help: String?) {
        if let help {
            let line = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
            text += "# HELP \(name) \(line)\n"
        }
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    package mutating func sample(_ name: String, _ value: Double, _ dimensions: [(String, String)] = []) {
        sample(name, LabelSet(dimensions), value)
    }

    /// A family with one sample that has no labels.
    package mutating func single(_ name: String, _ kind: MetricKind, help: String, _ value: Double) {
        begin(name, kind, help: help)
        sample(name, value)
    }

    mutating func sample(_ name: String, _ labels: LabelSet, with more: String? = nil, _ value: Double) {
        text += "\(name)\(labels.text(with: more)) \(Self.number(value))\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Counts read better without a fraction; up to 2^53 nothing is lost.
        if value == value.rounded(), abs(value) < 0x1p53 { return String(Int64(value)) }
        return "\(value)"
    }
}
