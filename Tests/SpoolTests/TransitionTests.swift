import Glibc
import JSON
import Spool
import SystemPackage
import Testing

/// Each transition: what is true before and after it, and who may lose a race.
@Suite struct TransitionTests {
    @Test func submit_leavesAPrivateCompleteTask_andNothingInTmp() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit("Fix it", goal: "Fix the typo")
        let task = temporary.paths.task(id, in: .new)

        #expect(try names(in: task.directory) == ["log.jsonl", "source.txt", "task.json"])
        #expect(try text(of: task.directory.appending("source.txt")) == "Fix the typo")
        #expect(try temporary.spool.readSpec(id, in: .new)?.name == "Fix it")
        #expect(try mode(of: task.directory) == 0o700)
        #expect(try mode(of: task.spec) == 0o600)
        #expect(try mode(of: temporary.spool.root) == 0o700)
        #expect(try temporary.temporaries() == [])
    }

    @Test func submit_isRefused_whileTheSpoolIsClosed() throws {
        let temporary = try TemporarySpool()
        try write("", to: temporary.paths.closed)
        let error = #expect(throws: SpoolError.self) { try temporary.submit() }
        #expect(error?.code == .closed)
        #expect(try temporary.tasks() == [])
    }

    @Test func submit_withAKey_isOneTask_forEightAtOnce() async throws {
        let temporary = try TemporarySpool()
        let ids = try await withThrowingTaskGroup(of: TaskID.self) { group in
            for _ in 0..<8 { group.addTask { try temporary.submit(key: "order-17") } }
            return try await group.reduce(into: Set<TaskID>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(try temporary.tasks().count == 1)
        #expect(try temporary.submit(key: "order-18") != ids.first)
    }

    @Test func claim_throwsTaskNotFound_whenAnotherDaemonWasFirst() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.running()
        let error = #expect(throws: SpoolError.self) { try temporary.spool.claim(id, owner: .other) }
        #expect(error?.code == .taskNotFound)
        #expect(temporary.states(of: id) == [.running])
    }

    @Test func claim_hasOneWinner_whenMany() async throws {
        let temporary = try TemporarySpool()
        for _ in 0..<20 {
            let id = try temporary.submit()
            let wins = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { (try? temporary.spool.claim(id, owner: .other)) != nil } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(wins == 1)
        }
    }

    /// A daemon that sees the file in the same instant has moved the task before the caller's next system call.
    @Test func cancel_succeeds_whenADaemonActsOnItAtOnce() async throws {
        let temporary = try TemporarySpool()
        for _ in 0..<100 {
            let id = try temporary.submit()
            let task = temporary.paths.task(id, in: .new)
            let mover = Task.detached {
                while !exists(task.cancel) { if Task.isCancelled { return } }
                try rename(task.directory, temporary.paths.task(id, in: .failed).directory)
            }
            defer { mover.cancel() }
            try temporary.spool.cancel(id)
            try await mover.value
            #expect(temporary.states(of: id) == [.failed])
        }
    }

    /// Whatever else people put into the directories of states is none of ours.
    @Test func strangers_areNoTasks_andKeepNobodyFromWaiting() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.ended(.changed, name: "Fix it")
        let done = temporary.paths.directory(of: .done)
        try write("mine", to: done.appending("fix-it.txt"))
        #expect(symlink("/tmp", done.appending("link").string) == 0)
        try makeDirectory(done.appending("damaged"))
        try write("no JSON", to: done.appending("damaged/task.json"))
        try makeDirectory(done.appending(".hidden"))
        #expect(Set(try temporary.spool.list(.done).map(\.rawValue)) == [id.rawValue, "damaged"])
        let listing = try temporary.spool.listing(.done)
        #expect(Set(listing.tasks.map(\.rawValue)) == [id.rawValue, "damaged"])
        #expect(Set(listing.strangers) == ["fix-it.txt", "link", ".hidden"])
    }

    /// rename(2) of a directory onto an empty one silently replaces it.
    @Test func move_neverReplaces_evenAnEmptyDirectory() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit()
        try makeDirectory(temporary.paths.task(id, in: .running).directory)
        let error = #expect(throws: SpoolError.self) { try temporary.spool.claim(id, owner: .other) }
        #expect(error?.code == .taskExists)
        #expect(temporary.states(of: id) == [.new, .running])
    }

    @Test(arguments: Verdict.allCases)
    func finish_putsTheTaskWhereItsVerdictBelongs(verdict: Verdict) throws {
        let temporary = try TemporarySpool()
        let id = try temporary.ended(verdict, reason: "because")
        #expect(temporary.states(of: id) == [verdict.state])
        let task = temporary.paths.task(id, in: verdict.state)
        #expect(try text(of: task.verdict) == "\(verdict.rawValue)\n")
        #expect(try temporary.spool.readJSON(task.result)?["verdict"]?.string == verdict.rawValue)
        #expect(try temporary.spool.snapshot(id).reason == "because")
    }

    /// The verdict of the last attempt must not be taken for that of the next.
    @Test func retryByHand_beginsAfresh_andKeepsTheAttempt() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.ended(.error)
        for attempt in 1...2 {
            try temporary.move(id, from: .failed, to: .new)
            let task = try temporary.spool.claim(id, owner: .other)
            #expect(!exists(task.verdict) && !exists(task.session) && !exists(task.turn) && !exists(task.evidence))
            let kept = try names(in: task.attempts.appending("\(attempt)"))
            #expect(kept.contains("verdict") && kept.contains("session"))
            try write("ses_again\n", to: task.session)
            try temporary.spool.finish(id, from: .running, as: TaskEnding(verdict: .error, reason: ""))
        }
    }

    @Test func requeue_waits_andItsNoteGoesWithTheClaim() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.running()
        let later = Timestamp.now().adding(seconds: 60)
        try temporary.spool.requeue(id, notBefore: later, reason: "try again")
        #expect(temporary.states(of: id) == [.new])
        #expect(try temporary.spool.snapshot(id).retry?.notBefore == later)
        let task = try temporary.spool.claim(id, owner: .other)
        #expect(!exists(task.retry))
    }

    @Test func controls_areFilesThatAShellCanMakeToo() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit()
        try temporary.spool.hold(id)
        #expect(try temporary.spool.snapshot(id).status == "paused")
        try removeFile(temporary.paths.task(id, in: .new).hold)
        #expect(try temporary.spool.snapshot(id).status == "pending")
        try temporary.start(id)
        try temporary.spool.cancel(id)
        #expect(exists(temporary.paths.task(id, in: .running).cancel))
        try temporary.spool.finish(id, from: .running, as: TaskEnding(verdict: .cancelled, reason: ""))
        #expect(!exists(temporary.paths.task(id, in: .failed).cancel), "it would cancel a retry")
        let error = #expect(throws: SpoolError.self) { try temporary.spool.cancel(id) }
        #expect(error?.code == .wrongState)
        try temporary.spool.retry(id)
        #expect(temporary.states(of: id) == [.new])
        try temporary.spool.remove(id)
        #expect(temporary.states(of: id) == [])
        #expect(try temporary.temporaries() == [])
    }

    @Test func answer_isWrittenInOnePiece_onlyForAnOpenAsk() throws {
        let temporary = try TemporarySpool()
        let id = try temporary.running()
        #expect(throws: SpoolError.self) { try temporary.spool.answer(id, ask: "per_1", with: "once") }
        #expect(throws: SpoolError.self) { try temporary.spool.answer(id, ask: "../verdict", with: "once") }
        let task = temporary.paths.task(id, in: .running)
        try makeDirectory(task.asks)
        try write("{}", to: task.asks.appending("per_1.json"))
        #expect(try temporary.spool.snapshot(id).status == "waiting")
        try temporary.spool.answer(id, ask: "per_1", with: "once")
        #expect(try text(of: task.asks.appending("per_1.answer")) == "once\n")
    }

    @Test func resolve_takesAnUnambiguousPart() throws {
        let temporary = try TemporarySpool()
        let one = try temporary.submit("first thing")
        let two = try temporary.submit("second thing")
        #expect(try temporary.spool.resolve(one.rawValue) == one)
        #expect(try temporary.spool.resolve("second-thing") == two)
        let error = #expect(throws: SpoolError.self) { try temporary.spool.resolve("thing") }
        #expect(error?.code == .ambiguous)
        #expect(throws: SpoolError.self) { try temporary.spool.resolve("nothing") }
        #expect(throws: SpoolError.self) { try temporary.spool.resolve("") }
    }

    @Test func reject_keepsTheBytes_andNeverReplaces() throws {
        let temporary = try TemporarySpool()
        for _ in 0..<2 {
            let file = temporary.directory.appending("bad.md")
            try write("the user's own words", to: file)
            _ = try temporary.spool.reject(file, name: "bad.md", reason: "because\n")
        }
        let rejected = try names(in: temporary.paths.rejected)
        #expect(rejected.filter { $0.hasSuffix(".reason.txt") }.count == 2)
        for name in rejected where !name.hasSuffix(".reason.txt") {
            #expect(try text(of: temporary.paths.rejected.appending(name)) == "the user's own words")
        }
        #expect(rejected.count == 4)
    }

    @Test func log_isNumberedWithoutGaps_byManyWriters() async throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit()
        let task = temporary.paths.task(id, in: .new)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask { for line in 0..<25 { try TaskLog.append("w\(writer)", ["n": .int(line)], to: task) } }
            }
            try await group.waitForAll()
        }
        let numbers = try TaskLog.lines(of: task).compactMap { $0["seq"]?.int }
        #expect(numbers == Array(1...101))
    }
}
