import Foundation
import JSON
import Report
import Testing

@testable import ResultDocuments

@Suite struct WordDocumentTests {
    /// What python-docx makes of a document: style and text of each paragraph, and the cells of each table.
    private func opened(_ bytes: [UInt8]) throws -> JSONValue {
        let path = FileManager.default.temporaryDirectory.path + "/ol-\(UUID().uuidString).docx"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [
            "-c",
            """
            import docx, json, sys
            d = docx.Document(sys.argv[1])
            print(json.dumps({
                "title": d.core_properties.title,
                "paragraphs": [[p.style.name, p.text] for p in d.paragraphs],
                "tables": [[[c.text for c in r.cells] for r in t.rows] for t in d.tables]}))
            """, path,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONValue(parsing: Array(text))
    }

    private func paragraphs(_ document: JSONValue, _ style: String) -> [String] {
        (document["paragraphs"]?.array ?? []).filter { $0[0]?.string == style }.compactMap { $0[1]?.string }
    }

    @Test func pythonDocx_findsHeadingsTablesAndChangedFiles() throws {
        let document = try opened(Sample.bytes(Sample.report("Fix it\nplease"), as: .docx))
        #expect(document["title"]?.string == "Fix it please")
        #expect(paragraphs(document, "Title") == ["Fix it please"])
        #expect(
            paragraphs(document, "Heading 1") == ["Claim: what the agent says", "Fact: what is on disk", "Checks"])
        #expect(paragraphs(document, "Verbatim") == ["Fix it", "please"])
        let tables = document["tables"]?.array ?? []
        #expect(tables.count == 3)
        #expect(tables[0][0]?[0]?.string == "task")
        #expect(tables[0][0]?[1]?.string == "20261123T093011702-p5c2m-fix")
        #expect(tables[1][0]?[0]?.string == "file")
        #expect(tables[1][1]?[0]?.string?.hasPrefix("src/0") == true)
        #expect(tables[1][1]?[2]?.string == "1 → 2")
        #expect(tables[2][1]?[0]?.string == "failed")
    }

    @Test(arguments: Sample.texts)
    func hostileText_staysText(text: String) throws {
        let document = try opened(Sample.bytes(Sample.report(text), as: .docx))
        #expect(paragraphs(document, "Heading 1").count == 3)
        #expect(document["tables"]?.array?.count == 3)
        let verbatim = paragraphs(document, "Verbatim").joined(separator: "\n")
        let wanted = SafeText.lines(text).unicodeScalars.map {
            $0.value == 0xFFFE || $0.value == 0xFFFF ? "\u{FFFD}" : $0
        }
        #expect(Array(verbatim.unicodeScalars) == wanted)
    }

    @Test func chinese_isInTheHeadings() throws {
        let document = try opened(Sample.bytes(Sample.report("修复拼写错误"), as: .docx, in: .chinese))
        #expect(paragraphs(document, "Title") == ["修复拼写错误"])
        #expect(paragraphs(document, "Heading 1") == ["声明：智能体所述", "事实：磁盘上的实际情况", "检查"])
        #expect(document["tables"]?[0]?[0]?[0]?.string == "任务")
    }
}
