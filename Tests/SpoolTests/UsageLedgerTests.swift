import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// What tasks have used: always what their directories say.
@Suite struct UsageLedgerTests {
    private func finish(_ files: TemporarySpool, _ id: TaskID, cost: Double, verdict: Verdict = .changed) throws {
        let result: JSONObject = [
            "session": "ses_1", "workspace": "/w",
            "usage": ["steps": 1, "tokens": 10, "cost": .double(cost), "model": "p/m"],
        ]
        try files.spool.finish(id, from: .running, as: TaskEnding(verdict: verdict, reason: "", result: result))
    }

    private func cost(_ ledger: UsageLedger, before deadline: ContinuousClock.Instant? = nil) throws -> Double {
        var sum = 0.0
        _ = try ledger.each(before: deadline) { _, _, entry in sum += entry.cost }
        return sum
    }

    @Test func endedTasks_areCounted_andGoneOnesAreNot() throws {
        let files = try TemporarySpool()
        let ledger = UsageLedger(files.spool)
        let first = try files.running()
        try finish(files, first, cost: 1)
        #expect(try cost(ledger) == 1)
        let second = try files.running()
        try finish(files, second, cost: 2, verdict: .error)
        #expect(try cost(ledger) == 3)
        try files.spool.remove(first)
        #expect(try cost(ledger) == 2)
    }

    @Test func secondAttempt_countsBesideTheFirst() throws {
        let files = try TemporarySpool()
        let ledger = UsageLedger(files.spool)
        let id = try files.running()
        try finish(files, id, cost: 1, verdict: .error)
        #expect(try cost(ledger) == 1)
        try files.spool.retry(id)
        #expect(try cost(ledger) == 1)
        _ = try files.spool.claim(id, owner: TemporarySpool.node)
        #expect(try cost(ledger) == 1)
        let activity: JSONValue = ["steps": 1, "tokens": 5, "cost": 0.5, "model": "p/m"]
        try DurableFile.write(activity.pretty, to: files.paths.task(id, in: .running).activity)
        #expect(try cost(ledger) == 1.5)
        try finish(files, id, cost: 4)
        #expect(try cost(ledger) == 5)
    }

    /// What is remembered is found again by name, whatever came and went before and behind it.
    @Test func ledger_saysWhatANewOneSays_whileTasksComeAndGo() throws {
        let files = try TemporarySpool()
        let ledger = UsageLedger(files.spool)
        var ids: [TaskID] = []
        for number in 0..<6 {
            let id = try files.running()
            try finish(files, id, cost: Double(1 << number))
            ids.append(id)
        }
        #expect(try cost(ledger) == 63)
        for (number, name) in ["0-first-of-all", "zz-last-of-all", "20260101T000000000-aaaaa-early"].enumerated() {
            let byHand = try #require(TaskID(name))
            let to = files.paths.task(byHand, in: .done).directory
            #expect(rename(files.paths.task(ids[number * 2], in: .done).directory.string, to.string) == 0)
            #expect(try cost(ledger) == 63)
        }
        for number in [3, 1, 5] {
            try files.spool.remove(ids[number])
            #expect(try cost(ledger) == cost(UsageLedger(files.spool)))
        }
        #expect(try cost(ledger) == 21)
        let other = files.paths.task(ids[1], in: .failed).directory
        #expect(rename(files.paths.directory(of: .done).appending("zz-last-of-all").string, other.string) == 0)
        #expect(try cost(ledger) == 21)
    }

    @Test func deadline_givesWhatIsKnown_andSaysThatItIsNotAll() throws {
        let files = try TemporarySpool()
        let ledger = UsageLedger(files.spool)
        try finish(files, try files.running(), cost: 1)
        #expect(try ledger.each(before: .now) { _, _, _ in Issue.record("nothing is known yet") } == false)
        #expect(try cost(ledger) == 1)
        #expect(try cost(ledger, before: .now) == 1)
        try finish(files, try files.running(), cost: 2)
        #expect(try cost(ledger, before: .now) == 1)
        #expect(try ledger.each { _, _, _ in })
    }

    @Test func brokenResult_countsAsNothing_andHidesNoOther() throws {
        let files = try TemporarySpool()
        let id = try files.running()
        try finish(files, id, cost: 1)
        try finish(files, try files.running(), cost: 2)
        try DurableFile.write("{", to: files.paths.task(id, in: .done).result)
        #expect(try cost(UsageLedger(files.spool)) == 2)
    }

    @Test func absurdNumbers_overflowNothing() throws {
        let files = try TemporarySpool()
        for _ in 0..<3 {
            let id = try files.running()
            let result: JSONObject = ["usage": ["tokens": .int(.max), "cost": 1e308]]
            try files.spool.finish(
                id, from: .running, as: TaskEnding(verdict: .changed, reason: "", result: result))
        }
        var tokens = 0
        _ = try UsageLedger(files.spool).each { _, _, entry in tokens += entry.total }
        #expect(tokens == 3 << 40)
    }
}
