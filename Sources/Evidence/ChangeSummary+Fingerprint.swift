import JSON

extension ChangeSummary {
    /// The same for two comparisons with one baseline exactly if they found the same; nil if not everything could be told.
    package var fingerprint: String? {
        guard undeterminable.isEmpty else { return nil }
        return ContentHash(of: Array(JSONValue.array(changes.map(\.json)).compact.utf8)).sha256
    }
}
