import XML

/// Takes a document's content out of its XML, in order: what a reader of the document sees.
///
/// Tracked deletions and hidden text are left out, tracked insertions kept. Headers, footers and comments are no part
/// of the text; footnotes follow at the end.
struct DocxContent {
    let styles: DocxStyles
    private var numbering: DocxNumbering
    private var notes: [String: DocxElement] = [:]
    private(set) var blocks: [DocxBlock] = []
    private var paragraphs = 0
    /// Keys of the notes that the text cites, in that order, and the number that each got.
    private var citedNotes: [String] = []
    private var noteNumbers: [String: Int] = [:]

    /// What a paragraph's runs come to.
    struct Line {
        var text = ""
        /// Whether there is text, and all of it is in a font of one width.
        var isMonospaced = true
        /// What stands in text boxes that are anchored here.
        var boxes: [DocxElement] = []
    }

    init(
        body: DocxElement, styles: DocxStyles, numbering: DocxNumbering, footnotes: DocxElement?, endnotes: DocxElement?
    ) {
        self.styles = styles
        self.numbering = numbering
        for (kind, root) in [("footnote", footnotes), ("endnote", endnotes)] {
            for note in root?.children ?? [] where note.name == kind {
                if let id = note.attributes["id"] { notes["\(kind) \(id)"] = note }
            }
        }
        blocks = content(of: body, inTable: false)
        appendNotes()
    }

    /// Notes may cite notes; each is written once.
    private mutating func appendNotes() {
        var next = 0
        while next < citedNotes.count {
            let note = notes[citedNotes[next]]
            next += 1
            let text = DocxMarkdown.text(note.map { content(of: $0, inTable: true) } ?? [])
            blocks.append(DocxBlock(kind: .paragraph, text: "[^\(next)]: \(text)"))
        }
    }

    // MARK: blocks

    private mutating func content(of element: DocxElement, inTable: Bool) -> [DocxBlock] {
        var blocks: [DocxBlock] = []
        for child in element.children {
            switch child.name {
            case "p": blocks += paragraph(child, inTable: inTable)
            case "tbl": blocks.append(DocxBlock(kind: .table(rows(of: child))))
            case "del", "moveFrom", "sectPr", "tcPr", "sdtPr", "customXmlPr": continue
            case "AlternateContent": blocks += content(of: Self.choice(child), inTable: inTable)
            default: blocks += content(of: child, inTable: inTable)
            }
        }
        return blocks
    }

    private mutating func paragraph(_ element: DocxElement, inTable: Bool) -> [DocxBlock] {
        var line = Line()
        read(element, into: &line)
        let hasText = !Characters.trimmed(line.text).isEmpty
        let kind = kind(of: element.first("pPr"), isMonospaced: hasText && line.isMonospaced)

        var blocks: [DocxBlock] = []
        if hasText, !inTable { paragraphs += 1 }
        let number = inTable ? nil : paragraphs
        if case .code = kind {
            // An empty line of code is one; any other empty paragraph is only distance.
            blocks.append(DocxBlock(kind: kind, text: line.text, number: number))
        } else if hasText {
            blocks.append(DocxBlock(kind: kind, text: Characters.trimmed(line.text), number: number))
        }
        for box in line.boxes { blocks += content(of: box, inTable: inTable) }
        return blocks
    }

    private mutating func kind(of properties: DocxElement?, isMonospaced: Bool) -> DocxBlock.Kind {
        let style = properties?.value("pStyle")
        let outline = properties?.value("outlineLvl").flatMap { Int($0) }
        if let outline, (0...8).contains(outline) { return .heading(level: outline + 1) }
        if let level = styles.headingLevel(style) { return .heading(level: level) }
        let own = properties?.first("numPr").map { DocxListItem($0) }
        let item = own?.number == nil ? styles.list(style) : own
        if let marker = item.flatMap({ numbering.marker($0) }) {
            return .item(marker: marker.text, level: marker.level)
        }
        return isMonospaced || styles.isCode(style) ? .code : .paragraph
    }

    // MARK: tables

    private mutating func rows(of table: DocxElement) -> [[DocxCell]] {
        var rows: [[DocxCell]] = []
        for child in table.children {
            switch child.name {
            case "tr":
                // A row whose deletion is tracked is still there in the file.
                if child.first("trPr")?.first("del") == nil { rows.append(cells(of: child)) }
            case "sdt", "sdtContent", "customXml", "ins", "moveTo": rows += self.rows(of: child)
            default: continue
            }
        }
        return rows
    }

    private mutating func cells(of row: DocxElement) -> [DocxCell] {
        var cells: [DocxCell] = []
        for child in row.children {
            switch child.name {
            case "tc":
                cells.append(DocxCell(blocks: content(of: child, inTable: true)))
                let span = child.first("tcPr")?.value("gridSpan").flatMap { Int($0) } ?? 1
                let more = min(span, DocxMarkdown.mostColumns - cells.count + 1) - 1
                if more > 0 { cells += Array(repeating: DocxCell(), count: more) }
            case "sdt", "sdtContent", "customXml": cells += self.cells(of: child)
            default: continue
            }
        }
        return cells
    }

    // MARK: notes

    /// Puts the note's number into the line, and has the note written at the end.
    mutating func cite(_ kind: String, _ reference: DocxElement, in line: inout Line) {
        let key = "\(kind) \(reference.attributes["id"] ?? "")"
        guard notes[key] != nil else { return }
        if noteNumbers[key] == nil {
            citedNotes.append(key)
            noteNumbers[key] = citedNotes.count
        }
        line.text += "[^\(noteNumbers[key] ?? 0)]"
    }
}
