import Console
import JSON
import Spool
import SystemPackage
import Testing

@Suite struct OverviewPageTests {
    private func overview() throws -> SpoolOverview {
        var overview = SpoolOverview(spool: "/home/ada/.openloom/spool")
        overview.daemons = [DaemonPresence(node: "tower", pid: 1, heartbeat: noon)]
        overview.waiting = [try shown("zz81c", "Upgrade dependencies", .running, minutesAgo: 9.5, asks: [permission])]
        overview.running = [
            try shown("k3x9a", "Fix the login page", .running) {
                $0.activity = ["tool": "edit Login.swift", "message": "I am\nchecking", "tokens": 12_345, "cost": 0.12]
            }
        ]
        overview.new = [
            try shown("aaaa1", "漢字の長いタイトル 👍🏽", .new, minutesAgo: 2, waits: .workspace("k3x9a")),
            try shown("aaaa2", "Evil \u{1B}[31m name", .new, minutesAgo: 3, waits: .held) { $0.isHeld = true },
        ]
        overview.newLeftOut = 3
        overview.ended = [
            try shown("done1", "Write docs", .done, minutesAgo: 60) {
                $0.verdict = .changed
                $0.result = [
                    "fact": ["changed": 3, "changes": [["path": "a", "kind": "added", "added": 20, "removed": 4]]]
                ]
            },
            try shown("fail1", "Deploy", .failed, minutesAgo: 120) {
                $0.verdict = .error
                $0.reason = "the provider refused:\ninvalid API key"
            },
        ]
        overview.endedLeftOut = 132
        overview.counts.running = 1
        overview.counts.waiting = 1
        overview.counts.new = 5
        overview.counts.done = 120
        overview.counts.failed = 14
        return overview
    }

    @Test func page_isTheseLines_at104Columns() throws {
        let expected = """
            Waiting for you
              ? zz81c  Upgrade dependencies   ~/src/shop  9m 30s  wants bash: rm -rf build
                openloom answer zz81c per_1 once
                openloom answer zz81c per_1 reject

            Running
              ● k3x9a  Fix the login page     ~/src/shop  5m 00s  edit Login.swift “I am checking”

            New
              ○ aaaa1  漢字の長いタイトル 👍🏽  ~/src/shop  2m ago  its workspace is in use by k3x9a
              ‖ aaaa2  Evil \\e[31m name       ~/src/shop  3m ago  held
                openloom release aaaa2
              … 3 more: openloom ls --all

            Ended
              ✓ done1  Write docs             ~/src/shop  1h ago  changed  3 files +20 −4
              ✗ fail1  Deploy                 ~/src/shop  2h ago  error: the provider refused: invalid API key
              … 132 more: openloom ls --all

            1 running · 1 waiting for you · 5 new · 120 done · 14 failed

            """
        let lines = text(OverviewPage.lines(try overview(), context(104)))
        #expect(lines == expected)
    }

    @Test func page_givesDetailsALineOfTheirOwn_at40Columns() throws {
        var narrow = try overview()
        narrow.new = []
        let expected = """
            Waiting for you
              ? zz81c  Upgrade dependenci…  9m 30s
                wants bash: rm -rf build
                openloom answer zz81c per_1 once
                openloom answer zz81c per_1 reject

            Running
              ● k3x9a  Fix the login page   5m 00s
                edit Login.swift “I am checking”

            New
              … 3 more: openloom ls --all

            Ended
              ✓ done1  Write docs           1h ago
                changed  3 files +20 −4
              ✗ fail1  Deploy               2h ago
                error: the provider refused: inva…
              … 132 more: openloom ls --all

            1 running · 1 waiting for you · 5 new · 120 done · 14 failed

            """
        #expect(text(OverviewPage.lines(narrow, context(38))) == expected)
    }

