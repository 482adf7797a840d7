/// The parts of a Word document that are the same in each.
enum WordParts {
    static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
    static let namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

    private static let package = "http://schemas.openxmlformats.org/package/2006"
    private static let types = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    private static let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

    static let contentTypes =
        head + """
            <Types xmlns="\(package)/content-types">
            <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
            <Default Extension="xml" ContentType="application/xml"/>
            <Override PartName="/word/document.xml" ContentType="\(types).document.main+xml"/>
            <Override PartName="/word/styles.xml" ContentType="\(types).styles+xml"/>
            <Override PartName="/word/numbering.xml" ContentType="\(types).numbering+xml"/>
            <Override PartName="/docProps/core.xml" \
            ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>
            </Types>
            """

    static let relations =
        head + """
            <Relationships xmlns="\(package)/relationships">
            <Relationship Id="rId1" Type="\(office)/officeDocument" Target="word/document.xml"/>
            <Relationship Id="rId2" Type="\(package)/relationships/metadata/core-properties" \
            Target="docProps/core.xml"/>
            </Relationships>
            """

    static let documentRelations =
        head + """
            <Relationships xmlns="\(package)/relationships">
            <Relationship Id="rId1" Type="\(office)/styles" Target="styles.xml"/>
            <Relationship Id="rId2" Type="\(office)/numbering" Target="numbering.xml"/>
            </Relationships>
            """

    /// - Parameter title: Escaped already.
    static func properties(title: String) -> String {
        head + """
            <cp:coreProperties xmlns:cp="\(package)/metadata/core-properties" \
            xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>\(title)</dc:title>\
            <dc:creator>openloom</dc:creator></cp:coreProperties>
            """
    }

    /// One list, with bullets.
    static let numbering =
        head + """
            <w:numbering xmlns:w="\(namespace)"><w:abstractNum w:abstractNumId="0"><w:multiLevelType \
            w:val="singleLevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/>\
            <w:lvlText w:val="•"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="360" w:hanging="360"/></w:pPr>\
            </w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>
            """

    /// Sizes are in half points, spaces in twentieths of a point.
    static func styles(language: String) -> String {
        let fonts = { (latin: String) in
            "<w:rFonts w:ascii=\"\(latin)\" w:hAnsi=\"\(latin)\" w:eastAsia=\"Microsoft YaHei\" w:cs=\"\(latin)\"/>"
        }
        let border = { (side: String) in
            "<w:\(side) w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"A6A6A6\"/>"
        }
        let borders = ["top", "left", "bottom", "right", "insideH", "insideV"].map(border).joined()
        return head + """
            <w:styles xmlns:w="\(namespace)"><w:docDefaults><w:rPrDefault><w:rPr>\(fonts("Calibri"))\
            <w:sz w:val="22"/><w:szCs w:val="22"/><w:lang w:val="\(language == "zh-CN" ? "en-US" : language)" \
            w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="120"/></w:pPr>\
            </w:pPrDefault></w:docDefaults>
            \(paragraphStyle("Normal", "Normal", isDefault: true))
            \(paragraphStyle(
                "Title", "Title", paragraph: "<w:spacing w:after=\"200\"/>",
                run: "<w:b/><w:sz w:val=\"40\"/><w:szCs w:val=\"40\"/>"))
            \(paragraphStyle(
                "Heading1", "heading 1",
                paragraph: "<w:keepNext/><w:spacing w:before=\"280\" w:after=\"120\"/><w:outlineLvl w:val=\"0\"/>",
                run: "<w:b/><w:sz w:val=\"28\"/><w:szCs w:val=\"28\"/>"))
            \(paragraphStyle(
                "ListBullet", "List Bullet",
                paragraph: "<w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr>"))
            \(paragraphStyle("TableText", "Table Text", paragraph: "<w:spacing w:after=\"0\"/>"))
            \(paragraphStyle(
                "Verbatim", "Verbatim",
                paragraph: "<w:pBdr><w:left w:val=\"single\" w:sz=\"12\" w:space=\"8\" w:color=\"A6A6A6\"/></w:pBdr>"
                    + "<w:spacing w:after=\"0\"/><w:ind w:left=\"200\"/>"))
            <w:style w:type="character" w:customStyle="1" w:styleId="CodeText"><w:name w:val="Code Text"/>\
            <w:rPr>\(fonts("Consolas"))<w:sz w:val="20"/></w:rPr></w:style>
            <w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>\
            <w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="40" w:type="dxa"/>\
            <w:left w:w="108" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/><w:right w:w="108" w:type="dxa"/>\
            </w:tblCellMar></w:tblPr></w:style>
            <w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/>\
            <w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>\(borders)</w:tblBorders></w:tblPr></w:style>
            </w:styles>
            """
    }

    private static func paragraphStyle(
        _ id: String, _ name: String, isDefault: Bool = false, paragraph: String = "", run: String = ""
    ) -> String {
        let isOurs = id == "TableText" || id == "Verbatim"
        return "<w:style w:type=\"paragraph\"\(isDefault ? " w:default=\"1\"" : "")"
            + "\(isOurs ? " w:customStyle=\"1\"" : "") w:styleId=\"\(id)\"><w:name w:val=\"\(name)\"/>"
            + (isDefault ? "" : "<w:basedOn w:val=\"Normal\"/>") + "<w:qFormat/>"
            + "<w:pPr>\(paragraph)</w:pPr><w:rPr>\(run)</w:rPr></w:style>"
    }
}
