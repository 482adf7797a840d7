extension TaskKey {
    /// Every name that a person may write, aliases included.
    private static let names = allCases.map(\.rawValue) + aliases.keys.sorted()

    /// What to say about a key that is none.
    static func unknown(_ text: String) -> String {
        if let near = nearest(to: text) { return "unknown key; did you mean \"\(near)\"?" }
        return "unknown key; the keys are \(allCases.map(\.rawValue).joined(separator: ", "))"
    }

    /// The known name that a text was most likely meant to be; nil if it resembles none.
    ///
    /// Case, dashes and underscores don't count; else it is the number of letters to add, remove, change or swap.
    static func nearest(to text: String) -> String? { nearest(to: text, in: names) }

    /// As ``nearest(to:)``, of other names.
    static func nearest(to text: String, in names: [String]) -> String? {
        let wanted = folded(text)
        guard !wanted.isEmpty, wanted.count <= 40 else { return nil }
        var best: (name: String, distance: Int)?
        for name in names {
            let known = folded(name)
            // `timeout` is `timeout_s`, `prio` is `priority`: a long common beginning is worth more than its distance.
            let isBeginning =
                min(wanted.count, known.count) >= 4 && (known.starts(with: wanted) || wanted.starts(with: known))
            let distance = isBeginning ? 1 : editDistance(wanted, known)
            if distance <= max(1, min(wanted.count, known.count) / 3), distance < best?.distance ?? .max {
                best = (name, distance)
            }
        }
        return best?.name
    }

    private static func folded(_ text: String) -> [UInt8] {
        text.utf8.prefix(200).filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
            .map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Optimal string alignment: insertions, deletions, substitutions, and swaps of neighbours, each worth one.
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var before: [Int] = []
        var previous = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let same = left[row - 1] == right[column - 1]
                var distance = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    distance = min(distance, before[column - 2] + 1)
                }
                current.append(distance)
            }
            before = previous
            previous = current
        }
        return previous[right.count]
    }
}
