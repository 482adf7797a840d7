import JSON
import Spool
import SystemPackage
import Testing

/// The agent claims, the daemon checks, and only that decides.
@Suite(.timeLimit(.minutes(5))) struct VerifyTests {
    private func run(
        _ script: [String], verify: [String], maxTurns: Int = 3, configuration: [String] = [],
        prepare: (FilePath) throws -> Void = { _ in }
    ) throws -> CheckedTask.Ending {
        let world = try World(configuration: configuration)
        try world.serve()
        let task = try CheckedTask(world)
        try prepare(task.workspace)
        try task.drop(script, verify: verify, maxTurns: maxTurns)
        return try task.end()
    }

    @Test func truth_isVerified_inOneTurn() throws {
        let end = try run(
            ["write a.txt Hello"],
            verify: [
                "exists: a.txt", "absent: b.txt", "contains: {path: a.txt, regex: \"^Hel+o$\"}", "changed: \"*.txt\"",
                "unchanged: tests", "run: echo out && test -s a.txt",
            ])
        #expect(end.verdict == "verified" && end.state == .done)
        #expect(end.world.prompts.count == 1)
        #expect(end.result?["checks"]?.array?.count == 6)
        #expect(end.result?["checks"]?.array?.allSatisfy { $0["passed"]?.bool == true } == true)
        #expect(end.text("evidence/checks/06-echo-out-test-s-a-txt-succeeds.log") == "out\n")
        #expect(end.text("evidence/turns/1/checks/06-echo-out-test-s-a-txt-succeeds.log") == "out\n")
        #expect(end.text("evidence/turns/1/claim.md")?.contains("TASK COMPLETE") == true)
        #expect(end.text("evidence/turns/1/prompt.md")?.contains("sim: write a.txt") == true)
        #expect(end.text("evidence/turns/1/changes.json")?.contains("a.txt") == true)
        #expect(end.log.filter { $0.hasPrefix("check") } == ["checks started", "checks ended"])
    }

    @Test func liar_isToldAndCaught() throws {
        let end = try run(
            [
                "say I have written it.", "turn 2", "say Now I have.", "write other.txt 2", "turn 3",
                "write other.txt 3",
            ],
            verify: ["exists: a.txt"])
        #expect(end.verdict == "unverified" && end.state == .failed)
        #expect(end.reason.contains("1 of 1 checks failed after 3 turns: a.txt exists: a.txt is not there"))
        #expect(end.world.prompts.count == 3)
        #expect(Set(end.world.prompts.compactMap { $0["session"]?.string }).count == 1)
        #expect(end.turns == 3)
        let told = end.world.prompts[1]["text"]?.string ?? ""
        #expect(told.contains("a.txt is not there") && told.contains("turn 2 of 3") && told.contains("TASK COMPLETE"))
        #expect(end.text("evidence/turns/2/prompt.md")?.contains("a.txt is not there") == true)
        #expect(end.log.count { $0 == "turn started" } == 2 && end.log.count { $0 == "check failed" } == 3)
    }

    @Test func usage_isThatOfAllTurns_byModelToo() throws {
        let end = try run(
            ["write a.txt wrong", "turn 2", "write a.txt right"], verify: ["contains: {path: a.txt, text: right}"])
        #expect(end.verdict == "verified" && end.turns == 2)
        let usage = end.result?["usage"]
        let models = usage?["models"]?.array ?? []
        func sum(_ kinds: [String]) -> Int {
            models.reduce(0) { sum, model in kinds.reduce(sum) { $0 + (model["tokens"]?[$1]?.int ?? 0) } }
        }
        #expect(models.count == 1)
        #expect(sum(["input", "output", "reasoning"]) == usage?["tokens"]?.int)
        #expect(models.first?["steps"] == usage?["steps"])
        let turns = end.result?["turns"]?.array ?? []
        #expect(
            turns.count == 2 && turns.reduce(0) { $0 + ($1["usage"]?["tokens"]?.int ?? 0) } == usage?["tokens"]?.int)
        #expect(turns.allSatisfy { ($0["usage"]?["tokens"]?.int ?? 0) > 0 })
    }

    @Test func liarWhoDoesNothing_isNotAskedForEver() throws {
        let end = try run(["say Done.", "turn 2", "say Really done."], verify: ["exists: a.txt"], maxTurns: 10)
        #expect(end.verdict == "unverified")
        #expect(end.reason.contains("nothing on disk changed since"))
        #expect(end.world.prompts.count == 2)
    }

    @Test func mistake_isMended_inTheSecondTurn() throws {
        let end = try run(
            ["write a.txt wrong", "turn 2", "write a.txt right"],
            verify: ["contains: {path: a.txt, text: right}", "run: cat a.txt; grep -q right a.txt"])
        #expect(end.verdict == "verified")
        #expect(end.world.prompts.count == 2)
        let told = end.world.prompts[1]["text"]?.string ?? ""
        #expect(told.contains("2 of 2 checks did not pass") && told.contains("exit status 1"))
        // The end of the command's output, in a fence.
        #expect(told.contains("```text\nwrong\n```"))
        let turns = end.result?["turns"]?.array ?? []
        #expect(turns.map { $0["passed"]?.bool } == [false, true])
        // What the agent reads in the first turn is what it wrote there.
        #expect(end.text("evidence/turns/1/checks/02-cat-a-txt-grep-q-right-a-txt-succeeds.log") == "wrong\n")
        #expect(end.text("evidence/checks/02-cat-a-txt-grep-q-right-a-txt-succeeds.log") == "right\n")
    }

    @Test func outputOfACommand_reachesTheAgent() throws {
        let end = try run(
            ["write a.txt wrong"], verify: ["run: \"test -e told.txt || { echo 'sim: write told.txt yes'; exit 1; }\""])
        #expect(end.verdict == "verified")
        #expect(end.world.prompts.count == 2)
    }

    @Test func taskThatEditsItsTests_isCaught_unlessItPutsThemBack() throws {
        func prepare(_ workspace: FilePath) throws {
            try Files.makeDirectory(workspace.appending("tests"))
            try Files.write("original\n", to: workspace.pushing("tests/t.txt"))
        }
        let caught = try run(
            ["write tests/t.txt easier", "turn 2", "write a.txt b"], verify: ["unchanged: tests"], maxTurns: 2,
            prepare: prepare)
        #expect(caught.verdict == "unverified")
        #expect(caught.check(1) == ("failed", "tests/t.txt changed"))
        let mended = try run(
            ["write tests/t.txt easier", "turn 2", "write tests/t.txt original"], verify: ["unchanged: tests"],
            prepare: prepare)
        #expect(mended.verdict == "verified")
    }

    @Test func noChangeNeeded_isHeldAgainstTheChecks() throws {
        let isSo = try run(["nochange"], verify: ["exists: a.txt"]) { try Files.write("x", to: $0.appending("a.txt")) }
        #expect(isSo.verdict == "verified")
        #expect(isSo.result?["claim"]?["marker"]?.string == "noChange")
        let isNot = try run(["nochange", "turn 2", "nochange"], verify: ["exists: a.txt"])
        #expect(isNot.verdict == "unverified")
    }

    @Test func whatCommandsLeaveBehind_isNotTheAgents() throws {
        let end = try run(
            ["write a.txt 1", "turn 2", "write a.txt 2"],
            verify: [
                "run: mkdir -p tests; date +%N > tests/report; grep -q 2 a.txt", "unchanged: tests",
            ])
        #expect(end.verdict == "verified", "\(end.reason)")
        #expect(end.world.prompts.count == 2)
    }

    @Test func commands_thatHangOrFloodOrFork_areEnded() throws {
        let end = try run(
            ["write a.txt 1"],
            verify: [
                "{run: sleep 1000, timeout_s: 0.3}", "{run: head -c 300000000 /dev/zero, output_limit: 2048}",
                "run: sleep 1000 & echo $! > child; exit 0", "run: [\"no-such-program\"]",
            ], maxTurns: 1)
        #expect(end.verdict == "unverified")
        #expect(end.check(1).found.contains("did not end within 0.3 s"))
        #expect(end.check(2).outcome == "passed")
        #expect(
            Files.text(end.directory.pushing("evidence/checks/02-head-c-300000000-dev-zero-succeeds.log"))?.utf8.count
                ?? 0 < 3000)
        #expect(end.check(3).outcome == "passed")
        #expect(end.check(4).outcome == "error")
    }

    @Test func checksOfTheConfiguration_areFixedWhenTheTaskIsAccepted() throws {
        let world = try World(configuration: [
            "checks: {greeting: {contains: {path: a.txt, text: Hello}}}", "verify: {run: named}",
        ])
        try world.serve()
        let task = try CheckedTask(world)
        try world.wait("the inbox is there") { Files.exists(world.inbox) }
        try Files.write("", to: world.spool.appending("pause"))
        try task.drop(["write a.txt Hello"], verify: ["greeting"])
        let id = try world.wait(for: 1, in: .new)[0]
        let spec = Files.json(world.task(id, .new).appending("task.json"))
        #expect(spec?["verify"]?[0]?["contains"]?["text"]?.string == "Hello")
        #expect(spec?["verify_sha256"]?.string?.count == 64)
        #expect(world.stopDaemon() == 0)
        world.configuration = ["checks: {greeting: {exists: nothing}}"]
        try Files.remove(world.spool.appending("pause"))
        try world.serve()
        #expect(try task.end().verdict == "verified")
    }

    @Test func changedChecks_areRefused() throws {
        let world = try World()
        try world.serve()
        let task = try CheckedTask(world)
        try Files.write("", to: world.spool.appending("pause"))
        try task.drop(["say Done."], verify: ["exists: a.txt"])
        let id = try world.wait(for: 1, in: .new)[0]
        let file = world.task(id, .new).appending("task.json")
        try Files.write((Files.text(file) ?? "").replacing("a.txt", with: "."), to: file)
        try Files.remove(world.spool.appending("pause"))
        let end = try task.end()
        #expect(end.verdict == "invalid")
        #expect(end.reason.contains("verify_sha256"))
        #expect(world.prompts.isEmpty)
    }

    @Test func checks_areTold_byTheCommandLineAndREST() async throws {
        let world = try World()
        try world.serve()
        let workspace = try world.workspace()
        try Files.write("# Task\n\nsim: write a.txt a\n", to: world.root.appending("job.md"))
        let made = try world.openloom([
            "submit", world.root.appending("job.md").string, "--workspace", workspace.string, "--verify",
            "a.txt exists", "--verify", "run: cat b.txt",
        ])
        #expect(made.code == 0, "\(made.errors)")
        try world.wait("it has ended") { world.names(.failed).count == 1 }
        let id = world.names(.failed)[0]

        let task = try await world.api("GET", "/api/tasks/\(id)").json["task"]
        #expect(task?["checks"]?.array?.map { $0["outcome"]?.string } == ["passed", "failed"])
        #expect(task?["spec"]?["verify"]?[1]?["run"]?.string == "cat b.txt")
        #expect(task?["check_log"]?.array?.contains { $0["summary"]?.string?.hasPrefix("Not so: ") == true } == true)
        let shown = try world.openloom(["show", id])
        #expect(shown.output.contains("✓ a.txt exists") && shown.output.contains("✗ `cat b.txt` succeeds"))

        let again = try world.openloom(["verify", id, "--json"])
        #expect(again.code == 1, "\(again.errors)")
        #expect((try? JSONValue(parsing: again.output))?["checks"]?.array?.count == 2)
        try Files.write("b\n", to: workspace.appending("b.txt"))
        let mended = try world.openloom(["verify", id])
        #expect(mended.code == 0, "\(mended.output)\(mended.errors)")
        #expect(mended.output.contains("✓ `cat b.txt` succeeds"))
        // The task stays as it was.
        #expect(world.verdict(id) == "unverified")
        #expect(
            try world.openloom(["submit", "-", "-w", workspace.string, "--verify", "no check"], input: "x").code == 64)
    }

    @Test func furtherTurn_isAnEvent() throws {
        let world = try World()
        try world.serve()
        let task = try CheckedTask(world)
        try task.drop(
            ["write a.txt 1", "turn 2", "think 0.2", "write a.txt 2"], verify: ["contains: {path: a.txt, text: \"2\"}"])
        #expect(try task.end().verdict == "verified")
        func events() -> [String] {
            let journal = world.spool.appending("journal")
            let files = Files.names(journal).flatMap { node in
                Files.names(journal.appending(node)).map { journal.appending(node).appending($0) }
            }
            return files.flatMap { (Files.text($0) ?? "").split(separator: "\n") }
                .compactMap { (try? JSONValue(parsing: String($0)))?["event"]?.string }
        }
        try world.wait("the journal has the end") { events().last == "TASK_COMPLETED" }
        #expect(events() == ["TASK_CREATED", "TASK_STARTED", "TASK_UPDATED", "TASK_COMPLETED"])
    }

    @Test func cancel_stopsACheck() throws {
        let world = try World()
        try world.serve()
        let task = try CheckedTask(world)
        try task.drop(["write a.txt 1"], verify: ["run: echo $$ > started; sleep 1000"])
        try world.wait("the check has begun") { Files.text(task.workspace.appending("started"))?.isEmpty == false }
        let id = world.names(.running)[0]
        #expect(try world.openloom(["cancel", id]).code == 0)
        #expect(try task.end().verdict == "cancelled")
        let process = Files.text(task.workspace.appending("started"))?.filter(\.isNumber) ?? ""
        try world.wait("the command is gone") {
            Files.text(FilePath("/proc/\(process)/cmdline"))?.contains("sh") != true
        }
    }
}
