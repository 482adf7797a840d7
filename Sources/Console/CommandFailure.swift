/// A command that did not do what was asked, for a reason that is not the spool's.
package struct CommandFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and how to mend it.
    package var description: String
    package var exitCode: Int32

    /// The task, or what was named of it, is not there or means several.
    package static let noSuchTask: Int32 = 2
    package static let failed: Int32 = 1

    package init(_ description: String, exitCode: Int32 = CommandFailure.failed) {
        self.description = description
        self.exitCode = exitCode
    }
}