    @Test(arguments: [20, 40, 60, 71, 72, 80, 99, 100, 140, 300])
    func rows_areNeverWiderThanTheTerminal(_ width: Int) throws {
        let lines = OverviewPage.lines(try overview(), context(width))
        let rows = lines.filter { line in
            let text = line.rendered(colors: false)
            return text.hasPrefix("  ") && !text.contains("openloom ")
        }
        #expect(rows.count >= 6)
        // The id and the time are never cut, and a name not below eight columns.
        for row in rows { #expect(row.width <= max(width, 29)) }
    }

    @Test func colours_areOnlyThereWhenAskedFor() throws {
        let lines = OverviewPage.lines(try overview(), context(100))
        #expect(!lines.contains { $0.rendered(colors: false).contains("\u{1B}") })
        #expect(lines.first?.rendered(colors: true) == "\u{1B}[1;33mWaiting for you\u{1B}[0m")
    }

    @Test func notices_sayWhatIsInTheWay_andHowToMendIt() throws {
        var closed = try overview()
        closed.isClosed = true
        closed.isPaused = true
        closed.daemons = []
        closed.counts.rejected = 2
        let expected = """
            closed: nothing is accepted until you rm ~/.openloom/spool/closed
            paused: nothing is started until you rm ~/.openloom/spool/pause
            no daemon runs: nothing moves until you start openloom serve --spool /s
            2 drops were rejected: the reasons are in ~/.openloom/spool/rejected/*.reason.txt

            """
        #expect(text(OverviewPage.notices(closed, context(80, options: "--spool /s"))) == expected)
        #expect(text(OverviewPage.lines(closed, context(80, options: "--spool /s"))).hasSuffix(expected))
    }

    @Test func emptySpool_saysHowToBegin() {
        var empty = SpoolOverview(spool: "/home/ada/.openloom/spool")
        empty.daemons = [DaemonPresence(node: "tower", pid: 1, heartbeat: noon)]
        let expected = """
            No tasks yet in ~/.openloom/spool

            Give it work   openloom submit job.md
                           or drop a file into ~/.openloom/spool/inbox
            Try it         openloom demo   without an agent or an account

            """
        #expect(text(OverviewPage.lines(empty, context(80))) == expected)
    }

    @Test func lineLimit_leavesOutEndedTasksFirst_andKeepsWhatWaits() throws {
        let overview = try overview()
        let whole = OverviewPage.lines(overview, context(100)).count
        for limit in 8...whole {
            let lines = OverviewPage.lines(overview, context(100), lineLimit: limit)
            #expect(lines.count <= limit)
            #expect(text(lines).contains("zz81c"))
            #expect(text(lines).contains("1 running · 1 waiting"))
        }
        let fewer = text(OverviewPage.lines(overview, context(100), lineLimit: whole - 1))
        #expect(!fewer.contains("fail1"))
        #expect(fewer.contains("aaaa2"))
        #expect(fewer.contains("… 133 more"))
    }

    @Test func long_showsWholeIds_andWhatWasUsed() throws {
        let lines = text(OverviewPage.lines(try overview(), context(60), options: .init(long: true)))
        #expect(lines.contains("20261123T115000000-k3x9a-task"))
        #expect(lines.contains("edit Login.swift “I am checking”  12.3k tokens · $0.12\n"))
        #expect(lines.contains("漢字の長いタイトル 👍🏽  ~/src/shop"))
    }

    @Test func cancellingAndDamage_showInsteadOfTheActivity() throws {
        var overview = SpoolOverview(spool: "/s")
        overview.counts.running = 2
        overview.running = [
            try shown("aaaa1", "A", .running) { $0.isCancelling = true },
            try shown("aaaa2", "B", .running) { $0.damage = "task.json is damaged" },
        ]
        let lines = text(OverviewPage.lines(overview, context(80)))
        #expect(lines.contains("A  5m 00s  being cancelled\n"))
        #expect(lines.contains("B  5m 00s  task.json is damaged\n"))
    }
}

@Suite struct WaitReasonTests {
    @Test(arguments: [
        (WaitReason.held, "held"), (.spoolPaused, "the spool is paused"), (.turn, "ready"), (.unread, "not read yet"),
        (.retry(attempt: 2, at: noon.adding(seconds: 40), reason: "server\nbusy"), "attempt 2 in 40s: server busy"),
        (.retry(attempt: 2, at: noon, reason: ""), "attempt 2 is due"),
        (.notBefore(noon.adding(seconds: 7200)), "starts in 2h 00m, at 14:00:00"),
        (
            .after(["a", "b", "c", "d", "e"].map { TaskBlocker(TaskDependency($0, on: .any), .missing) }),
            "after a (any), which is not there yet, b (any), which is not there yet, c (any), which is not there yet "
                + "and 2 more"
        ),
        (.after([TaskBlocker("a", .hopeless("the task x was deleted"))]), "after a, in vain: the task x was deleted"),
        (
            .provider(
                ProviderHold(
                    provider: "acme", holdsUnnamed: true, until: noon.adding(seconds: 40), since: noon, reason: "429")),
            "limit of acme reached, again in 40s"
        ),
        (
            .provider(ProviderHold(provider: "acme", holdsUnnamed: true, until: noon, since: noon, reason: "429")),
            "limit of acme reached, again by the next task"
        ),
        (.workspace("k3x9a"), "its workspace is in use by k3x9a"),
        (.damaged("broken\u{1B}"), "can't be read: broken\\e"), (.cancelling, "will be cancelled"),
    ])
    func text_isInWords(_ reason: WaitReason, _ expected: String) {
        #expect(reason.text(context(80)) == expected)
    }
}
