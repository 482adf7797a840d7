import JSON
import Spool
import SystemPackage
import Testing

extension DashboardTests {
    /// What makes tasks by the clock, and what becomes of the work of tasks on branches of their own.
    @Suite struct Work {
        @Test func schedules_areListed_runDisabledAndEnabled() async throws {
            let world = try await DashboardTests.world()
            try DashboardTests.schedule("nightly", "cron: 30 2 * * *\ntimezone: Europe/Berlin", of: world)
            try DashboardTests.schedule("broken", "cron: 30 2 * *", of: world)
            try await Browser.with(world) { browser in
                try await browser.visit()
                try await browser.press(["g", "c"])
                let row = "document.querySelector('.schedule[aria-label=\"Schedule nightly\"]')"
                try await browser.wait(
                    "it is listed",
                    "\(row)?.innerText.includes('30 2 * * *') && \(row).innerText.includes('Europe/Berlin') && \(row).innerText.includes('next in')"
                )
                try await browser.wait(
                    "what is wrong with the other is said",
                    "document.querySelector('.schedule .problem')?.innerText.includes('five')")
                #expect(
                    try await browser.evaluate("document.querySelector('[aria-label=\"Run broken now\"]').disabled")
                        == true)
                try await browser.click(".schedule button", "Run nightly now")
                let id = try world.wait(for: 1, in: .done)[0]
                #expect(id.hasSuffix("-nightly"))
                try await browser.click(".schedule button", "Disable nightly")
                try await browser.wait("it is off", "\(row).innerText.includes('makes no tasks')")
                #expect(Files.exists(world.spool.appending("schedules/nightly.disabled")))
                try await browser.click(".schedule button", "Enable nightly")
                try await browser.wait("it is on", "\(row).innerText.includes('next in')")
                #expect(!Files.exists(world.spool.appending("schedules/nightly.disabled")))
            }
        }

        @Test func worktrees_areMerged_andDiscardedByAWordOnly() async throws {
            let world = try await DashboardTests.world()
            let project = try world.workspace("project")
            let made = try world.shell(
                """
                cd '\(project)' && git init -q -b main . && git config user.name me && git config user.email me@here &&
                echo one >a && git add a && git commit -qm first
                """)
            try #require(made.code == 0, "\(made.errors)")
            for name in ["wanted", "unwanted"] {
                try Files.write(
                    "name: \(name)\nworkspace: \(project)\nworktree: true\ngoal: 'sim: write \(name).txt x'\n",
                    to: world.inbox.appending("\(name).yaml"))
            }
            let ids = try world.wait(for: 2, in: .done)
            let wanted = try #require(ids.first { $0.hasSuffix("-wanted") })
            let unwanted = try #require(ids.first { $0.hasSuffix("-unwanted") })
            func ending(_ id: String) -> JSONValue? {
                Files.json(world.task(id, .done).appending("worktree.json"))?["ending"]
            }
            try await Browser.with(world, .phone) { browser in
                try await browser.visit("#/tasks?task=\(wanted)")
                try await browser.wait(
                    "its branch is there",
                    "document.querySelector('.worktree .path')?.textContent.startsWith('openloom/wanted-')")
                let problems = try await PageChecks.problems(in: browser, touch: true)
                #expect(problems.isEmpty)
                try await browser.click(".worktree button", "Merge wanted")
                try await browser.wait(
                    "it says so", "document.querySelector('.worktree').innerText.includes('It is merged')")
                #expect(ending(wanted) == "merged")
                #expect(Files.exists(project.appending("wanted.txt")))

                _ = try await browser.run("location.hash = '#/tasks?task=\(unwanted)'")
                try await browser.click(".worktree button", "Discard the work of unwanted")
                try await browser.click("dialog button", "Not now")
                try await browser.wait("it is closed", "!document.querySelector('dialog')")
                #expect(ending(unwanted) == .null)
                #expect(Files.exists(world.spool.appending("worktrees/\(unwanted)/unwanted.txt")))
                try await browser.click(".worktree button", "Discard the work of unwanted")
                try await browser.click("dialog button", "Discard it")
                try await browser.wait(
                    "it says so", "document.querySelector('.worktree').innerText.includes('It was discarded')")
                #expect(ending(unwanted) == "discarded")
                #expect(Files.names(world.spool.appending("worktrees")).isEmpty)
                let kept = try world.shell("cd '\(project)' && git for-each-ref refs/openloom/discarded")
                #expect(kept.output.contains("refs/openloom/discarded/unwanted-"))
            }
        }
    }
}
