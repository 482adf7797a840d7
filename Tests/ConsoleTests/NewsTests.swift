import Console
import Inotify
import JSON
import Spool
import Synchronization
import SystemPackage
import Testing

@Suite struct SpoolNewsTests {
    @Test func look_tellsEachChangeOnce() throws {
        let temporary = try TemporarySpool()
        let spool = temporary.spool
        var news = SpoolNews()
        let old = try temporary.submit("old")
        try temporary.run(old)
        try temporary.end(old, .changed)
        let id = try temporary.submit("Job")
        let short = TaskNames(all: [old, id]).short(id)
        func look() throws -> String { text(try news.look(at: spool, context(80)).lines) }

        #expect(try look() == "12:00:00  \(short)  new      Job\n")
        #expect(try look() == "")
        try spool.hold(id)
        #expect(try look() == "12:00:00  \(short)  held     Job\n")
        try spool.release(id)
        try temporary.run(id)
        #expect(try look() == "12:00:00  \(short)  running  Job\n")
        try temporary.ask("per_1", permission.json, of: id)
        #expect(
            try look()
                == "12:00:00  \(short)  waiting  Job  wants bash: rm -rf build  openloom answer \(short) per_1 once\n")
        try temporary.end(id, .error, reason: "no")
        #expect(try look() == "12:00:00  \(short)  failed   Job  error: no\n")
        try spool.remove(id)
        #expect(try look() == "12:00:00  \(short)  deleted\n")
    }
}

@Suite struct TaskNewsTests {
    @Test func lines_tellLogActivityAndAsksOnce() throws {
        var task = try shown("k3x9a", "Job", .running) { $0.activity = ["tool": "bash"] }
        var details = TaskDetails(
            task: task, directory: "/s/running/x",
            log: [LogLine(json: ["seq": 1, "time": "2026-11-23T11:00:00Z", "event": "claimed"])], attempts: 0,
            source: nil, hasPatch: false, hasTranscript: false, isDaemonRunning: true)
        var news = TaskNews()
        #expect(text(news.lines(details, context(80))) == "11:00:00  claimed\n12:00:00  bash\n")
        #expect(news.lines(details, context(80)).isEmpty)
        task.asks = [permission]
        details.task = task
        let expected = """
            12:00:00  per_1 wants bash: rm -rf build
                        openloom answer k3x9a per_1 once
                        openloom answer k3x9a per_1 reject

            """
        #expect(text(news.lines(details, context(80))) == expected)
        #expect(news.lines(details, context(80)).isEmpty)
    }

    @Test func lines_tellWhyTheTaskWaits() throws {
        let task = try shown("k3x9a", "Job", .new, waits: .held)
        let details = TaskDetails(
            task: task, directory: "/s/new/x", log: [], attempts: 0, source: nil, hasPatch: false, hasTranscript: false,
            isDaemonRunning: true)
        var news = TaskNews()
        #expect(text(news.lines(details, context(80))) == "12:00:00  waits: held\n")
        #expect(news.lines(details, context(80)).isEmpty)
    }
}

/// With the kernel's events, and with the clock for filesystems that have none.
@Suite(.timeLimit(.minutes(3)))
struct SpoolFeedTests {
    static let sources: [WatchSource] = [.inotify, .timer(every: .milliseconds(20))]

    @Test(arguments: sources)
    func follow_looksAtOnce_andAgainAfterEachChange(_ source: WatchSource) async throws {
        let temporary = try TemporarySpool()
        defer { withExtendedLifetime(temporary) {} }
        let (spool, id) = (temporary.spool, try temporary.submit("Job"))
        // Each look that sees a step makes the next one: without a look in between nothing goes on.
        let steps = Mutex<[String]>([])
        try await SpoolFeed.follow(spool, source: source) {
            let snapshot = try spool.snapshot(id)
            let status = snapshot.status
            let isNew = steps.withLock { steps in
                if steps.last == status { return false }
                steps.append(status)
                return true
            }
            switch status {
            case "pending" where isNew: try spool.hold(id)
            case "paused" where isNew:
                _ = try spool.claim(id, owner: NodeIdentity(node: "n", pid: 1, bootID: "b"))
                try spool.release(id)
            case "running" where isNew:
                let asks = spool.paths.task(id, in: .running).asks
                try spool.makeDirectory(asks)
                try DurableFile.write("{}", to: asks.appending("per_1.json"))
            case "waiting" where isNew:
                try spool.finish(id, from: .running, as: TaskEnding(verdict: .changed, reason: ""))
            case "completed": return nil
            default: break
            }
            return [id: snapshot.state]
        }
        #expect(steps.withLock { $0 } == ["pending", "paused", "running", "waiting", "completed"])
    }

    @Test func follow_throwsWhatALookThrows() async throws {
        let temporary = try TemporarySpool()
        defer { withExtendedLifetime(temporary) {} }
        let spool = temporary.spool
        await #expect(throws: CommandFailure("no")) {
            try await SpoolFeed.follow(spool) { throw CommandFailure("no") }
        }
    }

    @Test func wait_returnsTheTaskAsItEnded() async throws {
        let temporary = try TemporarySpool()
        defer { withExtendedLifetime(temporary) {} }
        let (spool, id) = (temporary.spool, try temporary.submit("Job"))
        let view = TaskView(spool, Terminal(.never, environment: [:]), ViewSettings(home: nil, commandOptions: ""))
        async let ended = view.wait(id)
        try temporary.run(id)
        try temporary.end(id, .timeout, reason: "late")
        #expect(try await ended.task.snapshot.verdict == .timeout)
    }

    @Test func wait_throws_whenTheTaskIsDeleted() async throws {
        let temporary = try TemporarySpool()
        defer { withExtendedLifetime(temporary) {} }
        let (spool, id) = (temporary.spool, try temporary.submit("Job"))
        let view = TaskView(spool, Terminal(.never, environment: [:]), ViewSettings(home: nil, commandOptions: ""))
        let waiting = Task { try await view.wait(id) }
        try spool.remove(id)
        await #expect(throws: SpoolError.self) { try await waiting.value }
    }
}
