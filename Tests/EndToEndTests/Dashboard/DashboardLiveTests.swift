import Curl
import JSON
import Spool
import SystemPackage
import Testing

extension DashboardTests {
    /// That what is shown follows what is so, by the stream alone.
    @Suite struct Live {
        @Test func tasks_appearAndMove_whoeverMovesThem() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            _ = try await world.api("PUT", "/api/pause")
            try await Browser.with(world) { browser in
                try await browser.visit("#/tasks")
                let first = try await browser.currentTab()
                let second = try await browser.newTab()
                try await browser.visit("#/activity")
                // Dropped as a file, and moved by a shell.
                try world.drop("Dropped", workspace: workspace, goal: "sim: write a.txt 1\nsim: say Done.")
                try await browser.wait(
                    "it was told", "document.querySelector('.row.event')?.innerText.includes('Dropped')")
                try await browser.tab(first)
                try await browser.wait(
                    "it is in the list", "document.querySelector('.row.task .name')?.textContent === 'Dropped'")
                let id = try DashboardTests.only(.new, of: world)
                try Files.move(world.task(id, .new), world.task(id, .failed))
                try await browser.wait("it has failed", "document.querySelector('.row.task .mark.bad')")
                try Files.move(world.task(id, .failed), world.task(id, .new))
                _ = try await world.api("DELETE", "/api/pause")
                try await browser.wait(
                    "it is done", "document.querySelector('.row.task .word')?.textContent === 'Changed'")
                try Files.remove(world.task(id, .done))
                try await browser.wait("it is gone", "!document.querySelector('.row.task')")
                try await browser.tab(second)
                try await browser.wait(
                    "all was told", "document.querySelector('.row.event')?.innerText.includes('Deleted')")

                // Nothing moves while it is paused; then all is there.
                try await browser.click(".bar button", "Pause")
                let before = try await browser.count(".row.event")
                try world.drop("Later", workspace: workspace, goal: "sim: say Done.")
                try await browser.wait("it counts", "document.querySelector('.bar button').textContent.includes('new')")
                #expect(try await browser.count(".row.event") == before)
                try await browser.click(".bar button.primary")
                try await browser.wait("it is there", "document.querySelector('.activity').innerText.includes('Later')")
                // Kinds and words filter; a name leads to its task.
                _ = try world.wait(for: 1, in: .done)
                for kind in ["Started", "Updated", "Done", "Failed", "Deleted", "Agent"] {
                    try await browser.click(".chip", kind)
                }
                try await browser.type("later", into: "#search")
                try await browser.wait("one is left", "document.querySelectorAll('.row.event').length === 1")
                try await browser.click(".row.event a.name", "Later")
                try await browser.wait(
                    "its task is open", "document.querySelector('.drawer h2')?.textContent === 'Later'")
            }
        }

