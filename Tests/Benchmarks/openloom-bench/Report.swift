import Glibc
import JSON
import SystemPackage

/// Prints measurements: a line each as they come, or one JSON document at the end.
struct Report {
    private let isJSON: Bool
    private var document: JSONObject = [:]
    private var found: [(BenchmarkName, Measurement)] = []
    private static let nameWidth = 46

    init(isJSON: Bool) { self.isJSON = isJSON }

    mutating func begin(machine: JSONObject, directory: String) {
        document["machine"] = .object(machine)
        document["directory"] = .string(directory)
        let facts = machine.map { "\($0.name) \($0.value.string ?? $0.value.compact)" }.joined(separator: ", ")
        write("\(facts); files in \(directory)")
    }

    mutating func begin(_ name: BenchmarkName) {
        write("\n\(name.rawValue): \(name.title)")
        let columns = ["median", "p90", "min", "max", "n"].map { Self.right($0, 10) }.joined()
        write(Self.left("", Self.nameWidth) + columns)
    }

    mutating func add(_ measurement: Measurement, to name: BenchmarkName) {
        found.append((name, measurement))
        let unit = measurement.unit
        let numbers = [
            measurement.median, measurement.quantile(0.9), measurement.quantile(0), measurement.quantile(1),
        ]
        let columns =
            numbers.map { Self.right(Self.text($0, digits: unit.digits), 10) }
            + [Self.right(String(measurement.samples.count), 10)]
        let aim = measurement.aim.map { "   aim \($0)" } ?? ""
        write(Self.left("  \(measurement.name), \(unit.rawValue)", Self.nameWidth) + columns.joined() + aim)
    }

    mutating func end() {
        guard isJSON else { return }
        for name in BenchmarkName.allCases {
            let own = found.filter { $0.0 == name }.map(\.1.json)
            if !own.isEmpty { document[name.rawValue] = .array(own) }
        }
        print(JSONValue.object(document).pretty)
    }

    /// On standard error when standard output is for the document.
    private func write(_ line: String) {
        let stream = isJSON ? FileDescriptor.standardError : .standardOutput
        // Nobody is left to be told when it fails.
        _ = try? stream.writeAll("\(line)\n".utf8)
    }

    private static func text(_ number: Double, digits: Int) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "-" }
        let scale = digits == 0 ? 1 : digits == 1 ? 10 : 100
        let units = Int((abs(number) * Double(scale)).rounded())
        let sign = number < 0 && units > 0 ? "-" : ""
        if digits == 0 { return "\(sign)\(units)" }
        let fraction = String(units % scale)
        return "\(sign)\(units / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}

/// What the numbers were taken on.
enum Machine {
    static func describe() -> JSONObject {
        let load = Disk.text("/proc/loadavg")?.split(separator: " ").prefix(3).joined(separator: " ")
        let kernel = Disk.text("/proc/sys/kernel/osrelease")?.filter { !$0.isWhitespace }
        return [
            "cores": .int(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))), "kernel": JSONValue(kernel),
            "load": JSONValue(load),
        ]
    }
}
