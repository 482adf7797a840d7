/// The name of a place that webhooks are delivered to: a directory's name under `outbox/`.
package struct EndpointName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let rawValue: String

    /// The longest name, in bytes.
    package static let maximumLength = 64

    /// Nil unless the text matches `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.maximumLength, let id = TaskID(text) else { return nil }
        rawValue = id.rawValue
    }

    package var description: String { rawValue }

    package static func < (left: EndpointName, right: EndpointName) -> Bool { left.rawValue < right.rawValue }
}