        @Test func conversation_isFollowedWhileItIsSaid_andClaimStandsBesideFact() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            let id = try await DashboardTests.create(
                "Talks", in: workspace, of: world,
                "sim: say First words.\nsim: step\nsim: write a.txt one\\ntwo\nsim: ask bash ls\nsim: say Last words.")
            try await Browser.with(world) { browser in
                try await browser.visit("#/?task=\(id)&tab=conversation")
                try await browser.wait(
                    "it speaks", "document.querySelector('.message.assistant')?.innerText.includes('First words.')")
                #expect(try await browser.text(".message.assistant").contains("Last words.") == false)
                try await browser.wait("its tool is there", "document.querySelector('.transcript .tool')")
                try await browser.click(".transcript .fold-head")
                try await browser.wait(
                    "what it was used on is there", "document.querySelector('.fold-body')?.innerText.includes('a.txt')")
                try await browser.click(".drawer .answers button", "Allow once")
                try await browser.wait(
                    "it goes on",
                    "[...document.querySelectorAll('.message.assistant')].at(-1)?.innerText.includes('Last words.')")
                _ = try world.wait(for: 1, in: .done)
                try await browser.click("[role=tab]", "Summary")
                try await browser.wait(
                    "both are there",
                    "document.querySelector('.side.claim')?.innerText.includes('Done') && document.querySelector('.side.fact')?.innerText.includes('1 file changed')"
                )
                #expect(try await browser.text(".beside .versus") == "=")
                try await browser.press([Key.right, Key.right])
                try await browser.wait(
                    "the patch is there",
                    "[...document.querySelectorAll('.diff tr.plus .code')].map((c) => c.textContent).join() === 'one,two'"
                )
                try await browser.press([Key.right])
                try await browser.wait("the way is there", "document.querySelectorAll('.timeline li').length >= 5")
                try await browser.press([Key.right])
                try await browser.wait("the files are there", "document.querySelectorAll('.files li').length > 8")
                try await browser.click(".files button.path", "result.json")
                try await browser.wait(
                    "one is shown", "document.querySelector('pre.raw')?.textContent.includes('\"marker\"')")
                try await browser.click("[role=tab]", "Raw")
                try await browser.wait(
                    "all of it", "document.querySelector('pre.raw')?.textContent.includes('\"session_ids\"')")
            }
        }

        @Test func claimThatTheChecksDoNotBearOut_standsBesideTheFact() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            // As a daemon leaves it, moved in by a shell.
            let id = "20261127T000000000-aaaaa-claims"
            let result: JSONValue = [
                "claim": ["text": "All is well.\n\nTASK COMPLETE", "marker": "complete", "files": .null],
                "fact": ["changed": 1, "undeterminable": [], "changes": [["path": "a.txt", "kind": "added"]]],
                "checks": [
                    [
                        "number": 1, "name": "a.txt exists", "kind": "exists", "passed": true, "outcome": "passed",
                        "expected": "a.txt is there", "found": "it is there", "duration_ms": 1, "log": .null,
                    ],
                    [
                        "number": 2, "name": "tests", "kind": "run", "passed": false, "outcome": "failed",
                        "expected": "status 0", "found": "status 1", "duration_ms": 812, "log": "02-tests.log",
                    ],
                ],
                "verdict": "unverified", "ended": "2026-11-27T00:00:01.000Z",
            ]
            let spec: JSONValue = [
                "name": "Claims", "workspace": .string(workspace.string), "goal": "Make it well.", "priority": 5,
                "max_turns": 3, "created": "2026-11-27T00:00:00.000Z", "origin": ["kind": "cli"],
            ]
            let built = world.spool.appending("tmp").appending(id)
            for (name, text) in [
                ("task.json", spec.pretty), ("result.json", result.pretty), ("verdict", "unverified\n"),
                ("reason", "1 of 2 checks failed: tests\n"), ("evidence/checks/02-tests.log", "three failed\n"),
            ] { try Files.write(text, to: built.appending(name)) }
            try Files.move(built, world.task(id, .failed))
            try await Browser.with(world) { browser in
                try await browser.visit()
                try await browser.wait(
                    "the list says so",
                    "document.querySelector('.outcome.off')?.innerText.includes('says done ≠ 1/2 checks passed')")
                _ = try await browser.run("location.hash = '#/?task=\(id)'")
                try await browser.wait(
                    "both are there", "document.querySelector('.beside.off .versus')?.textContent === '≠'")
                #expect(try await browser.text(".side.fact").contains("1/2 checks passed"))
                #expect(try await browser.count(".checks li.good") == 1)
                #expect(try await browser.text(".checks li.bad").contains("tests"))
                try await browser.picture("task-checks-desk-light")
                try await browser.click(".checks li.bad button", "Show its output")
                try await browser.wait(
                    "its output is there", "document.querySelector('pre.raw')?.textContent.includes('three failed')")
            }
        }

        @Test func daemonThatRestarts_isFoundAgain_andWhatHappenedMeanwhileIsThere() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            try await DashboardTests.create("Before", in: workspace, of: world, "sim: say Done.")
            _ = try world.wait(for: 1, in: .done)
            let port = world.port
            try await Browser.with(world) { browser in
                try await browser.visit("#/tasks")
                try await browser.wait("it is listed", "\(DashboardTests.row).length === 1")
                world.killDaemon()
                try await browser.wait(
                    "it says so", "document.querySelector('.banner.bad')?.innerText.includes('Connection lost')")
                #expect(try await browser.evaluate("document.querySelector('main').matches('.stale')") == true)
                let problems = try await PageChecks.problems(in: browser, touch: false)
                #expect(problems.isEmpty)
                try await browser.picture("lost-desk-light")
                // Meanwhile somebody moves it.
                let id = try DashboardTests.only(.done, of: world)
                try Files.move(world.task(id, .done), world.task(id, .new))
                try world.serve(arguments: ["--port", String(port)])
                try await browser.wait(
                    "it is live", "document.querySelector('.link.live') && !document.querySelector('.banner.bad')")
                _ = try world.wait(for: 1, in: .done)
                try await browser.wait(
                    "what happened is there", "document.querySelector('.row.task .word')?.textContent === 'Unchanged'")
                try await DashboardTests.create("After", in: workspace, of: world, "sim: say Done.")
                try await browser.wait("and what happens", "\(DashboardTests.row).length === 2")
                try await browser.expectNoProblems(whileRequestsFail: true)
            }
        }

        @Test func networkThatIsLost_isToldAtOnce_andComesBack() async throws {
            let world = try await DashboardTests.world()
            try await Browser.with(world) { browser in
                try await browser.visit()
                try await browser.command("Network.enable", [:])
                func setOffline(_ isOffline: Bool) async throws {
                    try await browser.command(
                        "Network.emulateNetworkConditions",
                        ["offline": .bool(isOffline), "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1])
                }
                try await setOffline(true)
                try await browser.wait("it says so", "document.querySelector('.banner.bad')")
                try await setOffline(false)
                try await browser.wait("it is live", "document.querySelector('.link.live')")
                try await browser.expectNoProblems(whileRequestsFail: true)
            }
        }

        @Test func idlePage_asksForNothing() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            try await DashboardTests.create("Runs", in: workspace, of: world, "sim: stall")
            _ = try world.wait(for: 1, in: .running)
            try await Browser.with(world) { browser in
                try await browser.command(
                    "Page.addScriptToEvaluateOnNewDocument", ["source": .string(Self.counting)])
                try await browser.visit()
                try await browser.wait("the plots are there", "document.querySelector('.bars')")
                try await browser.wait(
                    "all is read", "performance.getEntriesByType('resource').some((r) => r.name.includes('/api/usage'))"
                )
                // Half a minute of the page's own time, which passes as soon as there is nothing to do in it.
                _ = try await browser.run(
                    "const before = window.asked; setTimeout(() => { window.since = window.asked - before; }, 30_000);")
                try await browser.command(
                    "Emulation.setVirtualTimePolicy", ["policy": "advance", "budget": 30_100])
                while try await browser.evaluate("window.since ?? null") == .null {}
                #expect(try await browser.evaluate("window.since") == 0)
                #expect(try await browser.evaluate("window.asked").int ?? 0 > 2)
            }
        }

        private static let counting = """
            const ask = window.fetch;
            window.asked = 0;
            window.fetch = (...all) => { window.asked++; return ask(...all); };
            """

        /// What a page does with a thousand events a second: they are told to it by itself, so that the daemon's speed
        /// does not matter.
        @Test func thousandEventsASecond_doNotFreezeThePage() async throws {
            let world = try await DashboardTests.world()
            try await Browser.with(world) { browser in
                try await browser.command(
                    "Page.addScriptToEvaluateOnNewDocument", ["source": .string(Self.flood)])
                for (place, rows) in [
                    ("#/tasks", ".row.task"), ("#/activity", ".row.event"), ("#/", ".overview .item"),
                ] {
                    try await browser.visit(place)
                    _ = try await browser.evaluate("window.flood()")
                    // It answers while it is told.
                    try await browser.press(["?"])
                    try await browser.wait("it answers", "document.querySelector('dialog[open]')")
                    let seen = try await browser.wait("all were told", "window.flooded")
                    let frames = try #require(seen["frames"]?.int)
                    print("1,000 events/s on \(place): \(frames) frames, longest gap \(seen["gap"]?.int ?? -1) ms")
                    #expect(seen["told"] == 2000)
                    #expect(frames > 20)
                    #expect(try await browser.count(rows) < 120)
                }
            }
        }

        private static let flood = """
            const real = window.fetch;
            let feed = null;
            window.fetch = (path, options) => {
              if (!String(path).startsWith("/api/events")) return real(path, options);
              return Promise.resolve(new Response(new ReadableStream({ start(controller) { feed = controller; } })));
            };
            window.flood = () => {
              window.flooded = null;
              const encoder = new TextEncoder(), start = performance.now();
              let told = 0, frames = 0, last = start, gap = 0;
              const look = (now) => { frames++; gap = Math.max(gap, now - last); last = now; if (!window.flooded) requestAnimationFrame(look); };
              requestAnimationFrame(look);
              const tell = () => {
                const due = Math.min(2000, Math.floor(performance.now() - start));
                let text = "";
                for (; told < due; told++) {
                  const i = told % 1500, at = Date.now() / 1000, state = ["new", "running", "done"][told % 3];
                  const task = { id: "t" + i, name: "Task " + i, workspace: "/w", status: ["pending", "running", "completed"][told % 3], state,
                    verdict: state === "done" ? "changed" : null, asks: [], hold: false, created_at: at - i, updated_at: at, started_at: at - 5, ended_at: state === "done" ? at : null, activity: null, outcome: null };
                  text += `event: task\\nid: ${1e6 + told}\\ndata: ${JSON.stringify({ seq: 1e6 + told, time: new Date().toISOString(), event: ["TASK_CREATED", "TASK_STARTED", "TASK_COMPLETED"][told % 3], task_id: task.id, task_name: task.name, status: task.status, task })}\\n\\n`;
                }
                if (text) feed.enqueue(encoder.encode(text));
                if (told < 2000) setTimeout(tell, 5);
                else requestAnimationFrame(() => setTimeout(() => { window.flooded = { told, frames, gap: Math.round(gap) }; }));
              };
              tell();
              return true;
            };
            """
    }
}
