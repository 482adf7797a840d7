/// The name of a schedule: of its file `schedules/NAME.yaml`.
package struct ScheduleName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let rawValue: String

    /// Nil unless the text matches `[A-Za-z0-9][A-Za-z0-9_-]{0,63}`: without a dot, so that the name of no other file
    /// that lies beside it can be a schedule's.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 64, TaskID.isValid(bytes), !bytes.contains(UInt8(ascii: ".")) else { return nil }
        rawValue = String(text)
    }

    package var description: String { rawValue }

    package static func < (left: ScheduleName, right: ScheduleName) -> Bool { left.rawValue < right.rawValue }
}

extension ScheduleName {
    /// The idempotency key of the task that a schedule makes for a moment: whoever makes it again finds it made.
    package func key(at moment: Timestamp) -> String { "schedule \(rawValue) at \(moment.iso8601)" }
}
