import XML

/// What stands inside of a paragraph.
extension DocxContent {
    mutating func read(_ element: DocxElement, into line: inout Line) {
        for child in element.children {
            switch child.name {
            case "r": run(child, into: &line)
            case "pPr", "rPr", "del", "moveFrom", "sdtPr": continue
            case "AlternateContent": read(Self.choice(child), into: &line)
            case "txbxContent": line.boxes.append(child)
            case "t" where element.name != "r": append(Self.text(child), to: &line, isMonospaced: false)
            default: read(child, into: &line)
            }
        }
    }

    private mutating func run(_ element: DocxElement, into line: inout Line) {
        let properties = element.first("rPr")
        if properties?.isOn("vanish") == true { return }
        let font = properties?.first("rFonts")?.attributes["ascii"]
        let isMonospaced =
            font.map(DocxStyles.isMonospaced) ?? properties?.value("rStyle").map { styles.isCode($0) } ?? false
        for child in element.children {
            switch child.name {
            case "t": append(Self.text(child), to: &line, isMonospaced: isMonospaced)
            case "tab", "ptab": line.text += "\t"
            case "br", "cr": line.text += "\n"
            case "noBreakHyphen": append("-", to: &line, isMonospaced: isMonospaced)
            case "sym": append(Self.symbol(child), to: &line, isMonospaced: isMonospaced)
            case "footnoteReference": cite("footnote", child, in: &line)
            case "endnoteReference": cite("endnote", child, in: &line)
            case "drawing", "pict", "object": picture(child, into: &line)
            case "AlternateContent": picture(Self.choice(child), into: &line)
            case "rPr", "del", "delText", "instrText", "delInstrText", "softHyphen": continue
            default: read(child, into: &line)
            }
        }
    }

    private func append(_ text: String, to line: inout Line, isMonospaced: Bool) {
        line.text += text
        if !isMonospaced, !Characters.trimmed(text).isEmpty { line.isMonospaced = false }
    }

    /// White space at the ends counts only where the element says so; line breaks in XML are spaces.
    private static func text(_ element: DocxElement) -> String {
        let text = element.text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " ")
        return element.attributes["xml:space"] == "preserve" ? text : Characters.trimmed(text)
    }

    /// An agent can't see a picture here, but is told that there is one; text boxes are drawings too.
    private func picture(_ element: DocxElement, into line: inout Line) {
        var boxes: [DocxElement] = []
        var hasImage = false
        var description: String?
        var waiting = [element]
        while let next = waiting.popLast() {
            switch next.name {
            case "txbxContent": boxes.append(next)
            case "blip", "imagedata": hasImage = true
            case "AlternateContent": waiting.append(Self.choice(next))
            default:
                if next.name == "docPr" { description = next.attributes["descr"] }
                waiting += next.children.reversed()
            }
        }
        line.boxes += boxes
        guard hasImage else { return }
        let words = Characters.asName(description ?? "")
        append(words.isEmpty ? "[image]" : "[image: \(words)]", to: &line, isMonospaced: false)
    }

    /// Of the ways to show something, the first; the others say the same again.
    static func choice(_ element: DocxElement) -> DocxElement {
        element.first("Choice") ?? element.first("Fallback") ?? DocxElement(name: "Choice")
    }

    /// The symbols that Word inserts while one types, and check boxes; they stand in the private area of a font.
    private static func symbol(_ element: DocxElement) -> String {
        guard let code = element.attributes["char"].flatMap({ UInt32($0, radix: 16) }) else { return "\u{FFFD}" }
        let low = code & 0xFF
        let known: [UInt32: String] = [
            0xE0: "→", 0xDF: "←", 0xF3: "↔", 0xE8: "→", 0xFE: "☑", 0xFD: "☒", 0xA8: "☐", 0x6F: "☐", 0xFC: "✓",
            0xFB: "✗",
            0x4A: "☺", 0x4C: "☹", 0xB7: "•", 0xA7: "▪",
        ]
        if (0xF000...0xF0FF).contains(code) { return known[low] ?? "\u{FFFD}" }
        return Unicode.Scalar(code).map { String($0) } ?? "\u{FFFD}"
    }
}
