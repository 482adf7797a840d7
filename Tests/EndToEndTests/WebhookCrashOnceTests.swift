import Glibc
import JSON
import LoopbackServer
import Spool
import SystemPackage
import Testing

/// Webhooks through crashes on both sides: every event arrives, under one id, in each task's order.
@Suite(.timeLimit(.minutes(5))) struct WebhookCrashOnceTests {
    static let points: [CrashPoint] = [
        .eventsSynced, .deliveryWritten, .deliveryCreated, .deliveriesSynced, .cursorWritten, .deliverySending,
        .deliveryAnswered, .deliveryMoved, .deliveryRecorded,
    ]

    private func configuration(_ receiver: WebhookReceiver, timeout: Double = 5) -> [String] {
        [
            "bus: {retry_schedule_s: [0.05]}",
            """
            notify:
              webhook:
                - {name: here, url: "\(receiver.url)", timeout_s: \(timeout), max_retries: 100, secret: s}
            """,
        ]
    }

    /// What the outbox and the receiver must agree on with the journal once all is quiet.
    private func checkExactness(_ world: World, _ receiver: WebhookReceiver) throws {
        let outbox = world.spool.appending("outbox/here")
        func told() -> [Int] { world.journal.filter { $0["event"] != "TASK_DELETED" }.compactMap { $0["seq"]?.int } }
        try world.wait("all is delivered") {
            world.events.filter { $0 == "TASK_COMPLETED" }.count == world.names(.done).count
                && Files.names(outbox.appending("done")).count == told().count
                && Files.names(outbox.appending("new")).isEmpty
        }
        let journal = world.journal
        #expect(journal.compactMap { $0["seq"]?.int } == Array(1...journal.count), "numbered without gaps")
        let calls = receiver.calls
        #expect(Set(calls.map(\.number)) == Set(told()), "what arrived is what happened")
        #expect(Set(calls.map(\.id)).count == told().count, "an event has one id, however often it is sent")
        for event in journal {
            let number = event["seq"]?.int
            let call = calls.first { $0.number == number }
            #expect(call?.event == event["event"]?.string && call?.task == event["task_id"]?.string)
        }
        for (task, calls) in Dictionary(grouping: calls, by: \.task) {
            #expect(calls.map(\.number) == calls.map(\.number).sorted(), "\(task): in order")
            let events = calls.reduce(into: [WebhookReceiver.Call]()) { if $0.last != $1 { $0.append($1) } }
            #expect(events.first?.event == "TASK_CREATED" && events.last?.event == "TASK_COMPLETED", "\(task)")
            #expect(events.contains { $0.event == "TASK_STARTED" }, "\(task)")
        }
        #expect(Files.names(outbox.appending("failed")).isEmpty)
        #expect(Files.names(outbox.appending("attempts")).allSatisfy { !$0.hasPrefix(".") })
    }

    @Test(arguments: points)
    func killedDaemon_losesNoEvent_andMakesNoneTwice(at point: CrashPoint) throws {
        let receiver = try WebhookReceiver()
        let world = try World(configuration: configuration(receiver))
        try world.serve(["OPENLOOM_CRASH_AT": point.rawValue])
        try world.wait("the spool is there") { Files.exists(world.inbox) }
        try world.drop("Told", workspace: try world.workspace(), goal: "sim: write told.txt x")
        let code = world.daemon?.waitForExit(within: World.patience)
        #expect(code == Int32(137), "it should have died at \(point): \(world.story)")

        try world.serve()
        _ = try world.wait(for: 1, in: .done)
        try checkExactness(world, receiver)
        // Only what was under way in the moment of the crash is sent once more.
        #expect(receiver.calls.count <= 4)
    }

    @Test func receiverAndDaemonThatFailTogether_agreeInTheEnd() throws {
        let receiver = try WebhookReceiver { connection, count in
            switch count % 9 {
            case 1: connection.respond("500 Oops", "not now")
            case 3: connection.reset()
            case 5: _ = connection.waitForEnd()
            case 7:
                // After the timeout of the daemon, which must not count it.
                usleep(250_000)
                connection.respond()
            default: connection.respond()
            }
        }
        let world = try World(configuration: configuration(receiver, timeout: 0.2) + ["harness: {max_running: 20}"])
        try world.serve()
        var random = SeededGenerator(state: 20)
        let (tasks, kills) = (30, 50)
        for kill in 1...kills {
            if kill <= tasks {
                let workspace = try world.workspace("work\(kill)")
                try world.drop("Job \(kill)", workspace: workspace, goal: "sim: write job.txt \(kill)")
            }
            if kill % 10 == 0 { receiver.die() }
            if kill % 10 == 3, kill > 10 { try receiver.comeBack() }
            usleep(UInt32.random(in: 0..<120_000, using: &random))
            world.killDaemon()
            try world.serve()
        }
        try receiver.comeBack()
        _ = try world.wait(for: tasks, in: .done, within: .seconds(120))
        try checkExactness(world, receiver)
    }
}
