import JSON
import Spool
import SystemPackage
import Testing

/// The daemon is killed at each instant that its protocol names, and started again.
@Suite struct CrashTests {
    /// Where a daemon that takes a dropped file and works on it comes by.
    static let points: [CrashPoint] = [
        .intakePrepared, .intakeClaimed, .intakeWritten, .submitMoved, .attemptSetAside, .claimMoved, .sessionCreated,
        .sessionRecorded, .evidenceRecorded, .turnRecorded, .promptSending, .promptSent, .finishWritten, .finishMoved,
    ]

    @Test(arguments: points)
    func killedDaemon_goesOn_withOnePromptAndOneTask(at point: CrashPoint) throws {
        let world = try World()
        try world.serve(["OPENLOOM_CRASH_AT": point.rawValue])
        try world.wait("the spool is there") { Files.exists(world.inbox) }
        let workspace = try world.workspace()
        try world.drop("Survivor", workspace: workspace, goal: "sim: write survivor.txt alive")
        let code = world.daemon?.waitForExit(within: World.patience)
        #expect(code == Int32(137), "it should have died at \(point): \(world.story)")

        try world.serve()
        let id = try world.wait(for: 1, in: .done)[0]

        #expect(world.verdict(id) == "changed")
        #expect(world.prompts.count == 1)
        #expect(world.names(.new) + world.names(.running) + world.names(.failed) == [])
        #expect(Files.names(world.spool.appending("tmp")) == [])
        #expect(Files.names(world.inbox) == [])
        #expect(Files.text(workspace.appending("survivor.txt"))?.contains("alive") == true)
    }

    @Test func daemonKilledAgainAndAgain_losesAndRepeatsNothing() throws {
        let world = try World(simulator: ["--think", "0.05"])
        try world.serve()
        let count = 24
        for number in 0..<count {
            let workspace = try world.workspace("w\(number % 6)")
            try world.drop("t\(number)", workspace: workspace, goal: "sim: write t\(number).txt \(number)")
        }
        var generator = SeededGenerator(state: 7)
        for _ in 0..<12 {
            let pause = Duration.milliseconds(Int.random(in: 30...400, using: &generator))
            _ = Eventually.blocking(within: pause) { world.names(.done).count == count }
            world.killDaemon()
            try world.serve()
        }
        _ = try world.wait(for: count, in: .done, within: .seconds(120))

        #expect(world.prompts.count == count)
        #expect(Set(world.prompts.compactMap { $0["session"]?.string }).count == count)
        #expect(world.names(.new) + world.names(.running) + world.names(.failed) == [])
        #expect(Files.names(world.spool.appending("tmp")) == [])
    }
}

/// The same numbers in each run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
