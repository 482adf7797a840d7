/// Why a text is no YAML that we accept, and where.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, for a person.
    package var message: String
    package var mark: YAMLMark

    package init(message: String, mark: YAMLMark) {
        self.message = message
        self.mark = mark
    }

    /// `line 3, column 7: …`
    package var description: String { "line \(mark.line), column \(mark.column): \(message)" }
}
