/// Counts and prices, short.
package enum NumberText {
    /// `950`, `12.3k`, `4.1M`.
    package static func count(_ value: Int) -> String {
        switch value {
        case ..<1000: "\(value)"
        case ..<1_000_000: tenths(value / 100) + "k"
        default: tenths(value / 100_000) + "M"
        }
    }

    /// `$0.12`; four digits below a cent, as one task may cost less.
    package static func price(_ value: Double) -> String {
        guard value.isFinite, value >= 0, value < 1e12 else { return "$?" }
        let digits = value > 0 && value < 0.01 ? 4 : 2
        let scale = digits == 4 ? 10_000 : 100
        let units = Int((value * Double(scale)).rounded())
        let fraction = String(units % scale)
        return "$\(units / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }

    /// `1 file`, `3 files`.
    package static func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private static func tenths(_ value: Int) -> String { "\(value / 10).\(value % 10)" }
}
