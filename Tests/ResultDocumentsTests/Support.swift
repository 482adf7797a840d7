import Foundation
import JSON
import Report
import Testing

@testable import ResultDocuments

/// Reports with content that means something to each of the formats.
enum Sample {
    /// Every control character, what XML knows no way to write, and what turns the direction of writing.
    static let characters = String(
        String.UnicodeScalarView(
            ((0...0x9F).map { UInt32($0) } + [
                0x200B, 0x2028, 0x2029, 0x202E, 0xFEFF, 0xFFFE, 0xFFFF, 0x1F600, 0x10FFFF,
            ])
            .compactMap(Unicode.Scalar.init)))

    static let texts = [
        "# heading\n<img src=x onerror=alert(1)> [a](javascript:b) ]]> &amp; </w:t></w:document>",
        "---\nkey: value\n...\n- [x", "no", "~", "123", "1e5", "*alias", "&anchor", "!!python/object:os.system x",
        "\"quoted\" 'single' \\ \\n {json: [1]} #comment", "  leading\n trailing \n\n", "a: b\n\tc\r\nd",
        "| x | y |\n|-|-|",
        "```\ncode\n````", characters, "", "\n", "多行\n文本", "= formula", "last line blank\n \n",
    ]

    static func report(_ text: String = "It is done.", files: Int = 2) -> TaskReport {
        let changes: [JSONValue] = (0..<files).map {
            ["path": .string("src/\($0)\(text.prefix(40))"), "kind": "modified", "size_before": 1, "size_after": 2]
        }
        return TaskReport(
            spec: ["name": .string(text), "workspace": .string("/srv/\(text)")],
            result: [
                "id": "20261123T093011702-p5c2m-fix", "verdict": "unverified", "reason": .string(text),
                "started": "2026-11-23T09:30:11.702Z", "ended": "2026-11-23T09:30:52.702Z", "duration_s": 41.0,
                "claim": ["text": .string(text)],
                "fact": ["changed": .int(files), "undeterminable": [.string(text)], "changes": .array(changes)],
                "checks": [
                    [
                        "name": .string(text), "passed": false, "expected": .string(text), "found": .string(text),
                        "duration_ms": 75,
                    ]
                ],
            ])
    }

    static func record(_ report: TaskReport) -> JSONValue {
        ResultRecord(
            status: "failed", seconds: 1_795_426_252.702, utc: "2026-11-23T09:30:52.702Z",
            local: "2026-11-23 17:30:52 +08:00", source: "fix.md"
        ).json(report)
    }

    static func bytes(_ report: TaskReport, as format: ResultFormat, in words: ReportWords = .english) throws -> [UInt8]
    {
        try format.bytes(
            document: report.document(ReportStyle(words: words, isInTask: false)), record: record(report),
            language: words.tag)
    }

    static func text(_ report: TaskReport, as format: ResultFormat, in words: ReportWords = .english) throws -> String {
        try #require(String(validating: try bytes(report, as: format, in: words), as: UTF8.self))
    }
}
