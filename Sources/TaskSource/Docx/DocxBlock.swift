/// A piece of a document's content, in order.
struct DocxBlock {
    enum Kind {
        case heading(level: Int)
        case paragraph
        case item(marker: String, level: Int)
        case code
        case table([[DocxCell]])
    }

    var kind: Kind
    /// The text of anything but a table.
    var text = ""
    /// The paragraph's number in the document, outside of tables.
    var number: Int?

    var isHeading: Bool {
        guard case .heading = kind else { return false }
        return true
    }
}

/// A cell of a table.
struct DocxCell {
    var blocks: [DocxBlock] = []

    /// What stands in it, without mark-up, a line for each paragraph.
    var plain: String {
        Characters.trimmed(
            blocks.map { block in
                guard case .table(let rows) = block.kind else { return block.text }
                return rows.map { $0.map(\.plain).joined(separator: " ") }.joined(separator: "\n")
            }.joined(separator: "\n")
        )
    }
}
