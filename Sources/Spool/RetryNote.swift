package import JSON

/// `retry.json`: why a task went back to `new/`, and when it may be started again.
package struct RetryNote: Sendable, Hashable {
    /// The attempt that this note ended, from 1.
    package var afterAttempt: Int
    package var notBefore: Timestamp
    package var reason: String

    package init?(json: JSONValue) {
        guard let attempt = json["after_attempt"]?.int,
            let notBefore = json["not_before"]?.string.flatMap(Timestamp.init(iso8601:))
        else { return nil }
        afterAttempt = attempt
        self.notBefore = notBefore
        reason = json["reason"]?.string ?? ""
    }
}
