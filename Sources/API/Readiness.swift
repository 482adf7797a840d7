package import JSON

/// Whether tasks that are accepted now are also worked on now.
package struct Readiness: Sendable {
    package var isReady: Bool
    /// For a person: what is well and what is not.
    package var details: JSONValue

    package init(isReady: Bool, details: JSONValue) {
        self.isReady = isReady
        self.details = details
    }
}
