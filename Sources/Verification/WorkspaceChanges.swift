package import JSON

/// What is another than at the baseline, as far as checks need it.
package struct WorkspaceChanges: Sendable, Hashable {
    /// The bytes of the paths, from the workspace.
    package var paths: [[UInt8]]
    /// Why this may not be all; nil if it is.
    package var gap: String?

    package init(paths: [[UInt8]], gap: String? = nil) {
        self.paths = paths
        self.gap = gap
    }

    /// Those that `changes.json` tells of.
    ///
    /// - Parameters:
    ///   - recorded: Its content; nil if it is not there.
    ///   - others: Entries that don't count.
    package init(recorded: JSONValue?, without others: Set<JSONValue> = []) {
        guard let recorded else {
            self.init(paths: [], gap: "nothing was compared with the baseline yet")
            return
        }
        let entries = Self.entries(recorded).filter { !others.contains($0) }
        let gaps = (recorded["undeterminable"]?.array ?? []).compactMap(\.string)
        self.init(
            paths: entries.compactMap(Self.path), gap: gaps.isEmpty ? nil : gaps.prefix(3).joined(separator: "; "))
    }

    /// What a `changes.json` lists: changes of the work, those that its links lead to, and what was written to of what
    /// git ignores.
    package static func entries(_ recorded: JSONValue) -> [JSONValue] {
        ["changes", "outside", "ignored"].flatMap { recorded[$0]?.array ?? [] }
    }

    /// The bytes of an entry's path: `path_bytes` in hexadecimal where it is not UTF-8.
    package static func path(_ entry: JSONValue) -> [UInt8]? {
        guard let hex = entry["path_bytes"]?.string else { return entry["path"]?.string.map { Array($0.utf8) } }
        let digits = hex.compactMap(\.hexDigitValue)
        guard digits.count == hex.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
