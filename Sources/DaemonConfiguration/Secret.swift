/// A password or key that neither `print` nor `dump` nor an error shows.
package struct Secret: Sendable, Hashable {
    /// The secret itself. For the one place that sends or compares it.
    package let revealed: String

    package init(_ text: String) { revealed = text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "set" }
    package var debugDescription: String { "set" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
