import JSON
import Spool
import SystemPackage
import Testing

/// The daemon is killed around each step in which it puts something beside a dropped file.
@Suite(.timeLimit(.minutes(5))) struct ResultCrashOnceTests {
    static let points: [CrashPoint] = [
        .statusNoted, .statusPlaced, .resultNoted, .resultWritten, .resultPlaced, .statusRemoved, .sourceNoted,
        .sourcePlaced, .resultSettled, .resultCursorWritten, .finishWritten, .finishMoved,
    ]

    @Test(arguments: points, ["inbox", "archive"])
    func killedDaemon_leavesExactlyOneResult(at point: CrashPoint, sourceGoesTo place: String) throws {
        let world = try World(outbox: "results", archive: place == "archive" ? place : nil)
        let workspace = try world.workspace()
        try world.serve(["OPENLOOM_CRASH_AT": point.rawValue])
        try world.wait("the spool is there") { Files.exists(world.inbox) }
        try world.drop("Survivor", workspace: workspace, goal: World.patientGoal)
        try world.wait("it dies") {
            world.answerAll()
            return world.daemon?.waitForExit(within: .zero) != nil
        }
        #expect(world.daemon?.waitForExit(within: World.patience) == 137, "\(world.story)")

        try world.serve()
        try world.wait("the result is there, and settled") {
            world.answerAll()
            guard let id = world.names(.done).first else { return false }
            return Files.json(world.task(id, .done).appending("placed.json"))?["result_of"]?.string != nil
        }
        let id = world.names(.done)[0]
        #expect(try world.all(in: world.results) == ["Survivor.result.md"])
        #expect(Files.text(world.results.appending("Survivor.result.md"))?.contains(id) == true)
        let sources = place == "archive" ? ["Survivor.md"] : ["Survivor.done.md"]
        #expect(try world.all(in: place == "archive" ? world.root.appending(place) : world.inbox) == sources)
        #expect(world.names(.done).count == 1 && world.names(.new) + world.names(.running) + world.names(.failed) == [])
        #expect(world.prompts.count == 1)
    }

    @Test func twoDaemonsKilledAgainAndAgain_shareAnOutbox_andMixNothingUp() throws {
        let worlds = [try World(outbox: "results"), try World(outbox: "results")]
        let shared = worlds[0].results
        worlds[1].storage = worlds[0].storage
        for world in worlds { try world.serve() }
        let count = 8
        for number in 0..<count {
            for world in worlds {
                // Each is taken before the next of its name can be dropped.
                try world.drop("Same", workspace: try world.workspace("w\(number)"), goal: "sim: write \(number).txt x")
                try world.wait("it is taken") { !Files.exists(world.inbox.appending("Same.md")) }
            }
            if number % 3 == 1 {
                for world in worlds {
                    world.killDaemon()
                    try world.serve()
                }
            }
        }
        for world in worlds {
            try world.wait("all are settled") {
                Files.names(world.inbox).filter { $0.contains(".done") }.count == count
            }
        }
        try worlds[0].wait("every result is there") { Files.names(shared).count == 2 * count }
        let texts = Files.names(shared).compactMap { Files.text(shared.appending($0)) }
        for world in worlds {
            for id in world.names(.done) { #expect(texts.filter { $0.contains(id) }.count == 1, "\(id)") }
        }
        #expect(try worlds[0].all(in: shared).allSatisfy { $0.hasPrefix("Same") && $0.hasSuffix(".result.md") })
    }
}
