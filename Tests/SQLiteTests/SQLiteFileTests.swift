import FoundationEssentials
import SQLite
import SystemPackage
import TestSupport
import Testing

/// Databases as strangers leave them: what is in them is read within limits, and nothing of it is run.
@Suite struct SQLiteFileTests {
    let directory: TemporaryDirectory
    var path: FilePath { directory.path.appending("a.sqlite3") }

    init() throws { directory = try TemporaryDirectory() }

    private func texts(_ query: String, _ file: SQLiteFile) throws -> [String?] {
        var texts: [String?] = []
        try file.each(query) { row in
            texts.append(row.text(0))
            return true
        }
        return texts
    }

    @Test func rows_areHandedOn_withTheKindsThatTheyHave() throws {
        try SQLiteScript.run(
            "CREATE TABLE a (x TEXT); INSERT INTO a VALUES ('é'), (7), (x'ff'), (NULL), (1.5)", on: path)
        let file = try SQLiteFile(path)
        #expect(try texts("SELECT x FROM a", file) == ["é", "7", nil, nil, "1.5"])
        var numbers: [Double?] = []
        try file.each("SELECT x + 0 FROM a") { row in
            numbers.append(row.number(0))
            return numbers.count < 2
        }
        #expect(numbers == [0, 7])
        #expect(try file.columns(of: "a") == ["x"])
    }

    @Test func view_isNoTable_andFileWithoutTheTableHasNone() throws {
        try SQLiteScript.run("CREATE VIEW a AS SELECT 1 AS x", on: path)
        let file = try SQLiteFile(path)
        #expect(throws: SQLiteError(.otherSchema, "it has no table a")) { try file.columns(of: "a") }
        #expect(throws: SQLiteError(.otherSchema, "it has no table b")) { try file.columns(of: "b") }
    }

    @Test func whatIsNoDatabase_isDamaged() throws {
        _ = FileManager.default.createFile(
            atPath: path.string, contents: Data(repeating: UInt8(ascii: "x"), count: 8192))
        let error = #expect(throws: SQLiteError.self) { try SQLiteFile(path).columns(of: "a") }
        #expect(error?.code == .damaged)
    }

    @Test func textThatIsTooLong_isRefused() throws {
        try SQLiteScript.run(
            "CREATE TABLE a (x); INSERT INTO a VALUES (zeroblob(\(SQLiteFile.longestText + 1)))", on: path)
        let error = #expect(throws: SQLiteError.self) { try texts("SELECT x FROM a", try SQLiteFile(path)) }
        #expect(error?.code == .tooLarge)
    }

    @Test func queryThatDoesNotEnd_isGivenUp() throws {
        try SQLiteScript.run("CREATE TABLE a (x)", on: path)
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
        let error = #expect(throws: SQLiteError.self) { try texts(endless, try SQLiteFile(path)) }
        #expect(error == SQLiteError(.tooLarge, "reading it takes too long"))
    }
}
