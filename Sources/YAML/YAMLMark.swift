/// A place in a YAML text.
package struct YAMLMark: Sendable, Hashable {
    /// From 1.
    package var line: Int
    /// Character within the line, from 1.
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}
