import Console
import Glibc
import JSON
import Spool
import SystemPackage
import Testing

@Suite struct SpoolOverviewTests {
    @Test func overview_groupsTasksByWhatPeopleDoAboutThem() throws {
        let temporary = try TemporarySpool()
        let spool = temporary.spool
        let waiting = try temporary.submit("waiting") { $0.workspace = "/w1" }
        let running = try temporary.submit("running") { $0.workspace = "/w2" }
        let low = try temporary.submit("low") { $0.priority = 1 }
        let high = try temporary.submit("high") { $0.priority = 9 }
        let done = try temporary.submit("done")
        let failed = try temporary.submit("failed")
        for id in [waiting, running, done, failed] { try temporary.run(id) }
        try temporary.end(done, .changed)
        try temporary.end(failed, .error, reason: "no")
        try temporary.ask("per_1", permission.json, of: waiting)

        let overview = try SpoolOverview.read(spool)
        #expect(overview.waiting.map(\.id) == [waiting])
        #expect(overview.waiting.first?.asks.first?.headline == "wants bash: rm -rf build")
        #expect(overview.running.map(\.id) == [running])
        #expect(overview.running.first?.started != nil)
        #expect(overview.new.map(\.id) == [high, low])
        #expect(Set(overview.ended.map(\.id)) == [done, failed])
        #expect(overview.counts.tasks == 6)
        #expect(overview.daemons.isEmpty)
    }

    @Test func limits_showTheOldestNewTasks_andThoseThatEndedLast() throws {
        let temporary = try TemporarySpool()
        let new = try (1...4).map { try temporary.submit("new \($0)") }
        let ended = try (1...4).map { try temporary.submit("ended \($0)") }
        // They end in another order than they were made, and far enough apart to tell.
        let order = [2, 0, 3, 1]
        for (place, index) in order.enumerated() {
            try temporary.run(ended[index])
            try temporary.end(ended[index], .changed)
            let time = timespec(tv_sec: 1_700_000_000 + place, tv_nsec: 0)
            let directory = temporary.spool.paths.task(ended[index], in: .done).directory
            #expect(utimensat(AT_FDCWD, directory.string, [time, time], 0) == 0)
        }
        try temporary.spool.archive(ended[1])
        let overview = try SpoolOverview.read(temporary.spool, selecting: .init(newLimit: 2, endedLimit: 2))
        #expect(Set(overview.new.map(\.id)) == Set(new.sorted().prefix(2)))
        #expect(overview.newLeftOut == 2)
        #expect(Set(overview.ended.map(\.id)) == [ended[3], ended[0]])
        #expect(overview.endedLeftOut == 2)
        let all = try SpoolOverview.read(temporary.spool, selecting: .init(newLimit: nil, endedLimit: nil))
        #expect(Set(all.ended.map(\.id)) == Set(ended))
        #expect(all.endedLeftOut == 0)
    }

    @Test func tasksThatAreNotShown_areNotRead() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit("broken")
        try temporary.run(id)
        try temporary.end(id, .changed)
        // What is read fails: a fifo is no file of ours.
        let result = temporary.spool.paths.task(id, in: .done).verdict
        unlink(result.string)
        #expect(mkfifo(result.string, 0o600) == 0)
        let none = try SpoolOverview.read(temporary.spool, selecting: .init(endedLimit: 0))
        #expect(none.ended.isEmpty)
        #expect(none.counts.done == 1)
        let shown = try SpoolOverview.read(temporary.spool)
        #expect(shown.ended.first?.snapshot.damage?.contains("regular file") == true)
    }

    @Test func waitReasons_areReadFromTheTree() throws {
        let temporary = try TemporarySpool()
        let spool = temporary.spool
        let runner = try temporary.submit("runner") { $0.workspace = "/w" }
        try temporary.run(runner)
        let first = try temporary.submit("first")
        try temporary.run(first)
        try temporary.end(first, .changed)
        let later = Timestamp.now().adding(seconds: 3600)
        let held = try temporary.submit("held")
        try spool.hold(held)
        let same = try temporary.submit("same") { $0.workspace = "/w" }
        let timed = try temporary.submit("timed") { $0.notBefore = later }
        let after = try temporary.submit("after") { $0.after = ["nobody", "first", TaskDependency(first.rawValue)] }
        let free = try temporary.submit("free") { $0.after = ["first"] }
        let again = try temporary.submit("again")
        try temporary.run(again)
        try spool.requeue(again, notBefore: later, reason: "busy")
        let cancelled = try temporary.submit("cancelled")
        try spool.cancel(cancelled)
        let raw = try temporary.submit("raw")
        unlink(spool.paths.task(raw, in: .new).spec.string)

        func reasons() throws -> [TaskID: WaitReason] {
            let new = try SpoolOverview.read(spool).new
            return Dictionary(uniqueKeysWithValues: new.compactMap { task in task.waitReason.map { (task.id, $0) } })
        }
        let names = TaskNames(all: try spool.listAll().keys)
        #expect(
            try reasons() == [
                held: .held, same: .workspace(names.short(runner)), timed: .notBefore(later),
                after: .after([TaskBlocker("nobody", .missing)]),
                free: .turn, again: .retry(attempt: 2, at: later, reason: "busy"), cancelled: .cancelling, raw: .unread,
            ])
        try DurableFile.write("", to: spool.paths.pause)
        #expect(try reasons()[free] == .spoolPaused)
    }

    @Test func json_holdsWhatScriptsNeed() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit("waiting")
        try temporary.run(id)
        try temporary.ask("per_1", permission.json, of: id)
        let json = TaskJSON.overview(try SpoolOverview.read(temporary.spool))
        #expect(json["counts"]?["waiting"]?.int == 1)
        #expect(json["tasks"]?[0]?["id"]?.string == id.rawValue)
        #expect(json["tasks"]?[0]?["status"]?.string == "waiting")
        #expect(json["tasks"]?[0]?["asks"]?[0]?["answers"] == ["once", "reject"])
        let details = TaskJSON.details(try TaskDetails.read(id, in: temporary.spool))
        #expect(details["spec"]?["goal"]?.string == "Do it.")
        #expect(details["log"]?[0]?["event"]?.string == "accepted")
    }
}

