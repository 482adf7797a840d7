import Spool
import SystemPackage
import TaskSource
import Testing

@Suite(.timeLimit(.minutes(5))) struct DocxContentTests {
    private let sources: Sources

    init() throws { sources = try Sources() }

    private func goal(_ body: String, styles: String? = nil, numbering: String? = nil) throws -> String {
        try sources.read(try Docx.make(body, styles: styles, numbering: numbering), as: "x.docx").goal
    }

    // MARK: headings and names

    @Test(arguments: [
        // The id and name of a German Word, known by the outline level alone.
        ("berschrift1", "<w:name w:val=\"Überschrift 1\"/><w:pPr><w:outlineLvl w:val=\"0\"/></w:pPr>", "# "),
        ("a3", "<w:name w:val=\"heading 3\"/>", "### "),
        ("Heading2", "<w:name w:val=\"Heading 2\"/>", "## "),
        ("Titel", "<w:name w:val=\"Title\"/>", "# "),
        ("own", "<w:name w:val=\"Mine\"/><w:basedOn w:val=\"base\"/>", "## "),
        ("deep", "<w:name w:val=\"heading 9\"/>", "###### "),
        ("body", "<w:name w:val=\"x\"/><w:basedOn w:val=\"base\"/><w:pPr><w:outlineLvl w:val=\"9\"/></w:pPr>", ""),
        ("loop", "<w:name w:val=\"x\"/><w:basedOn w:val=\"loop\"/>", ""),
    ])
    func heading_isKnownByItsStyle(id: String, style: String, mark: String) throws {
        let base = "<w:style w:type=\"paragraph\" w:styleId=\"base\"><w:name w:val=\"heading 2\"/></w:style>"
        let styles = base + "<w:style w:type=\"paragraph\" w:styleId=\"\(id)\">\(style)</w:style>"
        let body = Docx.p("Start") + Docx.p("Top", Docx.style(id))
        let task = try sources.read(try Docx.make(body, styles: styles), as: "x.docx")
        #expect(task.goal == "Start\n\n\(mark)Top")
        #expect(task.name == (mark.isEmpty ? "x" : "Top"))
    }

    @Test func heading_isKnownByItsStyleID_withoutStyles() throws {
        #expect(try goal(Docx.p("Top", Docx.style("Heading2")) + Docx.p("x")) == "## Top\n\nx")
    }

    @Test func heading_isKnownByItsOwnOutlineLevel() throws {
        #expect(try goal(Docx.p("Top", "<w:outlineLvl w:val=\"1\"/>")) == "## Top")
    }

    @Test func name_isTheTables_thenTheHeading_thenTheStem() throws {
        let heading = Docx.p("Heading", Docx.style("Heading1"))
        let text = Docx.p("do it")
        let table = Docx.table([["name", "From the table"]])
        #expect(try sources.read(try Docx.make(heading + table + text), as: "stem.docx").name == "From the table")
        #expect(try sources.read(try Docx.make(heading + text), as: "stem.docx").name == "Heading")
        #expect(try sources.read(try Docx.make(text), as: "stem.docx").name == "stem")
    }

    // MARK: lists

    private static let lists = """
        <w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/></w:lvl>\
        <w:lvl w:ilvl="1"><w:start w:val="4"/><w:numFmt w:val="lowerLetter"/></w:lvl></w:abstractNum>\
        <w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>\
        <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>\
        <w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>\
        <w:num w:numId="3"><w:abstractNumId w:val="0"/>\
        <w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>
        """

    private func item(_ text: String, _ number: Int, _ level: Int = 0) -> String {
        Docx.p(text, "<w:numPr><w:ilvl w:val=\"\(level)\"/><w:numId w:val=\"\(number)\"/></w:numPr>")
    }

    @Test func lists_areCounted_asWordDoes() throws {
        let body =
            item("a", 1) + item("b", 1) + item("c", 1, 1) + item("d", 1, 1) + item("e", 1) + item("f", 1, 1)
            + item("g", 2) + item("h", 3) + item("i", 3) + item("j", 0)
        #expect(
            try goal(body, numbering: Self.lists) == """
                1. a
                2. b
                    4. c
                    5. d
                3. e
                    4. f
                - g
                1. h
                2. i

                j
                """
        )
    }

    @Test func list_canComeFromTheStyle() throws {
        let styles = """
            <w:style w:type="paragraph" w:styleId="L"><w:name w:val="List Number"/>\
            <w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>\
            <w:style w:type="paragraph" w:styleId="M"><w:name w:val="Mine"/><w:basedOn w:val="L"/></w:style>
            """
        let body = Docx.p("a", Docx.style("L")) + Docx.p("b", Docx.style("M"))
        #expect(try goal(body, styles: styles, numbering: Self.lists) == "1. a\n2. b")
    }

    @Test func listItem_keepsItsLines_andItsDepthIsBounded() throws {
        let broken =
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr>"
            + "<w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r></w:p>"
        #expect(try goal(broken, numbering: Self.lists) == "1. a\n   b")
        #expect(try goal(item("x", 1, 999_999_999), numbering: Self.lists).hasSuffix("- x"))
        #expect(try goal(Docx.p("s") + item("x", 77)) == "s\n\n- x")
    }

    @Test func listNumbers_neverOverflow() throws {
        let lists = """
            <w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="\(Int.max)"/></w:lvl>\
            <w:lvl w:ilvl="1"><w:start w:val="\(Int.min)"/></w:lvl></w:abstractNum>\
            <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
            """
        let goal = try goal(item("a", 1) + item("b", 1) + item("c", 1, 1), numbering: lists)
        #expect(goal.hasPrefix("\(Int.max). a\n"))
    }

    // MARK: code

    @Test func code_isFenced_andKeepsEmptyLines() throws {
        let code = Docx.style("SourceCode")
        let body = Docx.p("see") + Docx.p("a {", code) + Docx.p("", code) + Docx.p("  ```b", code) + Docx.p("end")
        #expect(try goal(body) == "see\n\n````\na {\n\n  ```b\n````\n\nend")
    }

    @Test func code_isKnownByItsFont() throws {
        let run = "<w:p><w:r><w:rPr><w:rFonts w:ascii=\"Consolas\"/></w:rPr><w:t>ls -l</w:t></w:r></w:p>"
        let mixed =
            "<w:p><w:r><w:rPr><w:rFonts w:ascii=\"Consolas\"/></w:rPr><w:t>ls</w:t></w:r>"
            + "<w:r><w:t xml:space=\"preserve\"> lists</w:t></w:r></w:p>"
        #expect(try goal(run + mixed) == "```\nls -l\n```\n\nls lists")
    }

    // MARK: text

    @Test func text_isWhatAReaderSees() throws {
        let body = """
            <w:p><w:r><w:t xml:space="preserve">keep </w:t></w:r>\
            <w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>\
            <w:ins><w:r><w:t>inserted</w:t></w:r></w:ins>\
            <w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom>\
            <w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>\
            <w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:tab/><w:t>a</w:t><w:br/><w:t>b</w:t><w:noBreakHyphen/></w:r>\
            <w:r><w:fldChar w:fldCharType="begin"/><w:instrText> DATE </w:instrText></w:r>\
            <w:fldSimple><w:r><w:t>field</w:t></w:r></w:fldSimple>\
            <w:hyperlink><w:r><w:t>, link</w:t></w:r></w:hyperlink>\
            <w:r><w:sym w:font="Wingdings" w:char="F0E0"/></w:r></w:p>
            """
        #expect(try goal(body) == "keep inserted\ta\nb-field, link→")
    }

    @Test func contentControls_textBoxes_andPictures_areNotLost() throws {
        let box = "<w:txbxContent>\(Docx.p("in a box"))</w:txbxContent>"
        let body = """
            <w:sdt><w:sdtPr><w:alias w:val="x"/></w:sdtPr><w:sdtContent>\(Docx.p("controlled"))</w:sdtContent></w:sdt>\
            <w:p><w:r><w:t>anchor</w:t></w:r><w:r><mc:AlternateContent xmlns:mc="m"><mc:Choice><w:drawing>\(box)\
            </w:drawing></mc:Choice><mc:Fallback><w:pict>\(box)</w:pict></mc:Fallback></mc:AlternateContent>\
            </w:r></w:p>\
            <w:p><w:r><w:drawing><wp:docPr xmlns:wp="p" descr="a graph"/><a:blip xmlns:a="a"/></w:drawing></w:r></w:p>
            """
        #expect(try goal(body) == "controlled\n\nanchor\n\nin a box\n\n[image: a graph]")
    }

    @Test func footnotes_followAtTheEnd() throws {
        let notes = Docx.xml(
            "<w:footnotes \(Docx.namespace)><w:footnote w:id=\"0\">\(Docx.p("line"))</w:footnote>"
                + "<w:footnote w:id=\"2\">\(Docx.p("mind this"))</w:footnote></w:footnotes>")
        let body = "<w:p><w:r><w:t>do</w:t></w:r><w:r><w:footnoteReference w:id=\"2\"/></w:r></w:p>" + Docx.p("end")
        let document = try Docx.make(body, others: [("word/footnotes.xml", notes)])
        #expect(try sources.read(document, as: "x.docx").goal == "do[^1]\n\nend\n\n[^1]: mind this")
    }

    @Test func parts_inUTF16_areRead() throws {
        let text =
            "<?xml version=\"1.0\" encoding=\"UTF-16\"?><w:document \(Docx.namespace)><w:body>"
            + Docx.p("Grüße 🚀") + "</w:body></w:document>"
        var bytes: [UInt8] = [0xFF, 0xFE]
        for unit in text.utf16 { bytes += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        #expect(try sources.read(try Docx.zip([("word/document.xml", bytes)]), as: "x.docx").goal == "Grüße 🚀")
    }

    @Test func prefix_ofTheNamespace_doesNotMatter() throws {
        let text =
            "<document xmlns=\"x\"><body><p><pPr><pStyle val=\"Heading1\"/></pPr><r><t>T</t></r></p></body></document>"
        #expect(try sources.read(try Docx.zip([("word/document.xml", Docx.xml(text))]), as: "x.docx").goal == "# T")
    }

    // MARK: tables

    @Test func tables_areMarkdown() throws {
        let wide =
            "<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr>\(Docx.p("wide"))</w:tc></w:tr>"
            + "<w:tr><w:tc>\(Docx.p("a|b"))\(Docx.p("c"))</w:tc><w:tc>\(Docx.p("d"))</w:tc></w:tr>"
            + "<w:tr><w:trPr><w:del/></w:trPr><w:tc>\(Docx.p("deleted"))</w:tc></w:tr></w:tbl>"
        #expect(try goal(wide) == "| wide |  |\n| --- | --- |\n| a\\|b<br>c | d |")
        #expect(try goal(Docx.table([["a frame"]])) == "a frame")
        #expect(
            try goal(Docx.table([["fruit", "price"], ["fig", "2"]])) == "| fruit | price |\n| --- | --- |\n| fig | 2 |")
    }

    @Test func table_ofHugeSpans_staysSmall() throws {
        let row = "<w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"\(Int.max)\"/></w:tcPr>\(Docx.p("x"))</w:tc></w:tr>"
        #expect(try goal("<w:tbl>\(row)</w:tbl>").count < 1000)
    }

    @Test func settings_canHoldTheGoal() throws {
        let steps = Docx.p("Read it") + Docx.p("a", Docx.style("Code")) + Docx.p("Write it")
        let table = Docx.table([
            ["Name:", "Fix"], ["Goal", steps], ["not before", "2026-12-01T08:00:00Z"],
            ["after", Docx.p("a") + Docx.p("b (Any)")],
            ["expires", "2d"],
            ["key", "7"], ["max-cost", "1.5"], ["Session ID", ""],
        ])
        let task = try sources.read(try Docx.make(Docx.p("Title", Docx.style("Title")) + table), as: "x.docx")
        #expect(task.name == "Fix")
        #expect(task.goal == "Read it\n\n```\na\n```\n\nWrite it")
        #expect(task.notBefore == Timestamp(iso8601: "2026-12-01T08:00:00Z"))
        #expect(task.after == ["a", TaskDependency("b", on: .any)])
        #expect(task.expires == Sources.now.adding(seconds: 172_800))
        #expect(task.key == "7")
        #expect(task.maxCost == 1.5)
        #expect(task.sessionID == nil)
    }

    @Test func onlyTheFirstTable_isSettings() throws {
        let body = Docx.table([["a", "b"]]) + Docx.table([["priority", "9"]])
        let task = try sources.read(try Docx.make(body), as: "x.docx")
        #expect(task.priority == 5)
        #expect(task.goal == "| a | b |\n| --- | --- |\n\n| priority | 9 |\n| --- | --- |")
    }

    @Test func faults_inSettings_nameTheRow() throws {
        let table = Docx.table([
            ["Field", "Value"], ["Priorty", "3"], ["priority", "high"], ["verify_sha256", "x"], ["model", "m"],
        ])
        #expect(
            sources.fault(try Docx.make(table + Docx.p("do it")), as: "x.docx") == """
                table row 2: Priorty: unknown key; did you mean "priority"?
                table row 4: verify_sha256: is set when the task is accepted; remove the key
                table row 5: model: should be provider/model, but is "m"
                table row 3: priority: should be a whole number from 0 to 9, but is "high"
                """
        )
    }

    @Test func goal_inTableAndText_isRefused() throws {
        let body = Docx.p("Title", Docx.style("Title")) + Docx.table([["goal", "this"]]) + Docx.p("and that")
        #expect(
            sources.fault(try Docx.make(body), as: "x.docx")
                == "table row 1: goal: is given, and the file has a text as well (paragraph 2); keep one of them"
        )
    }

    @Test func emptyDocument_isRefused() throws {
        #expect(
            sources.fault(try Docx.make(Docx.p("  ")), as: "x.docx")
                == "goal: missing; write what is to be done into the file"
        )
    }
}
