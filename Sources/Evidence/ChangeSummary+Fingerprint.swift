import JSON

extension ChangeSummary {
    /// The same for two comparisons with one baseline exactly if they found the same; nil if not everything could be told.
    package var fingerprint: String? {
        guard undeterminable.isEmpty else { return nil }
        let found: JSONValue = [
            .array(changes.map(\.json)), .array(outside.map(\.json)), .array(ignored.map(\.json)), JSONValue(headAfter),
        ]
        return ContentHash(of: Array(found.compact.utf8)).sha256
    }
}
