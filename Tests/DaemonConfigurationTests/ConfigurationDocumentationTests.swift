import FoundationEssentials
import SystemPackage
import Testing

@testable import DaemonConfiguration

/// `docs/configuration.md` and the program say the same.
@Suite struct ConfigurationDocumentationTests {
    private struct Row: Equatable {
        var key: String
        var spellings: Set<String>
        var variables: Set<String>
        var standard: String
    }

    private static func document() throws -> String {
        var path = FilePath(#filePath)
        for _ in 0..<3 { path.removeLastComponent() }
        return try String(contentsOfFile: path.appending("docs/configuration.md").string, encoding: .utf8)
    }

    /// The rows of all tables whose first cell is a single key.
    private static func rows() throws -> [Row] {
        try document().split(separator: "\n").compactMap { line -> Row? in
            guard line.hasPrefix("| `") else { return nil }
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard cells.count == 7 else { return nil }
            return Row(
                key: words(cells[1]).first ?? "", spellings: Set(words(cells[2])), variables: Set(words(cells[3])),
                standard: words(cells[4]).first ?? ConfigurationReader.trim(cells[4]))
        }
    }

    /// What stands between backquotes.
    private static func words(_ cell: String) -> [String] {
        cell.matches(of: /`([^`]*)`/).map { String($0.1) }
    }

    @Test func everyKey_isDocumented_asItIs() throws {
        let rows = try Self.rows()
        for key in ConfigurationKeys.all {
            let row = Row(
                key: key.name,
                spellings: Set(key.spellings.dropFirst().map(\.name)),
                variables: Set(key.spellings.flatMap(\.variables)),
                standard: key.standard)
            #expect(rows.contains(row), "expected in the table: \(row)")
        }
        #expect(rows.map(\.key) == ConfigurationKeys.all.map(\.name))
    }

    @Test func examples_areValid() throws {
        let blocks = try Self.document().matches(of: /```yaml\n((?:.|\n)*?)```/).map { String($0.1) }
        #expect(blocks.count >= 2)
        for block in blocks {
            let sandbox = try ConfigurationSandbox(block)
            #expect(sandbox.complaint() == "")
        }
    }
}
