import XML

/// What a document's styles say about its paragraphs and runs: `word/styles.xml`.
///
/// Names and ids of styles differ between programs and languages; so a heading is what has an outline level, or the
/// built-in name `heading N`, itself or by the style it is based on.
struct DocxStyles {
    struct Style {
        var name: String
        var basedOn: String?
        /// From 0; 9 is body text.
        var outline: Int?
        var list: DocxListItem?
        var font: String?
    }

    /// A style may be based on one that is based on one, and so on; a circle ends here.
    private static let longestChain = 20

    private var styles: [String: Style] = [:]
    private var defaultParagraph: String?

    init(_ root: DocxElement?) {
        for element in root?.children ?? [] where element.name == "style" {
            guard let id = element.attributes["styleId"] else { continue }
            let paragraph = element.first("pPr")
            styles[id] = Style(
                name: element.value("name") ?? id,
                basedOn: element.value("basedOn"),
                outline: paragraph?.value("outlineLvl").flatMap { Int($0) },
                list: paragraph?.first("numPr").map { DocxListItem($0) },
                font: element.first("rPr")?.first("rFonts")?.attributes["ascii"]
            )
            if element.attributes["type"] == "paragraph",
                ["1", "true", "on"].contains(element.attributes["default"] ?? "")
            {
                defaultParagraph = id
            }
        }
    }

    /// The style and those it is based on, nearest first. An id without a style stands for a built-in style of that
    /// name.
    private func chain(_ id: String?) -> [Style] {
        guard let id = id ?? defaultParagraph else { return [] }
        guard var style = styles[id] else { return [Style(name: id)] }
        var chain = [style]
        while chain.count < Self.longestChain, let base = style.basedOn.flatMap({ styles[$0] }) {
            chain.append(base)
            style = base
        }
        return chain
    }

    /// 1 to 9 for a heading, 1 for a title; nil for anything else.
    func headingLevel(_ id: String?) -> Int? {
        for style in chain(id) {
            if let outline = style.outline { return (0...8).contains(outline) ? outline + 1 : nil }
            let name = style.name.lowercased().filter { $0 != " " }
            if name == "title" { return 1 }
            if name.hasPrefix("heading"), let level = Int(name.dropFirst(7)), (1...9).contains(level) { return level }
        }
        return nil
    }

    /// Whether paragraphs of this style are code: by the style's name, or a font of one width.
    func isCode(_ id: String?) -> Bool {
        for style in chain(id) {
            let name = style.name.lowercased()
            if name.contains("code") || name.contains("preformatted") { return true }
            if let font = style.font { return Self.isMonospaced(font) }
        }
        return false
    }

    /// The list that paragraphs of this style belong to.
    func list(_ id: String?) -> DocxListItem? {
        var item: DocxListItem?
        for style in chain(id) {
            // A style may name only the level, and inherit the list.
            if let own = style.list {
                item = DocxListItem(number: item?.number ?? own.number, level: item?.level ?? own.level)
                if item?.number != nil { break }
            }
        }
        guard var item, item.number != nil else { return nil }
        // "List Bullet 2" is a list of its own with one level; its name says how deep it stands.
        if item.level ?? 0 == 0, let name = chain(id).first?.name.lowercased(), name.hasPrefix("list "),
            let digit = name.last?.wholeNumberValue, (2...9).contains(digit)
        {
            item.level = digit - 1
        }
        return item
    }

    static func isMonospaced(_ font: String) -> Bool {
        let name = font.lowercased()
        return ["mono", "courier", "consolas", "menlo", "monaco", "fixed", "cascadia", "typewriter", "fira code"]
            .contains { name.contains($0) }
    }
}
