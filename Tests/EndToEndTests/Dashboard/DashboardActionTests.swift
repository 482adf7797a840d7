import Curl
import JSON
import Spool
import SystemPackage
import Testing

extension DashboardTests {
    /// What can be done, and that the tree says that it was done.
    @Suite struct Actions {
        @Test func askingAgents_areAnswered_andGoOn() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            let permission = try await DashboardTests.create(
                "Permission", in: workspace, of: world, "sim: ask bash rm -rf x\nsim: write a.txt 1\nsim: say Done.")
            try await Browser.with(world, .phone) { browser in
                try await browser.visit()
                try await browser.wait(
                    "it asks", "document.querySelector('section.ask .command')?.textContent === 'rm -rf x'")
                try await browser.click("section.ask button", "Allow once")
                _ = try world.wait(for: 1, in: .done)
                #expect(world.verdict(permission) == "changed")
                try await browser.wait(
                    "the verdict is there",
                    "document.querySelector('.overview').innerText.includes('Latest verdicts') && !document.querySelector('section.ask')"
                )

                let question = try await DashboardTests.create(
                    "Question", in: workspace, of: world, "sim: question Which? | Blue | Green\nsim: say Done.")
                try await browser.click("section.ask button", "Green")
                _ = try world.wait(for: 2, in: .done)
                let answers = world.log(question, .done).filter { $0["event"]?.string == "answered" }
                #expect(answers.first?.compact.contains("Green") == true)

                _ = try await DashboardTests.create(
                    "Form", in: workspace, of: world,
                    "sim: form Ship | size multiselect Large, Round, Flat | note string\nsim: say Done.")
                try await browser.wait("its first field is there", "document.querySelector('section.ask form')")
                try await browser.click("section.ask label", "Large")
                try await browser.click("section.ask label", "Flat")
                try await fillIn(browser) { world.names(.done).count == 3 }
                _ = try world.wait(for: 3, in: .done)
            }
        }

        /// Wire 1 asks one field of a form after the other; one that was sent stays, disabled, until it is gone.
        private func fillIn(_ browser: Browser, until isDone: () -> Bool) async throws {
            let open = "section.ask form fieldset:not(:disabled)"
            let end = ContinuousClock.now + World.patience
            while !isDone(), ContinuousClock.now < end {
                guard try await browser.count(open) > 0 else { continue }
                let field = "document.querySelector('\(open) legend')?.textContent"
                let asked = try await browser.evaluate(field).string ?? ""
                if try await browser.count("\(open) input[type=text]") > 0 {
                    try await browser.type("soon", into: "\(open) input[type=text]")
                }
                try await browser.click("section.ask button", "Send answer")
                try await browser.wait("it is sent", "\(field) !== \(JSONValue.string(asked).compact)")
            }
        }

