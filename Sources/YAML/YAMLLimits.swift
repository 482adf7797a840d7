/// How much of a stranger's text is read before we give up on it.
package struct YAMLLimits: Sendable, Hashable {
    /// Size of the text.
    package var bytes: Int
    /// Nested sequences and mappings, counted after aliases are expanded.
    package var depth: Int
    /// Uses of an alias (`*name`).
    package var aliases: Int
    /// Scalars, sequences and mappings, counted after aliases are expanded: ten lines can stand for a billion nodes.
    package var nodes: Int

    package init(bytes: Int = 10 << 20, depth: Int = 32, aliases: Int = 100, nodes: Int = 200_000) {
        self.bytes = bytes
        self.depth = depth
        self.aliases = aliases
        self.nodes = nodes
    }
}