@Suite struct TaskDetailsTests {
    @Test func details_findTheTaskWhereverItIs() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit("a")
        #expect(try TaskDetails.read(id, in: temporary.spool).task.waitReason == .turn)
        try temporary.run(id)
        try temporary.end(id, .changed)
        let details = try TaskDetails.read(id, in: temporary.spool)
        #expect(details.task.snapshot.verdict == .changed)
        #expect(details.directory == temporary.spool.paths.task(id, in: .done).directory)
        #expect(details.log.map(\.event) == ["accepted", "claimed", "ended"])
        #expect(details.source?.lastComponent?.string == "source.txt")
    }

    @Test func deletedTask_isNotFound() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit("a")
        try temporary.spool.remove(id)
        let error = #expect(throws: SpoolError.self) { try TaskDetails.read(id, in: temporary.spool) }
        #expect(error?.code == .taskNotFound)
    }
}

@Suite struct DaemonPresenceTests {
    private func card(_ identity: NodeIdentity, heartbeat: Timestamp) -> JSONValue {
        var object = identity.json.object ?? [:]
        object["heartbeat"] = .string(heartbeat.iso8601)
        object["version"] = "0.1.0"
        return .object(object)
    }

    private func running(_ cards: [String: JSONValue]) throws -> [DaemonPresence] {
        let temporary = try TemporarySpool()
        for (name, json) in cards {
            try DurableFile.write(json.pretty, to: temporary.spool.paths.nodes.appending("\(name).json"))
        }
        return DaemonPresence.running(on: temporary.spool, now: noon)
    }

    @Test func daemon_runs_whileItsHeartbeatIsFreshAndItsProcessLives() throws {
        let here = NodeIdentity.current()
        let found = try running(["here": card(here, heartbeat: noon.adding(seconds: -30))])
        #expect(found.map(\.pid) == [here.pid])
        #expect(found.first?.version == "0.1.0")
    }

    @Test func daemon_isGone_whenHeartbeatProcessOrBootSaySo() throws {
        let here = NodeIdentity.current()
        #expect(try running(["a": card(here, heartbeat: noon.adding(seconds: -91))]).isEmpty)
        var dead = here
        dead.pid = Int(Int32.max)
        #expect(try running(["a": card(dead, heartbeat: noon)]).isEmpty)
        var rebooted = here
        rebooted.bootID = "another"
        #expect(try running(["a": card(rebooted, heartbeat: noon)]).isEmpty)
        #expect(try running(["a": "broken", "b": ["pid": .double(1e300)]]).isEmpty)
        #expect(try running([:]).isEmpty)
    }

    @Test func daemonElsewhere_isJudgedByItsHeartbeatAlone() throws {
        let there = NodeIdentity(node: "elsewhere", pid: Int(Int32.max), bootID: "x")
        #expect(try running(["there": card(there, heartbeat: noon)]).map(\.node) == ["elsewhere"])
    }
}
