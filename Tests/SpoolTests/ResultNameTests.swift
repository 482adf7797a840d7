import Spool
import Testing

@Suite struct ResultNameTests {
    @Test(arguments: [
        ("Trip.md", 1, "Trip.result.md", "Trip.done.md"),
        ("Trip.DOCX", 2, "Trip (2).result.docx", "Trip (2).done.docx"),
        ("a.b.yaml", 1, "a.b.result.yaml", "a.b.done.yaml"), ("unnamed", 3, "unnamed (3).result", "unnamed (3).done"),
    ])
    func names_areMadeOfTheSources(source: String, number: Int, result: String, done: String) {
        let name = ResultName(source: source, number: number)
        #expect(name.file(.result) == result)
        #expect(name.file(.done) == done)
        #expect(ResultName.isResult(result) == source.contains("."))
    }

    @Test func longNames_keepTheirEnding() {
        let name = ResultName(source: String(repeating: "旅", count: 84) + ".docx", number: 9999)
        #expect(name.file(.result).utf8.count <= 255)
        #expect(name.file(.result).hasSuffix("旅 (9999).result.docx"))
    }

    @Test(arguments: [
        "x.result.md", "x.Status.MD", "x.done.docx", "x.result (1).md", "x.result.sync-conflict-20261123-1-A.md",
        "x (2).result.txt", "a.b.done.yaml", "x.result(conflict).json",
    ])
    func results_areNoTasks(name: String) { #expect(ResultName.isResult(name)) }

    @Test(arguments: [
        "result.md", "x.results.md", "done.md", "x.md", "status", "x.result", "my result.md", "x.undone.md",
    ])
    func otherNames_areTasks(name: String) { #expect(!ResultName.isResult(name)) }
}
