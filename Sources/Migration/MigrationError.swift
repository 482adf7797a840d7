import SystemPackage

/// Why nothing was looked at, or nothing was changed.
package struct MigrationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and how to mend it.
    package var description: String

    init(_ description: String) { self.description = description }
}
