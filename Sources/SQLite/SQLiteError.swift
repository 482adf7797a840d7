/// Why a database could not be read.
package struct SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// What is there is no database, or its content contradicts itself.
        case damaged
        /// A text or a query is beyond what is read here.
        case tooLarge
        /// It is no table, or lacks a column.
        case otherSchema
        case failed
    }

    package var code: Code
    /// In the library's words, or ours.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
