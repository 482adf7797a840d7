/// Lines added and removed per file, counted in a patch as git writes it.
package struct PatchCounts: Sendable, Hashable {
    package struct Count: Sendable, Hashable {
        package var added = 0
        package var removed = 0

        package init(added: Int = 0, removed: Int = 0) {
            self.added = added
            self.removed = removed
        }
    }

    /// By the path that a file has after the change, or had before one that deleted it. Paths that git quotes, as they
    /// hold other than printable ASCII, have their quoting undone.
    package private(set) var files: [String: Count] = [:]

    package init(patch: some Sequence<UInt8>) {
        var before: String?
        var current: String?
        // Lines of the hunk that are still to come: in there a line may look like a header and is none.
        var old = 0
        var new = 0
        for line in Array(patch).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if old > 0 || new > 0 {
                switch line.first {
                case UInt8(ascii: "+"):
                    new -= 1
                    if let current { files[current, default: Count()].added += 1 }
                case UInt8(ascii: "-"):
                    old -= 1
                    if let current { files[current, default: Count()].removed += 1 }
                case UInt8(ascii: "\\"): break
                default:
                    old -= 1
                    new -= 1
                }
            } else if line.starts(with: "@@ ".utf8) {
                (old, new) = Self.hunk(line)
            } else if line.starts(with: "--- ".utf8) {
                before = Self.path(line, "a/")
            } else if line.starts(with: "+++ ".utf8) {
                current = Self.path(line, "b/") ?? before
            } else if line.starts(with: "diff ".utf8) {
                before = nil
                current = nil
            }
        }
    }

    /// The line counts of `@@ -1,3 +1,4 @@`.
    private static func hunk(_ line: ArraySlice<UInt8>) -> (old: Int, new: Int) {
        let words = line.split(separator: UInt8(ascii: " "))
        func count(_ index: Int) -> Int {
            guard words.indices.contains(index) else { return 0 }
            let numbers = words[index].dropFirst().split(separator: UInt8(ascii: ","))
            guard numbers.count > 1 else { return 1 }
            return max(0, Int(String(decoding: numbers[1], as: UTF8.self)) ?? 0)
        }
        return (count(1), count(2))
    }

    /// The path behind `--- a/` or `+++ b/`; nil for `/dev/null`.
    private static func path(_ line: ArraySlice<UInt8>, _ prefix: String) -> String? {
        var bytes = line.dropFirst(4)
        if bytes.last == UInt8(ascii: "\t") { bytes.removeLast() }
        var path = Array(bytes)
        if bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\""), bytes.count > 1 {
            path = unquoted(bytes.dropFirst().dropLast())
        }
        guard path.starts(with: prefix.utf8) else { return nil }
        return String(decoding: path.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    private static func unquoted(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
                result.append(byte)
                continue
            }
            if (0x30...0x37).contains(next) {
                let digits = [next] + rest.prefix(2)
                rest = rest.dropFirst(2)
                result.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 * 8 + Int($1 & 7) }))
            } else {
                let named: [UInt8: UInt8] = [
                    UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "a"): 0x07,
                    UInt8(ascii: "b"): 0x08, UInt8(ascii: "v"): 0x0B, UInt8(ascii: "f"): 0x0C,
                ]
                result.append(named[next] ?? next)
            }
        }
        return result
    }
}
