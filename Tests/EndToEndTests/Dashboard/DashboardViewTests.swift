import JSON
import Spool
import SystemPackage
import Testing

extension DashboardTests {
    /// What each view shows of what is so, and that everybody can use it.
    @Suite struct Views {
        private static let places: [(name: String, place: String, ready: String)] = [
            ("overview", "#/", "document.querySelector('.weave') && document.querySelector('.bars')"),
            ("tasks", "#/tasks", "document.querySelectorAll('.row.task').length > 6"),
            ("activity", "#/activity", "document.querySelectorAll('.row.event').length > 6"),
            ("schedules", "#/schedules", "document.querySelectorAll('.schedule').length === 2"),
            ("sessions", "#/sessions", "document.querySelector('.sessions .item')"),
            ("webhooks", "#/webhooks", "document.querySelector('.endpoint')"),
            ("usage", "#/usage", "document.querySelector('.usage .data td')"),
        ]

        /// Every view and every part of the drawer, on a desk and on a phone, by day and by night.
        @Test func everyView_canBeReadAndUsedByEverybody_onADeskAndOnAPhone() async throws {
            let world = try await DashboardTests.world(["bus: {webhook_url: \"http://127.0.0.1:9/hook\"}"])
            try await DashboardTests.fill(world)
            try DashboardTests.schedule("nightly", "cron: 30 2 * * *\ntimezone: Europe/Berlin", of: world)
            try DashboardTests.schedule("broken", "cron: 30 2 * *", of: world)
            let ended = try #require(world.names(.done).first)
            let asking = try #require(world.names(.running).first)
            var places = Self.places
            places.append(
                (
                    "task", "#/tasks?task=\(ended)",
                    "document.querySelector('.beside') && !document.querySelector('.skeleton')"
                ))
            places.append(("task-asks", "#/?task=\(asking)", "document.querySelector('.drawer .answers')"))
            for tab in ["conversation", "changes", "timeline", "files", "raw"] {
                let ready = "document.querySelector('.tab') && !document.querySelector('.tab .skeleton')"
                places.append(("task-\(tab)", "#/tasks?task=\(ended)&tab=\(tab)", ready))
            }
            for screen in [Browser.Screen.desk, .phone] {
                try await Browser.with(world, screen) { browser in
                    try await browser.visit()
                    for isDark in [false, true] {
                        var now = screen
                        now.isDark = isDark
                        now.height = screen.isTouch ? 780 : 900
                        now.width = screen.isTouch ? 360 : 1440
                        try await browser.show(on: now)
                        for (name, place, ready) in places {
                            _ = try await browser.run("location.hash = \(JSONValue.string(place).compact)")
                            try await browser.wait("\(name) is there", ready)
                            let problems = try await PageChecks.problems(in: browser, touch: now.isTouch)
                            #expect(problems.isEmpty, "\(name) on \(now.description)")
                            try await browser.picture(
                                "\(name)-\(now.isTouch ? "phone" : "desk")-\(isDark ? "dark" : "light")")
                        }
                        for (name, key) in [("create", "n"), ("keys", "?")] {
                            _ = try await browser.run("location.hash = '#/'")
                            try await browser.wait("no drawer", "!document.querySelector('.drawer')")
                            try await browser.press([key])
                            try await browser.wait("the dialog is open", "document.querySelector('dialog[open]')")
                            let problems = try await PageChecks.problems(in: browser, touch: now.isTouch)
                            #expect(problems.isEmpty, "\(name) on \(now.description)")
                            try await browser.picture(
                                "\(name)-\(now.isTouch ? "phone" : "desk")-\(isDark ? "dark" : "light")")
                            try await browser.press([Key.escape])
                            try await browser.wait("it is closed", "!document.querySelector('dialog')")
                        }
                    }
                }
            }
        }

        @Test func emptyViews_sayWhatCouldBeThere() async throws {
            let world = try await DashboardTests.world()
            try await Browser.with(world, .phone) { browser in
                for (place, words) in [
                    ("#/", "No task yet"), ("#/tasks", "No task yet"), ("#/tasks?q=x", "No task fits"),
                    ("#/activity", "Nothing has happened"), ("#/schedules", "No schedule"),
                    ("#/sessions", "No session"),
                    ("#/webhooks", "Nobody is told"), ("#/usage", "Nothing was used"),
                    ("#/?task=gone", "There is no such task"),
                ] {
                    try await browser.visit(place)
                    try await browser.wait(
                        words, "document.body.innerText.includes(\(JSONValue.string(words).compact))")
                    let problems = try await PageChecks.problems(in: browser, touch: true)
                    #expect(problems.isEmpty, "\(place)")
                    // A task that is not there is asked for, and the browser notes the 404.
                    try await browser.expectNoProblems(whileRequestsFail: true)
                }
            }
        }

