import JSON
import Spool

/// What a task may change: `allow_paths`, beside `max_files` and `max_bytes`.
extension TaskSpecBuilder {
    static let mostFiles = 1_000_000
    static let mostBytes = 1 << 50
    private static let mostPatterns = 100
    private static let longestPattern = 1000

    /// A pattern, or a list of them.
    mutating func allowPaths() -> [String] {
        guard let field = fields[.allowPaths] else { return [] }
        let list = field.value.array ?? [field.value]
        guard (1...Self.mostPatterns).contains(list.count) else {
            report(field, "names \(list.count) patterns; from 1 to \(Self.mostPatterns) are taken")
            return []
        }
        var patterns: [String] = []
        for entry in list {
            guard let text = entry.string.map(Characters.trimmed), !text.isEmpty, !Characters.hasControl(text),
                text.utf8.count <= Self.longestPattern
            else {
                report(
                    field,
                    "should be a pattern such as docs or src/**/*.swift, or a list of them, but is "
                        + Quoting.value(field.value)
                        + (field.value.array == nil ? "" : " with something else in it"))
                return []
            }
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard !text.hasPrefix("/"), !parts.contains("..") else {
                report(field, "should be relative to the workspace and stay in it, but one is \(Quoting.text(text))")
                return []
            }
            patterns.append(text)
        }
        return patterns
    }
}
