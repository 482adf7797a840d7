/// The labels of one series, in order of their names.
struct LabelSet: Hashable, Comparable {
    private let pairs: [String]

    init(_ dimensions: [(String, String)]) {
        pairs = dimensions.sorted { $0.0 < $1.0 }.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
    }

    static func < (one: LabelSet, other: LabelSet) -> Bool { one.pairs.lexicographicallyPrecedes(other.pairs) }

    /// `{a="1",b="2"}`; empty without labels.
    func text(with more: String? = nil) -> String {
        let all = pairs + (more.map { [$0] } ?? [])
        return all.isEmpty ? "" : "{" + all.joined(separator: ",") + "}"
    }

    /// As the format has it: a backslash, a quote and a newline are written with a backslash.
    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