        @Test func overview_saysWhatTheTreeSays() async throws {
            let world = try await DashboardTests.world()
            try await DashboardTests.fill(world)
            try await Browser.with(world) { browser in
                try await browser.visit()
                let cells =
                    "[...document.querySelectorAll('.flow .cell')].map((c) => c.innerText.split('\\n').slice(0, 2).join(' '))"
                let counts = try await browser.wait("the counts are there", cells)
                #expect(counts == ["New 2", "Running 1", "Asking you 2", "Done 2", "Failed 1"])
                #expect(try await browser.count(".overview section.ask") == 2)
                #expect(try await browser.text(".overview").contains("says done = 1 file changed"))
                #expect(try await browser.text(".overview").contains("says no change needed = nothing changed"))
                try await browser.wait(
                    "the plots are there", "document.querySelectorAll('svg.bars rect.bar').length >= 3")
                #expect(try await browser.text(".health").contains("OpenCode 1."))
                // Each task that was worked on has its thread.
                #expect(try await browser.count(".weave .thread") == 6)
            }
        }

        /// What is seen at first does not wait for the modules, and is what they draw.
        @Test func numbers_areThereBeforeTheApplication_whichLooksTheSame() async throws {
            let world = try await DashboardTests.world()
            try await DashboardTests.fill(world)
            // Words, elements and attributes, whatever their order; the application adds counts of its own.
            let parts = """
                [...document.querySelectorAll('.brand, .rail nav a, .flow .label, .flow .numeral')].flatMap((part) => {
                  const copy = part.cloneNode(true);
                  copy.querySelector('.count')?.remove();
                  const elements = [...copy.querySelectorAll('*')].map((e) =>
                    [e.localName, ...[...e.attributes].map((a) => `${a.name}=${a.value}`).sort()].join(' '));
                  return [copy.textContent, ...elements];
                })
                """
            try await Browser.with(world) { browser in
                try await browser.command("Network.enable", [:])
                try await browser.command("Network.setBlockedURLs", ["urls": ["*/app.js"]])
                try await browser.go(to: "http://127.0.0.1:\(world.port)/")
                let numbers = "[...document.querySelectorAll('.flow .numeral')].map((n) => n.textContent).join(' ')"
                try await browser.wait("the numbers are there", "\(numbers) === '2 1 2 2 1'")
                #expect(try await browser.evaluate("document.querySelector('.link').innerText") == "Connecting")
                for screen in [Browser.Screen.desk, .phone] {
                    try await browser.show(on: screen)
                    #expect(try await PageChecks.problems(in: browser, touch: screen.isTouch).isEmpty)
                }
                let first = try await browser.evaluate(parts)
                #expect(first.array?.count ?? 0 > 40)
                try await browser.expectNoProblems(whileRequestsFail: true)
                try await browser.command("Network.setBlockedURLs", ["urls": []])
                try await browser.visit()
                #expect(try await browser.evaluate(parts) == first)
            }
        }

        @Test func usage_saysWhatTheApiSays() async throws {
            let world = try await DashboardTests.world()
            try await DashboardTests.fill(world)
            try await Browser.with(world) { browser in
                try await browser.visit("#/usage")
                try await browser.wait("it is read", "document.querySelector('.usage .data td')")
                let total = try await world.api("GET", "/api/usage?by=model").json["total"]
                let cost = try #require(total?["cost"]?.double)
                let shown = try await browser.text(".figurebox .numeral")
                #expect(Double(shown.dropFirst()).map { abs($0 - cost) < 0.001 } == true, "\(shown) for \(cost)")
                let text = try await browser.text(".usage")
                #expect(text.contains("simulator/scripted") && text.contains("Fix the login form"))
                try await browser.click(".usage .segments a", "Today")
                try await browser.wait(
                    "today is read", "location.hash.includes('period=1') && document.querySelector('.usage .data td')")
            }
        }

        @Test func keyboardAlone_isEnough() async throws {
            let world = try await DashboardTests.world()
            try await DashboardTests.fill(world)
            let workspace = try world.workspace("shop")
            try await Browser.with(world) { browser in
                try await browser.visit()
                let focus = try await PageChecks.focusProblems(in: browser, steps: 30)
                #expect(focus.problems.isEmpty)
                #expect(focus.places > 20)
                try await browser.press(["g", "t"])
                try await browser.wait("the tasks are there", "\(DashboardTests.row).length > 6")
                try await browser.press(["j", "j"])
                let second = "document.activeElement.closest('[data-row]')?.dataset.row"
                let id = try await browser.wait(
                    "the second has the focus",
                    "document.activeElement.closest('.row')?.ariaPosInSet === '2' && \(second)")
                try await browser.press(["x"])
                try await browser.wait("it is selected", "document.querySelector('.row.chosen input:checked')")
                try await browser.press([Key.enter])
                try await browser.wait(
                    "the drawer has the focus", "document.activeElement.matches('.drawer h2')")
                try await browser.press([Key.escape])
                try await browser.wait(
                    "the focus is back", "!document.querySelector('.drawer') && \(second) === \(id.compact)")
                try await browser.press(["n"])
                try await browser.wait("the form is open", "document.activeElement.id === 'new-goal'")
                try await browser.wait("the workspace is filled in", "document.getElementById('new-workspace').value")
                try await browser.press(["d", "o", " ", "i", "t"])
                try await browser.press([Key.enter], holding: Key.control)
                let made = try await browser.wait(
                    "the drawer shows it", "document.querySelector('.drawer .ids code')?.textContent")
                #expect(
                    Files.text(world.task(made.string ?? "", .new).appending("task.json"))?.contains(workspace.string)
                        == true
                        || world.names(.running).contains(made.string ?? "")
                        || world.names(.done).contains(made.string ?? ""))
            }
        }
    }
}
