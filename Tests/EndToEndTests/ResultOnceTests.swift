import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// What whoever drops a file finds beside it.
@Suite(.timeLimit(.minutes(5))) struct ResultOnceTests {
    /// Drops a file that has its name as its title, in any format; the workspace is the configured one.
    private func drop(_ name: String, goal: String, into world: World) throws {
        let path = world.inbox.appending(name)
        let text: String
        switch path.extension {
        case "md": text = "# T\n\n\(goal)\n"
        case "txt": text = "\(goal)\n"
        case "json": text = JSONValue.object(["name": "T", "goal": .string(goal)]).pretty
        case "docx":
            let made = try world.shell(
                "/usr/bin/python3 -c 'import docx, sys; d = docx.Document(); d.add_heading(\"T\"); d.add_paragraph(sys.argv[1]); "
                    + "d.save(sys.argv[2])' '\(goal)' '\(world.root)/made' && mv '\(world.root)/made' '\(path)'")
            guard made.code == 0 else { throw Child.Failure(description: made.errors) }
            return
        default: text = "name: T\ngoal: \"\(goal)\"\n"
        }
        try Files.write(text, to: path)
    }

    private func world(archive: String? = nil, configuration: [String] = [], storage: [String] = []) throws -> World {
        let world = try World(outbox: "results", archive: archive, storage: storage, configuration: configuration)
        world.storage.append("workspace: \(try world.workspace())")
        return world
    }

    @Test func result_hasTheFormatOfItsSource() throws {
        let world = try world()
        try world.serve()
        for format in ["md", "txt", "yaml", "yml", "json", "docx"] {
            try drop("\(format).\(format)", goal: "sim: write \(format).txt x", into: world)
        }
        for format in ["md", "txt", "yaml", "yml", "json", "docx"] {
            try world.waitForFile(world.results.appending("\(format).result.\(format)"))
        }
        func text(_ name: String) -> String { Files.text(world.results.appending(name)) ?? "" }
        #expect(text("md.result.md").hasPrefix("# T\n\n**changed: 1 file changed"))
        #expect(text("md.result.md").contains("| `md.txt` | added |"))
        #expect(text("txt.result.txt").contains("\ntxt.txt | added |"))
        #expect(text("yaml.result.yaml").contains("\nstatus: \"completed\"\n"))
        #expect(text("yml.result.yml").contains("    - path: \"yml.txt\"\n      kind: \"added\"\n"))
        let record = try #require(Files.json(world.results.appending("json.result.json")))
        #expect(record["data"]?["changes"]?[0]?["path"]?.string == "json.txt")
        #expect(record["status"]?.string == "completed" && record["source"]?.string == "json.json")
        let read = try world.shell(
            "/usr/bin/python3 -c 'import docx, sys; d = docx.Document(sys.argv[1]); print(d.paragraphs[0].text); "
                + "print([c.text for t in d.tables for r in t.rows for c in r.cells])' '\(world.results)/docx.result.docx'"
        )
        #expect(read.code == 0, "\(read.errors)")
        #expect(read.output.hasPrefix("T\n") && read.output.contains("'docx.txt', 'added'"))
        // The files that were dropped are back, and no status is left.
        try world.wait("the sources are back") { Files.names(world.inbox).count == 6 }
        #expect(Files.names(world.inbox).allSatisfy { $0.contains(".done.") })
        #expect(try world.all(in: world.results).allSatisfy { $0.contains(".result.") })
    }

    @Test func status_saysWhatIsAsked_untilThereIsAResult() throws {
        let world = try world(archive: "archive")
        let archive = world.root.appending("archive")
        try world.serve()
        // One after the other: they work in the same directory.
        for format in ["json", "md", "docx"] {
            try drop("Trip.\(format)", goal: World.patientGoal, into: world)
            let status = world.results.appending("Trip.status.\(format)")
            try world.waitForFile(status)
            if format == "json" {
                try world.wait("it says that it waits") { Files.json(status)?["status"]?.string == "waiting" }
                let ask = try #require(Files.json(status)?["data"]?["asks"]?[0])
                #expect(ask["kind"]?.string == "permission" && ask["text"]?.string?.contains("/etc") == true)
            }
            if format == "md" {
                try world.wait("so does this one") { Files.text(status)?.contains("**waiting**") == true }
            }
            #expect(!Files.exists(archive.appending("Trip.\(format)")))
            try world.wait("the source is in the archive") {
                world.answerAll()
                return Files.exists(archive.appending("Trip.\(format)"))
            }
            #expect(!Files.exists(status) && Files.exists(world.results.appending("Trip.result.\(format)")))
        }
        #expect(Files.text(archive.appending("Trip.md"))?.contains(World.patientGoal) == true)
        #expect(Files.names(world.inbox) == [])
    }

    @Test func sameNameTwice_makesTwoResults_andLeavesWhatIsNotOurs() throws {
        let world = try world()
        try Files.write("mine", to: world.results.appending("B.result.md"))
        try world.serve()
        try world.drop("A", workspace: try world.workspace("one"), goal: World.patientGoal)
        try world.waitForFile(world.results.appending("A.status.md"))
        try world.drop("A", workspace: try world.workspace("two"), goal: World.patientGoal)
        try world.waitForFile(world.results.appending("A (2).status.md"))
        try drop("B.md", goal: "sim: write b.txt b", into: world)
        try world.wait("all are done") {
            world.answerAll()
            return Files.names(world.inbox).count == 3
        }
        #expect(
            Files.names(world.results) == ["A (2).result.md", "A.result.md", "B (2).result.md", "B.result.md"])
        #expect(Files.text(world.results.appending("B.result.md")) == "mine")
        #expect(Files.names(world.inbox) == ["A (2).done.md", "A.done.md", "B.done.md"])
        let ids = world.names(.done)
        for name in ["A", "A (2)", "B (2)"] {
            let text = Files.text(world.results.appending("\(name).result.md")) ?? ""
            #expect(ids.filter { text.contains($0) }.count == 1)
        }
    }

    @Test func outboxThatIsTheInbox_isNotFedWithItsOwnResults() async throws {
        let world = try World(outbox: "inbox")
        let workspace = try world.workspace()
        world.storage.append("workspace: \(workspace)")
        try world.serve()
        try drop("A.md", goal: "sim: write a.txt a", into: world)
        try world.waitForFile(world.inbox.appending("A.done.md"))
        try Files.write("# Copy\n\nsim: write c.txt c\n", to: world.inbox.appending("A.result (conflicted copy).md"))
        // Seen again by whoever starts, and by whoever is told of another file.
        world.killDaemon()
        try world.serve()
        try drop("B.md", goal: "sim: write b.txt b", into: world)
        try world.waitForFile(world.inbox.appending("B.done.md"))
        #expect(
            Files.names(world.inbox) == [
                "A.done.md", "A.result (conflicted copy).md", "A.result.md", "B.done.md", "B.result.md",
            ])
        #expect(world.names(.done).count == 2 && world.names(.failed) == [] && world.prompts.count == 2)

        // Nobody dropped this one.
        let made = try await world.api(
            "POST", "/api/tasks", body: ["name": "C", "workspace": .string(workspace.string), "goal": "sim: say hi"])
        #expect(made.status < 300)
        _ = try world.wait(for: 3, in: .done)
        try drop("D.md", goal: "sim: write d.txt d", into: world)
        try world.waitForFile(world.inbox.appending("D.done.md"))
        #expect(Files.names(world.inbox).count == 7)
    }

    @Test func outboxThatIsMissing_costsNoTask_andGetsItsResultsWhenItIsThere() throws {
        let world = try world(archive: "archive")
        try Files.remove(world.results)
        try world.serve()
        try drop("A.md", goal: "sim: write a.txt a", into: world)
        _ = try world.wait(for: 1, in: .done)
        try world.wait("the log says so") {
            world.daemon?.errorText.contains("the outbox \(world.results) is not there") == true
        }
        let doctor = try world.openloom(["doctor", "--config", world.root.appending("config.yaml").string])
        #expect(doctor.output.contains("the outbox \(world.results) is not there: make it"))
        #expect(Files.names(world.root.appending("archive")) == [])
        // Neither a restart nor a second task changes anything about it.
        world.killDaemon()
        try world.serve()
        try drop("B.md", goal: "sim: write b.txt b", into: world)
        _ = try world.wait(for: 2, in: .done)

        try Files.makeDirectory(world.results)
        try world.wait("both are there") { Files.names(world.results) == ["A.result.md", "B.result.md"] }
        try world.wait("the sources as well") { Files.names(world.root.appending("archive")) == ["A.md", "B.md"] }
        try world.wait("the log says so") { world.daemon?.errorText.contains("results are placed again") == true }
        let after = try world.openloom(["doctor", "--config", world.root.appending("config.yaml").string])
        #expect(after.output.contains("results in \(world.results)"))
    }

    @Test func retriedTask_hasItsResultReplaced_butNotOneThatSomebodyEdited() throws {
        let world = try world(archive: "archive")
        try world.serve()
        try drop("A.json", goal: "sim: fail auth", into: world)
        let result = world.results.appending("A.result.json")
        func ended() -> String? { Files.json(result)?["data"]?["ended"]?.string }
        try world.wait("it failed, and says so") { Files.names(world.root.appending("archive")) == ["A.json"] }
        let first = try #require(ended())
        #expect(Files.json(result)?["status"]?.string == "failed")
        let id = world.names(.failed)[0]
        #expect(try world.openloom(["retry", id]).code == 0)
        try world.wait("there is a newer result, and nothing else") {
            ended().map { $0 > first } ?? false && Files.names(world.results) == ["A.result.json"]
        }

        try world.wait("it is settled") {
            Files.json(world.task(id, .failed).appending("placed.json"))?["result_of"]?.string == ended()
        }
        try Files.write("edited", to: result)
        #expect(try world.openloom(["retry", id]).code == 0)
        try world.waitForFile(world.results.appending("A (2).result.json"))
        #expect(Files.text(result) == "edited")
        #expect(Files.names(world.root.appending("archive")) == ["A.json"])
    }

    @Test func projects_haveTheirOwnFolders_language_andTimeZone() async throws {
        let world = try world(
            archive: "archive", configuration: ["harness: {timezone: Asia/Shanghai}"], storage: ["language: zh"])
        world.configuration.append("workspaces: {shop: \(try world.workspace("shop"))}")
        try world.serve()
        try world.wait("the project has its folder") { Files.exists(world.inbox.appending("shop")) }
        try drop("shop/A.md", goal: "sim: write a.txt a", into: world)
        try world.waitForFile(world.root.appending("archive/shop/A.md"))
        let text = Files.text(world.results.appending("shop/A.result.md")) ?? ""
        #expect(text.contains("**已更改：更改了 1 个文件") && text.contains("## 事实：磁盘上的实际情况"))
        #expect(text.contains("| 结束时间 |") && text.contains("+08:00 |"))
        #expect(Files.names(world.results) == ["shop"] && Files.names(world.inbox) == ["shop"])

        // The same zone is that of schedules without one, for the daemon and for the command, and that of days.
        try Files.write(
            "cron: '0 2 * * *'\ntask: {name: n, workspace: \(try world.workspace()), goal: 'sim: say hi'}\n",
            to: world.spool.appending("schedules/nightly.yaml"))
        let schedule = try await world.api("GET", "/api/schedules/nightly").json["schedule"]
        #expect(schedule?["timezone"]?.string == "Asia/Shanghai")
        #expect(schedule?["next"]?.string?.hasSuffix("T18:00:00.000Z") == true)
        let shown = try world.openloom([
            "schedules", "show", "nightly", "--config", world.root.appending("config.yaml").string,
        ])
        #expect(shown.output.contains("Asia/Shanghai"), "\(shown)")
        #expect(try await world.api("GET", "/api/usage?by=day").json["timezone"]?.string == "CST")
    }

    @Test func deletedTask_leavesNoStatus() throws {
        let world = try world()
        try world.serve()
        try drop("A.md", goal: World.patientGoal, into: world)
        try world.waitForFile(world.results.appending("A.status.md"))
        try world.wait("it asks") { world.openAsk != nil }
        _ = try world.shell("rm -rf running/*; rm -rf running/*")
        try world.wait("the status is gone") { Files.names(world.results) == [] }
    }
}
