import JSON
import Spool
import SystemPackage
import Testing

/// The daemon is killed while it checks, and between turns: no turn is skipped, none repeated, and the verdict is the
/// same.
@Suite(.timeLimit(.minutes(5))) struct VerifyCrashOnceTests {
    private static let points: [CrashPoint] = [
        .claimRecorded, .checkMade, .checksMade, .nextTurnRecorded, .nextPromptSending, .nextPromptSent, .finishWritten,
    ]

    @Test(arguments: [1, 2], points)
    func killedDaemon_comesToTheSameVerdict(wire: Int, at point: CrashPoint) throws {
        let world = try World(wire: wire)
        try world.serve(["OPENLOOM_CRASH_AT": point.rawValue])
        try world.wait("the inbox is there") { Files.exists(world.inbox) }
        let task = try CheckedTask(world)
        try task.drop(
            ["write a.txt wrong", "turn 2", "write a.txt right"],
            verify: ["run: date +%N > made; grep -q right a.txt", "unchanged: made", "changed: a.txt"])
        #expect(
            world.daemon?.waitForExit(within: World.patience) == 137, "it should have died at \(point): \(world.story)")
        try world.serve()
        let end = try task.end()
        #expect(end.verdict == "verified", "\(end.reason) \(world.story)")
        #expect(world.prompts.count == 2)
        #expect(Set(world.prompts.compactMap { $0["messageID"]?.string }).count == 2)
        #expect(end.turns == 2)
    }

    @Test func checkOfAKilledDaemon_ends_andIsMadeAgain() throws {
        let world = try World()
        try world.serve()
        let task = try CheckedTask(world)
        try task.drop(
            ["write a.txt 1"],
            verify: ["run: echo $$ >> runs; test \"$(wc -l < runs)\" -ge 2 || exec sleep 1000"])
        try world.wait("the check has begun") { Files.text(task.workspace.appending("runs"))?.isEmpty == false }
        let process = Files.text(task.workspace.appending("runs"))?.filter(\.isNumber) ?? ""
        world.killDaemon()
        // Its supervisor sees that nobody waits for it any more.
        try world.wait("the check has ended") {
            Files.text(FilePath("/proc/\(process)/cmdline"))?.contains("sleep") != true
        }
        try world.serve()
        let end = try task.end()
        #expect(end.verdict == "verified")
        #expect(world.prompts.count == 1)
    }

    @Test func stoppedDaemon_endsTheCheck_andMakesItAgain() throws {
        let world = try World()
        try world.serve()
        let task = try CheckedTask(world)
        try task.drop(
            ["write a.txt 1"],
            verify: ["run: echo $$ >> runs; test \"$(wc -l < runs)\" -ge 2 || exec sleep 1000"])
        try world.wait("the check has begun") { Files.text(task.workspace.appending("runs"))?.isEmpty == false }
        let process = Files.text(task.workspace.appending("runs"))?.filter(\.isNumber) ?? ""
        #expect(world.stopDaemon() == 0)
        #expect(Files.text(FilePath("/proc/\(process)/cmdline"))?.contains("sleep") != true)
        #expect(world.names(.running).count == 1)
        try world.serve()
        #expect(try task.end().verdict == "verified")
    }

    @Test func agentsServerThatIsAway_betweenTurns_costsTimeOnly() throws {
        let world = try World(simulator: ["--state", "/dev/shm/openloom-\(UInt32.random(in: 0 ... .max)).jsonl"])
        try world.serve()
        let task = try CheckedTask(world)
        try task.drop(
            ["write a.txt wrong", "turn 2", "write a.txt right"],
            verify: ["run: echo > begun; while [ ! -e go ]; do :; done; grep -q right a.txt"])
        try world.wait("the check has begun") { Files.exists(task.workspace.appending("begun")) }
        world.killAgent()
        try Files.write("", to: task.workspace.appending("go"))
        let id = world.names(.running)[0]
        try world.wait("the next turn waits for the server") {
            world.log(id, .running).contains { $0["event"]?.string == "checks ended" }
        }
        try world.restartAgent()
        let end = try task.end()
        #expect(end.verdict == "verified", "\(end.reason)")
        #expect(world.prompts.count == 2)
        #expect(Files.names(end.directory.appending("attempts")) == [])
    }
}
