import Console
import JSON
import Spool
import SystemPackage
import Testing

@Suite struct TaskPageTests {
    private func details(_ task: ShownTask, log: [JSONValue] = []) -> TaskDetails {
        TaskDetails(
            task: task, directory: FilePath("/home/ada/spool/\(task.snapshot.state.rawValue)/x"),
            log: log.map(LogLine.init(json:)),
            attempts: 0, source: "/home/ada/spool/done/x/source.md", hasPatch: true, hasTranscript: true,
            isDaemonRunning: true)
    }

    @Test func endedTask_showsClaimBesideFact() throws {
        var task = try shown("done1", "Write docs", .done, minutesAgo: 60) {
            $0.verdict = .changed
            $0.session = "ses_1"
            $0.spec?.model = "anthropic/claude"
            $0.spec?.priority = 9
            $0.spec?.timeoutSeconds = 1800
            $0.spec?.goal = "# Write docs\n\nAll of them.\n"
            $0.result = [
                "ended": "2026-11-23T11:55:00Z",
                "claim": ["text": "I wrote them.\nTASK COMPLETE\n", "marker": "TASK COMPLETE"],
                "fact": [
                    "changed": 2,
                    "changes": [["path": "docs/a.md", "kind": "modified"], ["path": "docs/b\n.md", "kind": "added"]],
                    "undeterminable": ["big.bin: larger than 64 MiB"],
                ],
                "usage": ["tokens": 5000, "cost": 0.02, "model": "anthropic/claude"],
            ]
        }
        task.patch = PatchCounts(patch: "+++ b/docs/a.md\n@@ -1 +1,2 @@\n x\n+y\n".utf8)
        let log: [JSONValue] = [
            ["seq": 1, "time": "2026-11-23T11:00:00Z", "event": "accepted", "name": "Write docs", "origin": "cli"],
            ["seq": 2, "time": "2026-11-23T11:55:00Z", "event": "ended", "verdict": "changed", "reason": ""],
        ]
        let expected = """
            ✓ Write docs
              state      changed  2 files +1, 5m ago
              id         20261123T115000000-done1-task
              directory  ~/spool/done/x
              workspace  ~/src/shop
              created    11:00:00, 1h ago, by cli
              priority   9
              model      anthropic/claude
              limits     timeout 30m 00s
              session    ses_1
              used       5.0k tokens · $0.02

            Goal
              # Write docs

              All of them.

            Claim  what the agent says (anthropic/claude)
              TASK COMPLETE
              I wrote them.

            Fact   what is on disk
              M docs/a.md +1
              A docs/b\\n.md
              ? big.bin: larger than 64 MiB
              patch: ~/spool/done/x/evidence/changes.patch

            Log
              11:00:00  accepted  name=Write docs  origin=cli
              11:55:00  ended  verdict=changed

            """
        #expect(text(TaskPage.lines(details(task, log: log), context(80))) == expected)
    }

    @Test func waitingTask_showsHowToAnswer() throws {
        let task = try shown("k3x9a", "Upgrade", .running, asks: [permission])
        let expected = """
            ? Upgrade
              state      waiting for you for 5m 00s
              id         20261123T115000000-k3x9a-task
              directory  ~/spool/running/x
              workspace  ~/src/shop
              created    11:55:00, 5m ago, by cli

            Goal
              Do it.

            Waiting for you
              per_1: wants bash: rm -rf build
                openloom answer k3x9a per_1 once
                openloom answer k3x9a per_1 reject

            """
        #expect(text(TaskPage.lines(details(task), context(80))) == expected)
    }

    @Test func failedTask_saysWhy_andHowToTryAgain() throws {
        let task = try shown("fail1", "Deploy", .failed, minutesAgo: 2) {
            $0.verdict = .timeout
            $0.reason = "it took longer than 3600 s"
        }
        let lines = text(TaskPage.lines(details(task), context(80)))
        #expect(lines.contains("state      timeout: it took longer than 3600 s, 2m ago (openloom retry fail1)\n"))
    }

    @Test func newTask_saysWhyItWaits_andThatNoDaemonRuns() throws {
        var details = details(try shown("aaaa1", "A", .new, waits: .held) { $0.isHeld = true })
        details.isDaemonRunning = false
        let lines = text(TaskPage.lines(details, context(80)))
        #expect(lines.contains("state      new: held (openloom release aaaa1); no daemon runs\n"))
    }

    @Test func longParts_areCut_andSayWhereTheRestIs() throws {
        let task = try shown("aaaa1", "A", .new, waits: .turn) {
            $0.spec?.goal = String(repeating: "line\n", count: 100)
        }
        let log = (1...100).map { JSONValue(dictionaryLiteral: ("seq", .int($0)), ("event", "tick")) }
        let lines = text(TaskPage.lines(details(task, log: log), context(80)))
        #expect(lines.contains("  … there is more: ~/spool/done/x/source.md\n"))
        #expect(lines.contains("Log  … 70 more: openloom log aaaa1\n"))
        let short = TaskPage.lines(details(task, log: log), context(80), limits: .init(fitting: 24))
        #expect(short.count <= 24)
    }
}

@Suite struct LogLineTests {
    @Test func line_isTimeEventAndFields() {
        let line = LogLine(
            json: [
                "seq": 3, "time": "2026-11-23T09:30:00.250Z", "event": "requeued", "reason": "busy\u{7}", "n": 2,
                "empty": "", "list": ["a"],
            ])
        #expect(
            line.line(context(80)).rendered(colors: false) == "09:30:00  requeued  reason=busy\\u{7}  n=2  list=[\"a\"]"
        )
        #expect(line.number == 3)
    }

    @Test func strangeLines_areShownAsFarAsTheyGo() {
        #expect(LogLine(json: ["x": 1]).line(context(80)).rendered(colors: false) == "--:--:--  ?  x=1")
    }
}

@Suite struct SettingsPageTests {
    @Test func lines_nameValueAndOrigin() {
        let rows = [
            SettingRow(key: "spool.path", value: "/home/ada/spool", origin: "default", isDefault: true),
            SettingRow(
                key: "database", value: "x", origin: "/home/ada/c.yaml:3", isDefault: false, note: "has no effect"),
        ]
        let expected = """
            spool.path  ~/spool  default
            database    x        ~/c.yaml:3  (has no effect)

            warning: OPENLOOM_X is not known

            """
        let lines = SettingsPage.lines(rows, warnings: ["OPENLOOM_X is not known"], context(80))
        #expect(text(lines) == expected)
    }
}
