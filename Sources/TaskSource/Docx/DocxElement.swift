/// An element of one of a document's XML parts.
struct DocxElement {
    /// Without prefix: the names that matter to us differ in more than their namespace.
    var name: String
    /// Those without prefix and those with the element's own prefix, without it; others with it.
    var attributes: [String: String] = [:]
    var children: [DocxElement] = []
    /// Character data directly inside; kept only where it is text of the document.
    var text = ""

    func first(_ name: String) -> DocxElement? { children.first { $0.name == name } }

    /// The `val` of a child: how most properties are written.
    func value(_ name: String) -> String? { first(name)?.attributes["val"] }

    /// Whether a property without content is switched on: it is if it is there and does not say otherwise.
    func isOn(_ name: String) -> Bool {
        guard let property = first(name) else { return false }
        return !["0", "false", "off", "none"].contains(property.attributes["val"] ?? "")
    }
}
