import Glibc
import JSON
import Spool
import SystemPackage
import Testing

extension DashboardTests {
    /// What others wrote does no harm, and nobody gets in without a token.
    @Suite struct Safety {
        private static let hostile = "<img src=x onerror=\"window.harm=1\"><script>window.harm=1</script>"

        @Test func hostileNamesTextsFilesAndGoals_areText() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            let goal =
                "sim: say \(Self.hostile)\nsim: step\nsim: write a.html \(Self.hostile)\nsim: ask bash \(Self.hostile)\nsim: say \(Self.hostile)\n"
            let id = try await DashboardTests.create(Self.hostile, in: workspace, of: world, goal)
            let shown = JSONValue.string(Self.hostile).compact
            try await Browser.with(world) { browser in
                try await browser.visit()
                try await browser.wait(
                    "it asks", "document.querySelector('section.ask .command')?.textContent === \(shown)")
                try await browser.click("section.ask button", "Allow once")
                _ = try world.wait(for: 1, in: .done)
                for place in ["#/", "#/tasks", "#/activity", "#/sessions", "#/usage"] {
                    _ = try await browser.run("location.hash = '\(place)'")
                    try await browser.wait(
                        "it is named at \(place)", "document.querySelector('main').innerText.includes(\(shown))")
                }
                for tab in ["", "conversation", "changes", "timeline", "files", "raw"] {
                    _ = try await browser.run("location.hash = '#/tasks?task=\(id)&tab=\(tab)'")
                    try await browser.wait(
                        "\(tab) is there", "document.querySelector('.tab') && !document.querySelector('.tab .skeleton')"
                    )
                    #expect(try await browser.text(".drawer h2") == Self.hostile)
                }
                #expect(
                    try await browser.evaluate(
                        "window.harm ?? document.querySelectorAll('#app img, #app script, #app iframe').length") == 0)
            }
        }

        @Test func goalOfTwoMegabytes_isNotSentToLists_andShownOnlyIfItIsAskedFor() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            _ = try await world.api("PUT", "/api/pause")
            let goal = String(repeating: "All work and no play. ", count: 95_000)
            let id = try await DashboardTests.create("Long", in: workspace, of: world, goal)
            let sizes =
                "performance.getEntriesByType('resource').filter((r) => r.name.includes('/api/') && !r.name.includes('events')).reduce((all, r) => all + r.decodedBodySize, 0)"
            try await Browser.with(world) { browser in
                try await browser.visit("#/tasks")
                try await browser.wait("it is listed", "\(DashboardTests.row).length === 1")
                try await browser.click(".row.task a.main")
                try await browser.wait(
                    "its beginning is there", "document.querySelector('.goal')?.textContent.startsWith('All work')")
                #expect(try await browser.evaluate(sizes).int ?? .max < 60_000)
                #expect(
                    try await browser.evaluate("document.querySelector('.goal').textContent.length").int ?? .max < 5000)
                try await browser.click(".drawer .tab button")
                try await browser.wait(
                    "all of it is there", "document.querySelector('.goal').textContent.length === \(goal.utf8.count)")
                try await browser.press(["?"])
                try await browser.wait("the page answers", "document.querySelector('dialog[open]')")
            }
            #expect(world.names(.new) == [id])
        }

        @Test func token_isAskedForOnce_keptForTheTabAlone_andNeverInAnAddress() async throws {
            let token = "0123456789abcdef0123"
            let world = try World(wire: 1)
            try await Self.guarded(world, "dash read,submit,answer,admin \(token)\neye read fedcba98765432100000\n")
            try await Browser.with(world) { browser in
                try await browser.go(to: "http://127.0.0.1:\(world.port)/")
                try await browser.wait("it asks", "document.querySelector('dialog[open] #token')")
                #expect(try await PageChecks.problems(in: browser, touch: false).isEmpty)
                try await browser.picture("token-desk-light")
                try await browser.type("a wrong token, too long", into: "#token")
                try await browser.click("dialog button", "Go on")
                try await browser.wait(
                    "it says no", "document.querySelector('dialog .problem')?.innerText.includes('does not know')")
                _ = try await browser.run("document.getElementById('token').value = ''")
                try await browser.type(token, into: "#token")
                try await browser.click("dialog button", "Go on")
                try await browser.wait(
                    "it is live", "document.querySelector('.link.live') && !document.querySelector('dialog')")
                #expect(
                    try await browser.evaluate("location.href + document.cookie + JSON.stringify(localStorage)").string?
                        .contains(token) == false)
                let names = "performance.getEntriesByType('resource').map((r) => r.name).join()"
                #expect(try await browser.evaluate(names).string?.contains(token) == false)
                // It is there after the page was loaded anew, and in another tab it is not.
                try await browser.visit("#/tasks")
                _ = try await browser.newTab()
                try await browser.go(to: "http://127.0.0.1:\(world.port)/")
                try await browser.wait("it asks", "document.querySelector('dialog[open] #token')")
                // One that may only look is told so by what it can't press.
                try await browser.type("fedcba98765432100000", into: "#token")
                try await browser.click("dialog button", "Go on")
                try await browser.wait(
                    "it may look",
                    "document.querySelector('.link.live') && document.querySelector('button.new').disabled && document.querySelector('[role=switch]').disabled"
                )
                try await browser.expectNoProblems(whileRequestsFail: true)
            }
            #expect(world.daemon?.errorText.contains(token) == false)
        }

        /// Starts the daemon with tokens.
        private static func guarded(_ world: World, _ text: String) async throws {
            let path = world.root.appending("token")
            try Files.write(text, to: path)
            chmod(path.string, 0o600)
            try world.serve(["OPENLOOM_SERVER_TOKEN_FILE": path.string])
        }

        /// How soon there is something to see is printed: a figure, and no promise for every machine.
        @Test func manyTasks_areScrolledThrough_andRowsStayFew() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            let made = try world.shell(
                """
                i=0
                while [ $i -lt 410 ]; do
                  i=$((i + 1)); d=$(printf 'done/20261101T0000%05d-aaaaa-task-%d' $i $i); mkdir $d
                  printf '{"name":"Task %d","workspace":"\(workspace)","goal":"x","priority":5,"max_turns":3,"created":"2026-11-01T00:00:00.000Z","origin":{"kind":"cli"}}' $i > $d/task.json
                  printf '{"verdict":"changed","ended":"2026-11-01T00:00:01.000Z"}' > $d/result.json
                  echo changed > $d/verdict
                done
                """)
            #expect(made.code == 0, "\(made.errors)")
            try await Browser.with(world) { browser in
                try await browser.visit("#/tasks?state=done")
                try await browser.wait(
                    "the first page is there", "document.querySelector('.virtual')?.dataset.count === '200'")
                let paint = try await browser.evaluate(
                    "Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1)")
                print(
                    "first contentful paint: \(paint.compact) ms; transferred: \(try await browser.evaluate("performance.getEntriesByType('resource').filter((r) => r.name.includes('/dashboard/')).reduce((all, r) => all + r.transferSize, 0)").compact) bytes"
                )
                var shown = 0
                while shown < 410 {
                    _ = try await browser.run("document.querySelector('main').scrollTop = 1e9")
                    try await browser.wait(
                        "more is there", "Number(document.querySelector('.virtual').dataset.count) > \(shown)")
                    shown =
                        try await browser.evaluate("Number(document.querySelector('.virtual').dataset.count)").int
                        ?? 410
                    #expect(try await browser.count(".row") < 80)
                }
                try await browser.wait(
                    "the last is seen", "document.querySelector('main').innerText.includes('410 tasks')")
                try await browser.type("task-377", into: "#search")
                try await browser.wait(
                    "nothing fits", "document.querySelector('main').innerText.includes('No task fits')")
                _ = try await browser.run("location.hash = '#/tasks?q=Task+377'")
                try await browser.wait(
                    "one fits",
                    "\(DashboardTests.row).length === 1 && document.querySelector('.row .name').textContent === 'Task 377'"
                )
            }
        }
    }
}
