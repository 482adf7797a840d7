import Spool
import TaskSource
import Testing

/// Documents with what is peculiar to editors of which no file lies here: made after what they write.
@Suite(.timeLimit(.minutes(2))) struct DocxEditorTests {
    /// Word in a browser: ids at each paragraph, runs that end where the spelling was looked at, and each run's text and the
    /// paragraph's end as runs of styles of their own where it was pasted; newer drawings beside older ones.
    @Test func document_ofWordInABrowser_isReadWhole() throws {
        let w14 = "xmlns:w14=\"http://schemas.microsoft.com/office/word/2010/wordml\" w14:paraId=\"2C078E63\""
        let mc = "xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\""
        func run(_ text: String, _ style: String = "normaltextrun") -> String {
            "<w:r w:rsidRPr=\"00A77B3E\"><w:rPr><w:rStyle w:val=\"\(style)\"/></w:rPr>"
                + "<w:t xml:space=\"preserve\">\(text)</w:t></w:r>"
        }
        let body = """
            <w:p \(w14) w14:textId="77777777" w:rsidR="00A77B3E" w:rsidRDefault="00A77B3E">\
            <w:pPr><w:pStyle w:val="Heading1"/></w:pPr>\(run("Plan the"))<w:proofErr w:type="spellStart"/>\
            \(run(" tripp"))<w:proofErr w:type="spellEnd"/>\(run("", "eop"))</w:p>\
            <w:p \(w14)><w:pPr><w:pStyle w:val="paragraph"/></w:pPr><w:bookmarkStart w:id="0" w:name="_Int_x"/>\
            \(run("Write "))\(run("two"))<w:bookmarkEnd w:id="0"/>\(run(" days."))\
            <w:r><mc:AlternateContent \(mc)><mc:Choice Requires="wps"><w:drawing/></mc:Choice>\
            <mc:Fallback><w:pict/></mc:Fallback></mc:AlternateContent></w:r>\
            <w:r><w:lastRenderedPageBreak/></w:r>\(run("", "eop"))</w:p>
            """
        let styles = """
            <w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>\
            <w:style w:type="paragraph" w:customStyle="1" w:styleId="paragraph"><w:name w:val="paragraph"/></w:style>\
            <w:style w:type="character" w:customStyle="1" w:styleId="normaltextrun"><w:name w:val="normaltextrun"/></w:style>
            """
        let task = try Sources().read(try Docx.make(body, styles: styles), as: "Document 1.docx")
        #expect(task.name == "Plan the tripp")
        #expect(task.goal == "# Plan the tripp\n\nWrite two days.")
    }

    /// WPS: styles whose ids are numbers, fonts that hint at the script, and a table of settings in Chinese.
    @Test func document_ofWPS_isReadWhole() throws {
        let font =
            "<w:rPr><w:rFonts w:hint=\"eastAsia\" w:eastAsia=\"宋体\"/><w:lang w:val=\"en-US\" w:eastAsia=\"zh-CN\"/></w:rPr>"
        func p(_ text: String, _ properties: String) -> String {
            "<w:p><w:pPr>\(properties)<w:bidi w:val=\"0\"/>\(font)</w:pPr><w:r>\(font)<w:t>\(text)</w:t></w:r></w:p>"
        }
        let item = "<w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr>"
        let body =
            p("整理文档", Docx.style("2")) + p("请检查所有文件。", "") + p("第一", item) + p("第二", item)
            + Docx.table([["priority", "7"]]) + "<w:sectPr><w:docGrid w:type=\"lines\"/></w:sectPr>"
        let styles = """
            <w:style w:type="paragraph" w:default="1" w:styleId="1"><w:name w:val="Normal"/></w:style>\
            <w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 1"/><w:basedOn w:val="1"/></w:style>
            """
        let numbering = """
            <w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0" w:tentative="0"><w:start w:val="1"/>\
            <w:numFmt w:val="decimal"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
            """
        let document = try Docx.make(
            body, styles: styles, numbering: numbering,
            others: [
                (
                    "customXml/item1.xml",
                    Docx.xml("<s:customData xmlns:s=\"http://www.wps.cn/officeDocument/2013/wpsCustomData\"/>")
                )
            ])
        let task = try Sources().read(document, as: "文字文稿1.docx")
        #expect(task.name == "整理文档")
        #expect(task.priority == 7)
        #expect(task.goal == "# 整理文档\n\n请检查所有文件。\n\n1. 第一\n2. 第二")
    }
}
