import JSON
import Report
import Testing

@Suite struct TaskReportTests {
    private let spec: JSONValue = ["name": "Fix the typo", "workspace": "/srv/shop"]

    private func result(_ more: JSONObject = [:]) -> JSONValue {
        var object: JSONObject = [
            "id": "20261123T093011702-p5c2m-fix", "verdict": "verified", "reason": "", "session": "ses_1",
            "server": ["url": "http://127.0.0.1:4096", "version": "1.18.31", "wire": 1],
            "usage": ["steps": 3, "tokens": 12_345, "cost": 0.12, "model": "anthropic/claude"],
            "started": "2026-11-23T09:30:11.702Z", "ended": "2026-11-23T09:30:52.702Z", "duration_s": 41.0,
            "claim": [
                "text": "I fixed it.\nTASK COMPLETE", "marker": "TASK COMPLETE",
                "files": [["path": "README.md", "status": "modified"], ["path": "LICENSE", "status": "added"]],
            ],
            "fact": [
                "changed": 1, "undeterminable": [],
                "changes": [["path": "README.md", "kind": "modified", "size_before": 10, "size_after": 12]],
            ],
        ]
        for (name, value) in more { object[name] = value }
        return .object(object)
    }

    @Test func markdown_putsTheClaimBesideTheFact() {
        let text = TaskReport(spec: spec, result: result()).markdown
        #expect(text.hasPrefix("# Fix the typo\n\n**verified: 1 file changed, 41s, $0.12**\n"))
        #expect(text.contains("| workspace | `/srv/shop` |"))
        #expect(text.contains("| session | `ses_1` at http://127.0.0.1:4096, OpenCode 1.18.31 |"))
        #expect(text.contains("```text\nI fixed it.\nTASK COMPLETE\n```"))
        #expect(text.contains("| `README.md` | modified | 10 → 12 | modified |"))
        #expect(text.contains("| `LICENSE` | **not changed** |  | added |"))
    }

    @Test func markdown_showsEachCheck_withWhatWasExpectedAndFound() {
        let report = TaskReport(
            spec: spec,
            result: result([
                "verdict": "unverified", "turns": 3,
                "checks": [
                    [
                        "name": "tests", "kind": "run", "passed": false, "expected": "exit 0", "found": "exit 1",
                        "duration_ms": 1500,
                    ],
                    [
                        "name": "a|b", "kind": "exists", "passed": true, "expected": "x", "found": "x",
                        "duration_ms": 75_000,
                    ],
                ],
            ]))
        #expect(report.summary == "unverified: 1 of 2 checks failed, 1 file changed, 3 turns, 41s, $0.12")
        #expect(report.markdown.contains("| **failed** | tests | exit 0 | exit 1 | 1500 ms |"))
        #expect(report.markdown.contains("| passed | a\\|b | x | x | 1m 15s |"))
    }

    @Test func markdown_letsNothingFromOutsideBeMarkup() {
        let hostile = "<img src=x onerror=alert(1)> [a](javascript:b) # h\n# heading\u{1B}[2J\u{202E}|x|`"
        let report = TaskReport(
            spec: ["name": .string(hostile)],
            result: result([
                "reason": .string(hostile), "claim": ["text": .string("````\n\(hostile)\n```")],
                "fact": [
                    "changed": 1, "undeterminable": [.string(hostile)],
                    "changes": [["path": .string("`\(hostile)`"), "kind": "added"]],
                ],
                "checks": [["name": .string(hostile), "passed": true, "expected": .string(hostile), "found": ""]],
            ]))
        var isInClaim = false
        for line in report.markdown.split(separator: "\n") {
            if line.hasPrefix("`````") { isInClaim.toggle() }
            #expect(!line.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
            if isInClaim { continue }
            // Outside of code, every angle bracket and bracket is escaped.
            let plain = line.replacing(/(`+)[^`](.*?)[^`]\1/, with: "").replacing(/\\./, with: "")
            #expect(!plain.contains("<") && !plain.contains("["), "\(line)")
            #expect(!line.hasPrefix("# heading"))
        }
        #expect(!isInClaim)
    }

    @Test func markdown_isShort_whereNothingIsKnown() {
        let report = TaskReport(spec: nil, result: ["id": "x", "verdict": "invalid", "reason": "no goal"])
        #expect(report.markdown.hasPrefix("# x\n\n**invalid**\n\nno goal\n"))
        #expect(!report.markdown.contains("## Claim") && !report.markdown.contains("## Fact"))
    }

    @Test func markdown_staysBounded_whenEverythingIsHuge() {
        let path = String(repeating: "p", count: 4000)
        let report = TaskReport(
            spec: spec,
            result: result([
                "claim": ["text": .string(String(repeating: "x", count: 2_000_000))],
                "fact": [
                    "changed": 100_000, "undeterminable": [],
                    "changes": .array((0..<1000).map { ["path": .string("\($0)\(path)"), "kind": "added"] }),
                ],
            ]))
        #expect(report.markdown.utf8.count < 1_000_000)
        #expect(report.markdown.contains("99800 more are in `evidence/changes.json`"))
    }
}