        @Test func oneTask_isHeldReleasedCancelledRetriedArchivedAndDeleted() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            _ = try await world.api("PUT", "/api/pause")
            let id = try await DashboardTests.create("One", in: workspace, of: world, "sim: say Done.")
            try await Browser.with(world) { browser in
                try await browser.visit("#/tasks?task=\(id)")
                func act(_ label: String) async throws { try await browser.click(".drawer .acts button", label) }
                try await act("Hold One")
                try await browser.wait(
                    "it is held", "document.querySelector('.drawer .verdict').innerText.includes('Held')")
                #expect(Files.exists(world.task(id, .new).appending("hold")))
                try await act("Release One")
                try await browser.wait(
                    "it waits", "document.querySelector('.drawer .verdict').innerText.includes('Waits')")
                #expect(!Files.exists(world.task(id, .new).appending("hold")))
                try await act("Cancel One")
                try await browser.wait(
                    "it is cancelled", "document.querySelector('.drawer .verdict').innerText.includes('Cancelled')")
                #expect(world.names(.failed) == [id])
                // What waited can be put back.
                try await browser.click(".toast:last-child button", "Undo")
                try await browser.wait(
                    "it is back", "document.querySelector('.drawer .verdict').innerText.includes('Waits')")
                #expect(world.names(.new) == [id])
                _ = try await world.api("DELETE", "/api/pause")
                try await browser.wait(
                    "it has ended", "document.querySelector('.drawer .verdict').innerText.includes('Unchanged')")
                try await act("Archive One")
                try await browser.wait(
                    "it is archived",
                    "[...document.querySelectorAll('.drawer .acts button')].some((b) => b.textContent === 'Unarchive')")
                #expect(Files.exists(world.task(id, .done).appending("archived")))
                try await act("Unarchive One")
                try world.wait("it is not") { !Files.exists(world.task(id, .done).appending("archived")) }
                _ = try await world.api("PUT", "/api/pause")
                try await act("Retry One")
                try await browser.wait(
                    "it waits again", "document.querySelector('.drawer .verdict').innerText.includes('Waits')")
                _ = try await world.api("DELETE", "/api/pause")
                try await browser.wait(
                    "it was done again", "document.querySelector('.drawer .verdict').innerText.includes('Unchanged')")
                try await act("Delete One")
                try await browser.click("dialog button", "Delete")
                try await browser.wait(
                    "it is gone", "document.querySelector('.drawer').innerText.includes('no such task')")
                #expect(world.names(.done).isEmpty)
                try await browser.expectNoProblems(whileRequestsFail: true)
            }
        }

        @Test func manyTasks_areSelectedAndChanged_andUndone() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            _ = try await world.api("PUT", "/api/pause")
            for number in 1...5 {
                try await DashboardTests.create("Task \(number)", in: workspace, of: world, "Do \(number).")
            }
            func held() -> Int {
                world.names(.new).count { Files.exists(world.task($0, .new).appending("hold")) }
            }
            try await Browser.with(world) { browser in
                try await browser.visit("#/tasks")
                for number in [2, 4] { try await browser.click("input[aria-label=\"Select Task \(number)\"]") }
                try await browser.click(".bulk button", "Hold")
                try world.wait("two are held") { held() == 2 }
                try await browser.click(".toast:last-child button", "Undo")
                try world.wait("none is held") { held() == 0 }
                // All that the filters show, also what was not selected.
                try await browser.click("input[aria-label=\"Select Task 1\"]")
                try await browser.wait("something is selected", "document.querySelector('.bulk select')")
                _ = try await browser.run(
                    """
                    const all = document.querySelector('.bulk select');
                    all.value = 'hold';
                    all.dispatchEvent(new Event('change'));
                    """)
                try await browser.click("dialog button", "Hold")
                try world.wait("all are held") { held() == 5 }
                try await browser.wait(
                    "all are shown so",
                    "[...document.querySelectorAll('.row .word')].every((w) => w.textContent === 'Held')")
            }
        }

        @Test func newTasks_areMadeByAForm_thatSaysWhatIsWrong() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace("shop")
            try await Browser.with(world, .phone) { browser in
                try await browser.visit()
                try await browser.click("button.new")
                try await browser.click("dialog button", "Create task")
                try await browser.wait(
                    "both are named", "document.querySelectorAll('dialog .field.wrong .problem').length === 2")
                try await browser.type("sim: write a.txt 1\nsim: say Done.", into: "#new-goal")
                try await browser.type("By hand", into: "#new-name")
                try await browser.type(workspace.string, into: "#new-workspace")
                try await browser.click("dialog button", "Create task")
                try await browser.wait(
                    "the drawer is open", "document.querySelector('.drawer h2')?.textContent === 'By hand'")
                _ = try world.wait(for: 1, in: .done)
                try await browser.wait(
                    "it says what came of it",
                    "document.querySelector('.drawer .beside .side.fact')?.innerText.includes('1 file changed')")
                try await browser.click(".drawer button", "Close")
                // The workspace is offered from now on, and folders can be looked through.
                try await browser.click("button.new")
                try await browser.wait("it is offered", "document.querySelector('dialog .recent button')")
                try await browser.click("dialog button", "Browse")
                try await browser.wait(
                    "folders are listed", "document.querySelector('.browser .path')?.textContent.endsWith('/shop')")
                try await browser.click(".browser button", "Use this")
                // The form that was not filled in was refused.
                try await browser.expectNoProblems(whileRequestsFail: true)
            }
        }

        @Test func filesOfEveryFormat_areDropped_andABrokenOneIsExplained() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace("shop")
            _ = try await world.api("PUT", "/api/pause")
            try await DashboardTests.create("First", in: workspace, of: world, "So that a workspace is known.")
            let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            var paths = [root.appending("TaskSourceTests/Fixtures/python-docx.docx").string]
            for (name, text) in [
                ("one.md", "# From Markdown\n\nDo it."), ("two.txt", "Do two."),
                ("three.yaml", "name: From YAML\nworkspace: \(workspace)\ngoal: Do it.\n"),
                ("four.json", "{\"name\": \"From JSON\", \"workspace\": \"\(workspace)\", \"goal\": \"Do it.\"}"),
                ("five.yaml", "name: Broken\ngaol: x\n"),
            ] {
                try Files.write(text, to: world.root.appending("drops").appending(name))
                paths.append(world.root.appending("drops").appending(name).string)
            }
            try await Browser.with(world) { browser in
                try await browser.visit()
                for kind in ["dragEnter", "dragOver", "drop"] {
                    try await browser.command(
                        "Input.dispatchDragEvent",
                        [
                            "type": .string(kind), "x": 600, "y": 400,
                            "data": [
                                "items": [], "files": .array(paths.map { .string($0) }), "dragOperationsMask": 1,
                            ],
                        ])
                }
                try await browser.wait(
                    "all were sent",
                    "document.querySelectorAll('.uploads li.accepted, .uploads li.refused').length === 6")
                #expect(try await browser.count(".uploads li.refused") == 1)
                #expect(try await browser.text(".uploads li.refused").contains("did you mean \"goal\"?"))
                let names = Set(
                    world.names(.new).compactMap {
                        Files.json(world.task($0, .new).appending("task.json"))?["name"]?.string
                    })
                #expect(names.isSuperset(of: ["First", "From Markdown", "two", "From YAML", "From JSON"]))
                #expect(names.count == 6)
                try await browser.expectNoProblems(whileRequestsFail: true)
            }
        }

        @Test func switches_areTurned_andTheOtherTabKnows() async throws {
            let world = try await DashboardTests.world()
            try await Browser.with(world) { browser in
                try await browser.visit()
                let first = try await browser.currentTab()
                let second = try await browser.newTab()
                try await browser.visit("#/tasks")
                try await browser.tab(first)
                try await browser.click("[role=switch]", "Start tasks")
                try world.wait("the file is there") { Files.exists(world.spool.appending("pause")) }
                try await browser.tab(second)
                try await browser.wait(
                    "the other says so", "document.querySelector('.banner')?.innerText.includes('Paused')")
                // By a shell, and both know.
                try Files.remove(world.spool.appending("pause"))
                try await browser.wait("it is over", "!document.querySelector('.banner')")
                try await browser.tab(first)
                try await browser.wait("here, too", "document.querySelector('[role=switch]').ariaChecked === 'true'")
                try await browser.click("[role=switch]", "Accept tasks")
                try await browser.click("dialog button", "Stop accepting")
                try world.wait("it is closed") { Files.exists(world.spool.appending("closed")) }
                try await browser.click("[role=switch]", "Accept tasks")
                try world.wait("it is open") { !Files.exists(world.spool.appending("closed")) }
            }
        }

        @Test func webhooks_areTested_listedAndSentAgain() async throws {
            let receiver = try WebhookReceiver()
            let world = try await DashboardTests.world([
                "notify: {webhook: [{name: ci, url: \"\(receiver.url)\", max_retries: 0}]}"
            ])
            receiver.die()
            let workspace = try world.workspace()
            let id = try await DashboardTests.create("Told", in: workspace, of: world, "sim: say Done.")
            _ = try world.wait(for: 1, in: .done)
            let box = world.spool.appending("outbox/ci")
            try world.wait("all were given up") { Files.names(box.appending("failed")).count == 3 }
            try await Browser.with(world) { browser in
                try await browser.visit("#/webhooks")
                try await browser.click(".endpoint a.main")
                try await browser.wait("they are listed", "document.querySelectorAll('.delivery').length === 3")
                #expect(try await browser.text(".deliveries").contains("Told"))
                try await browser.click(".endpoint button", "Send ci a test")
                try await browser.wait("it failed", "document.querySelector('.test.bad')")
                try receiver.comeBack()
                try await browser.click(".endpoint button", "Send ci a test")
                try await browser.wait(
                    "it was taken", "document.querySelector('.test.good')?.innerText.includes('answered 200')")
                try await browser.click(".endpoint button", "Retry all of ci")
                try world.wait("they are delivered") { Files.names(box.appending("done")).count == 3 }
                try await browser.wait(
                    "it says so", "document.querySelector('.endpoint').innerText.includes('3 delivered')")
                #expect(Set(receiver.calls.map(\.task)).contains(id))
            }
        }

        @Test func sessions_areListed_openedArchivedAndDeleted() async throws {
            let world = try await DashboardTests.world()
            let workspace = try world.workspace()
            try await DashboardTests.create(
                "Ours", in: workspace, of: world, "sim: write a.txt 1\nsim: say Done with it.")
            _ = try world.wait(for: 1, in: .done)
            let session = try await world.promptByHand("sim: say Hello from nobody.", in: workspace)
            try await Browser.with(world) { browser in
                try await browser.visit("#/sessions")
                try await browser.wait("both are there", "document.querySelectorAll('.sessions .item').length === 2")
                #expect(try await browser.text(".sessions").contains("Ours"))
                _ = try await browser.run("location.hash = '#/sessions?session=\(session)'")
                try await browser.wait(
                    "it is open", "document.querySelector('.transcript')?.innerText.includes('Hello from nobody.')")
                try await browser.click(".drawer button", "Archive")
                try await browser.wait(
                    "it is archived",
                    "document.querySelectorAll('.sessions .item').length === 1 && [...document.querySelectorAll('.drawer button')].some((b) => b.textContent === 'Unarchive')"
                )
                try await browser.click(".drawer button", "Delete")
                try await browser.click("dialog button", "Delete")
                try await browser.wait("it is gone", "!document.querySelector('.drawer')")
                let left = try await world.api("GET", "/api/sessions").json["sessions"]?.array?.count
                #expect(left == 1)
            }
        }
    }
}
