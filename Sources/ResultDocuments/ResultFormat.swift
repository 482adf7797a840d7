package import JSON
package import Report

/// The formats of results and statuses: those of the files that tasks are made of.
package enum ResultFormat: String, Sendable, Hashable, CaseIterable {
    case md, txt, yaml, yml, json, docx

    /// The bytes of a file of this format. The same content always makes the same bytes.
    ///
    /// - Parameters:
    ///   - document: For people: Markdown, text and Word documents are made of it.
    ///   - record: The same for programs: YAML and JSON are made of it.
    /// - Throws: ``ResultError`` when a Word document can't be packed, as there is no memory left.
    package func bytes(
        document: ReportDocument, record: JSONValue, language: String
    ) throws(ResultError) -> [UInt8] {
        switch self {
        case .md: Array(document.markdown.utf8)
        case .txt: Array(PlainText.text(document).utf8)
        case .yaml, .yml: Array(YAMLText.text(record).utf8)
        case .json: Array(record.pretty.utf8)
        case .docx: try WordDocument(document, language: language).bytes()
        }
    }
}

/// Why a document could not be made.
package struct ResultError: Error, CustomStringConvertible {
    package var description: String
}
