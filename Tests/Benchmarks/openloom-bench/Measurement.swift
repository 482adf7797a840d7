import JSON

/// Numbers of one kind.
struct Measurement {
    enum Unit: String {
        case perSecond = "1/s"
        case milliseconds = "ms"
        case seconds = "s"
        case ratio = "×"
        case mebibytes = "MiB"

        var digits: Int {
            switch self {
            case .perSecond: 0
            case .mebibytes: 1
            case .milliseconds, .seconds, .ratio: 2
            }
        }
    }

    var name: String
    var unit: Unit
    /// In the order in which they were taken; never empty in a report.
    var samples: [Double]
    /// What the design asks of the median.
    var aim: String?

    init(_ name: String, _ unit: Unit, _ samples: [Double], aim: String? = nil) {
        self.name = name
        self.unit = unit
        self.samples = samples
        self.aim = aim
    }

    /// The smallest sample that so large a share of all does not exceed.
    func quantile(_ share: Double) -> Double {
        let sorted = samples.sorted()
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted.isEmpty ? .nan : sorted[min(max(rank, 1), sorted.count) - 1]
    }

    var median: Double {
        let sorted = samples.sorted()
        if sorted.isEmpty { return .nan }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "unit": .string(unit.rawValue), "median": .double(median),
            "p90": .double(quantile(0.9)), "min": .double(quantile(0)), "max": .double(quantile(1)),
            "samples": .array(samples.map { .double($0) }),
        ]
        object["aim"] = aim.map { .string($0) }
        return .object(object)
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    var milliseconds: Double { seconds * 1000 }
}
