/// Finds what somebody probably meant.
enum NearestName {
    /// The name that differs least from `text`; the first of equals. Nil if none comes close.
    ///
    /// A dotted name that is wrong in its first parts only (`port` for `server.port`) is found by its last part.
    static func find(_ text: String, in names: [String]) -> String? {
        let written = Array(text.lowercased().unicodeScalars.prefix(longest))
        let allowed = max(2, written.count / 4)
        var best: (name: String, distance: Int)?
        for name in names {
            let candidate = Array(name.lowercased().unicodeScalars.prefix(longest))
            // A name of three letters is two steps from any other of that length: that would be no hint.
            guard abs(candidate.count - written.count) <= allowed else { continue }
            let distance = distance(written, candidate)
            if distance <= min(allowed, candidate.count / 2), distance < best?.distance ?? .max {
                best = (name, distance)
            }
        }
        return best?.name ?? sameEnd(text, names)
    }

    private static let longest = 100

    private static func sameEnd(_ text: String, _ names: [String]) -> String? {
        let end = lastPart(text)
        return names.first { $0.contains(".") && lastPart($0) == end }
    }

    private static func lastPart(_ name: String) -> Substring {
        name.lastIndex(of: ".").map { name[name.index(after: $0)...] } ?? name[...]
    }

    /// Insertions, deletions, replacements and swaps of neighbours.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var previous: [Int] = []
        var row = Array(0...right.count)
        for i in left.indices {
            var next = [i + 1]
            for j in right.indices {
                var cost = min(row[j + 1], next[j]) + 1
                cost = min(cost, row[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    cost = min(cost, previous[j - 1] + 1)
                }
                next.append(cost)
            }
            (previous, row) = (row, next)
        }
        return row[right.count]
    }
}
