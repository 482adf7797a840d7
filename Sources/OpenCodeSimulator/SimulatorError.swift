/// Why a simulator could not be made or started. Nothing runs after one.
package struct SimulatorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and how to mend it, for a person.
    package var message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
