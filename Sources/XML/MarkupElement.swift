/// An element of an XML document.
package struct MarkupElement: Sendable, Hashable {
    /// Without prefix: where names matter to us they differ in more than their namespace.
    package var name: String
    /// Those without prefix and those with the element's own prefix, without it; others with it.
    package var attributes: [String: String] = [:]
    package var children: [MarkupElement] = []
    /// Character data directly inside; kept only of the elements that the reader was told.
    package var text = ""

    package init(name: String) { self.name = name }

    package func first(_ name: String) -> MarkupElement? { children.first { $0.name == name } }
}
