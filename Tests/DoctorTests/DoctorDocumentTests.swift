import FoundationEssentials
import SystemPackage
import Testing

@testable import Doctor

/// `docs/doctor.md` and the program say the same.
@Suite struct DoctorDocumentTests {
    @Test func everyCheck_isInTheTable_inItsOrder() throws {
        var path = FilePath(#filePath)
        for _ in 0..<3 { path.removeLastComponent() }
        let text = try String(contentsOfFile: path.appending("docs/doctor.md").string, encoding: .utf8)
        let table = try #require(text.split(separator: "## What is looked at").last)
        let rows = table.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let names = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        #expect(names == Examination.all.map(\.name))
        for row in rows { #expect(row.split(separator: "|").count == 3, "\(row)") }
        for level in DoctorFinding.Level.allCases { #expect(text.contains("`\(level.rawValue)`")) }
    }
}
