import JSON
import Report
import TaskSource
import Testing
import YAML

@testable import ResultDocuments

@Suite struct ResultFormatTests {
    @Test(arguments: Sample.texts)
    func json_saysExactlyWhatTheRecordSays(text: String) throws {
        let report = Sample.report(text)
        let read = try JSONValue(parsing: try Sample.text(report, as: .json))
        #expect(read == Sample.record(report))
        #expect(read["data"]?["summary"]?.string == text)
    }

    @Test(arguments: Sample.texts)
    func yaml_saysExactlyWhatTheRecordSays(text: String) throws {
        let report = Sample.report(text)
        for format in [ResultFormat.yaml, .yml] {
            let node = try #require(try parseYAML(try Sample.bytes(report, as: format)))
            #expect(node.json() == Sample.record(report))
        }
    }

    @Test func yaml_writesEveryKindOfValue() throws {
        let value: JSONValue = [
            "empty": [:], "none": [], "null": nil, "yes": true,
            "list": [[1, [2, [:]]], ["a": ["b": [["c": 1.5e-7]]]]],
            "number": -7, "small": 1e-7, "big": 1e300, "text": "two\nlines", "end": "one\n", "more": "one\n\n",
        ]
        let text = YAMLText.text(value)
        #expect(try parseYAML(Array(text.utf8))?.json() == value)
        #expect(text.contains("text: |-\n  two\n  lines\nend: \"one\\n\"\n") || text.contains("end: |\n  one\n"))
        #expect(text.contains("\"yes\": true"))
        #expect(text.contains("small: 1.0e-07"))
    }

    @Test(arguments: Sample.texts)
    func markdownAndText_haveTheTitleOnce_andNoControlCharacters(text: String) throws {
        for format in [ResultFormat.md, .txt] {
            let shown = try Sample.text(Sample.report(text), as: format)
            let obeyed = shown.unicodeScalars.filter {
                $0 != "\n" && $0 != "\t" && ($0.properties.generalCategory == .control || $0 == "\u{202E}")
            }
            #expect(obeyed.isEmpty)
            // Ours: the title, and a section each for claim, fact and checks.
            let lines = shown.split(separator: "\n", omittingEmptySubsequences: false)
            if format == .txt {
                #expect(lines.count { $0.hasPrefix("---") && $0.allSatisfy { $0 == "-" } } == 3)
                #expect(lines.count { $0.hasPrefix("===") && $0.allSatisfy { $0 == "=" } } == 1)
            }
        }
    }

    @Test func headings_areInTheLanguage_thatIsChosen() throws {
        let report = Sample.report()
        let english = try Sample.text(report, as: .txt)
        #expect(english.contains("unverified: 1 of 1 check failed, 2 files changed, 41s"))
        #expect(english.contains("Claim: what the agent says\n---"))
        let chinese = try Sample.text(report, as: .txt, in: .chinese)
        #expect(chinese.contains("未通过验证：1 项检查中 1 项失败，更改了 2 个文件，41s"))
        #expect(chinese.contains("声明：智能体所述\n---"))
        #expect(try Sample.text(report, as: .md, in: .chinese).contains("## 事实：磁盘上的实际情况"))
        #expect(!chinese.contains("Claim") && !chinese.contains("evidence/"))
    }

    @Test func times_areThoseOfTheStyle() throws {
        let style = ReportStyle(isInTask: false) { "<\($0.prefix(4))>" }
        let text = PlainText.text(Sample.report().document(style))
        #expect(text.contains("started: <2026>\nended: <2026>\n"))
    }

    @Test(arguments: ResultFormat.allCases)
    func everything_staysBounded_andIsTheSameEachTime(format: ResultFormat) throws {
        let report = Sample.report(String(repeating: "x\u{0}y \n", count: 500_000), files: 10_000)
        let bytes = try Sample.bytes(report, as: format)
        #expect(bytes.count < 4_000_000)
        #expect(try bytes == Sample.bytes(report, as: format))
        if format == .json {
            let record = try JSONValue(parsing: bytes)
            #expect(record["data"]?["truncated"] == true)
            #expect(record["data"]?["changed_files"] == 10_000)
            #expect(record["data"]?["changes"]?.array?.count == 1000)
        }
        if format == .txt { #expect(String(decoding: bytes, as: UTF8.self).contains("9800 more files")) }
    }

    @Test func progress_saysWhatIsWaitedFor() throws {
        var progress = TaskProgress(id: "20261123T093011702-p5c2m-fix", name: "Fix", status: "waiting")
        progress.workspace = "/srv/shop"
        progress.started = "2026-11-23T09:30:11.702Z"
        progress.asks = [TaskProgress.Ask(id: "per_1", kind: "permission", text: "bash: rm -rf |x|")]
        progress.message = "I am at it.\n# not a heading"
        let text = progress.document(ReportStyle(isInTask: false)).markdown
        #expect(text.hasPrefix("# Fix\n\n**waiting**\n"))
        #expect(text.contains("- permission: bash: rm -rf \\|x\\|\n"))
        #expect(text.contains("`openloom answer 20261123T093011702-p5c2m-fix per_1 ANSWER`"))
        #expect(text.contains("```text\nI am at it.\n# not a heading\n```"))
        let record = ResultRecord(status: "waiting", seconds: 1, utc: "u", local: "l", source: "fix.md").json(progress)
        #expect(record["data"]?["asks"]?[0]?["id"]?.string == "per_1")
        #expect(record["schema_version"]?.string == "1.0" && record["status"]?.string == "waiting")
    }
}
