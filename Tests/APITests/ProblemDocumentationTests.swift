import FoundationEssentials
import JSON
import SystemPackage
import Testing

@testable import API

/// `docs/api.md` and the program say the same.
@Suite struct ProblemDocumentationTests {
    private static func document() throws -> String {
        var path = FilePath(#filePath)
        for _ in 0..<3 { path.removeLastComponent() }
        return try String(contentsOfFile: path.appending("docs/api.md").string, encoding: .utf8)
    }

    @Test(arguments: Problem.Kind.allCases)
    func everyKindOfProblem_isInTheTable_withItsStatus(kind: Problem.Kind) throws {
        let status = try #require(try JSONValue(parsing: Problem(kind, "").text())["status"]?.int)
        let rows = try Self.document().split(separator: "\n").filter { $0.hasPrefix("| \(status) |") }
        #expect(rows.contains { $0.contains("`\(kind.rawValue)`") }, "\(status) \(kind.rawValue)")
    }

    @Test(arguments: AccessScope.allCases)
    func everyScope_isDocumented(scope: AccessScope) throws {
        #expect(try Self.document().contains("| `\(scope.rawValue)` |"))
    }
}
