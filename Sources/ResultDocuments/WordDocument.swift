import Report
import Zip

/// A report as a Word document (Office Open XML, ECMA-376): headings, paragraphs and tables with styles, nothing else.
///
/// Whatever is in the report becomes text: XML's own characters are escaped, and characters that XML does not know or
/// that a reader obeys instead of showing are replaced.
struct WordDocument {
    private let document: ReportDocument
    private let language: String

    /// - Parameter language: A tag as `w:lang` has it: `en-US`.
    init(_ document: ReportDocument, language: String) {
        self.document = document
        self.language = language
    }

    func bytes() throws(ResultError) -> [UInt8] {
        let parts = [
            ("[Content_Types].xml", WordParts.contentTypes), ("_rels/.rels", WordParts.relations),
            ("word/document.xml", content), ("word/_rels/document.xml.rels", WordParts.documentRelations),
            ("word/styles.xml", WordParts.styles(language: language)), ("word/numbering.xml", WordParts.numbering),
            ("docProps/core.xml", WordParts.properties(title: Self.escaped(SafeText.oneLine(document.title)))),
        ]
        do {
            return try ZipWriter.pack(parts.map { (name: $0.0, bytes: Array($0.1.utf8)) })
        } catch {
            throw ResultError(description: "a Word document can't be packed: \(error.message)")
        }
    }

    private var content: String {
        var xml = WordParts.head + "<w:document xmlns:w=\"\(WordParts.namespace)\"><w:body>"
        xml += Self.paragraph([.word(SafeText.oneLine(document.title))], style: "Title")
        for block in document.blocks { xml += Self.xml(block) }
        // A4, with margins of 2 cm, in twentieths of a point.
        return xml + "<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/>"
            + "<w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" w:left=\"1134\" w:header=\"709\" "
            + "w:footer=\"709\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>"
    }

    private static func xml(_ block: ReportDocument.Block) -> String {
        switch block {
        case .heading(let text): return paragraph([.word(text)], style: "Heading1")
        case .lead(let text): return paragraph([.strong(SafeText.oneLine(text))], style: nil)
        case .paragraph(let spans): return paragraph(spans, style: nil)
        case .table(let head, let rows): return table(head, rows)
        case .verbatim(let text):
            return SafeText.lines(text).split(separator: "\n", omittingEmptySubsequences: false)
                .map { paragraph([.word(String($0))], style: "Verbatim") }.joined()
        case .list(let items): return items.map { paragraph($0, style: "ListBullet") }.joined()
        }
    }

    private static func paragraph(_ spans: [ReportDocument.Span], style: String?) -> String {
        let properties = style.map { "<w:pPr><w:pStyle w:val=\"\($0)\"/></w:pPr>" } ?? ""
        return "<w:p>\(properties)\(spans.map(run).joined())</w:p>"
    }

    private static func run(_ span: ReportDocument.Span) -> String {
        let properties: String
        switch span {
        case .word, .text: properties = ""
        case .strong: properties = "<w:rPr><w:b/></w:rPr>"
        case .code: properties = "<w:rPr><w:rStyle w:val=\"CodeText\"/></w:rPr>"
        }
        let text = span.plain
        if text.isEmpty { return "" }
        let pieces = text.split(separator: "\t", omittingEmptySubsequences: false)
            .map { "<w:t xml:space=\"preserve\">\(escaped(String($0)))</w:t>" }
        return "<w:r>\(properties)\(pieces.joined(separator: "<w:tab/>"))</w:r>"
    }

    /// The width of the text between the margins, in twentieths of a point.
    private static let width = 9638

    private static func table(_ head: [String], _ rows: [[[ReportDocument.Span]]]) -> String {
        let isHeadless = head.allSatisfy(\.isEmpty)
        let widths = columns(head.count, isHeadless: isHeadless)
        var xml = "<w:tbl><w:tblPr><w:tblStyle w:val=\"TableGrid\"/><w:tblW w:w=\"\(width)\" w:type=\"dxa\"/>"
        xml += "<w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>"
        xml += widths.map { "<w:gridCol w:w=\"\($0)\"/>" }.joined() + "</w:tblGrid>"
        if !isHeadless {
            xml += "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>"
            xml += zip(head, widths).map { cell([.strong($0)], width: $1) }.joined() + "</w:tr>"
        }
        for row in rows {
            xml += "<w:tr>" + zip(row, widths).map { cell($0, width: $1) }.joined() + "</w:tr>"
        }
        // Word wants a paragraph between a table and what follows it.
        return rows.isEmpty ? "" : xml + "</w:tbl><w:p/>"
    }

    private static func cell(_ spans: [ReportDocument.Span], width: Int) -> String {
        "<w:tc><w:tcPr><w:tcW w:w=\"\(width)\" w:type=\"dxa\"/></w:tcPr>\(paragraph(spans, style: "TableText"))</w:tc>"
    }

    /// Labels get a quarter; of a table with a head the widest column is the first, or the second after a narrow mark.
    private static func columns(_ count: Int, isHeadless: Bool) -> [Int] {
        if isHeadless, count == 2 { return [width / 4, width - width / 4] }
        guard count > 1 else { return [width] }
        let share = width / (count + 1)
        return [width - share * (count - 1)] + Array(repeating: share, count: count - 1)
    }

    /// Text within an element: what XML 1.0 does not allow, whatever is done to it, is replaced.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default:
                switch scalar.value {
                case 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...: result.unicodeScalars.append(scalar)
                default: result += "\u{FFFD}"
                }
            }
        }
        return result
    }
}
