import Glibc
import Inotify
import Logging
import Spool
import SystemPackage
import TestSupport
import Testing

/// Changes of the tree become events, whoever made them, with inotify and with a timer.
@Suite(.timeLimit(.minutes(2))) struct ObserverTests {
    static let sources: [WatchSource] = [.inotify, .timer(every: .milliseconds(20))]

    /// Runs `body` while a watcher and an observer run.
    private func observing(
        _ temporary: TemporarySpool, _ source: WatchSource, _ logger: Logger = Logger(label: "test"),
        _ body: (inout AsyncStream<TaskEvent>.Iterator) async throws -> Void
    ) async throws {
        let watcher = try SpoolWatcher(temporary.spool, source: source)
        let observer = try TaskObserver(
            temporary.spool, watcher: watcher, node: TemporarySpool.node, logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            var events = await observer.subscribe().events.makeAsyncIterator()
            group.addTask { await watcher.run() }
            group.addTask { await observer.run() }
            defer { group.cancelAll() }
            try await body(&events)
        }
    }

    @Test(arguments: sources)
    func movesByHand_makeTheSameEventsAsFunctions(source: WatchSource) async throws {
        let temporary = try TemporarySpool()
        try await observing(temporary, source) { events in
            let id = try temporary.submit()
            #expect(await events.next()?.kind == .created)
            try temporary.move(id, from: .new, to: .running)
            #expect(await events.next()?.kind == .started)
            try write("", to: temporary.paths.task(id, in: .running).hold)
            let held = await events.next()
            #expect(held?.kind == .updated && held?.status == "paused")
            try removeFile(temporary.paths.task(id, in: .running).hold)
            #expect(await events.next()?.status == "running")
            try temporary.move(id, from: .running, to: .failed)
            #expect(await events.next()?.kind == .failed)
            removeTree(temporary.paths.task(id, in: .failed).directory)
            let last = await events.next()
            #expect(last?.kind == .deleted && last?.number == 6)
        }
    }

    /// As on a disk that is full for a moment: nothing else has to happen for the event to be told after all.
    @Test func eventThatCanNotBeWritten_isWrittenOnceItCan() async throws {
        let temporary = try TemporarySpool()
        let journal = temporary.paths.journal.appending(TemporarySpool.node.node)
        let logged = RecordedLog()
        try await observing(temporary, .inotify, Logger(label: "test") { _ in logged }) { events in
            let first = try temporary.submit()
            #expect(await events.next()?.id == first)
            let file = journal.appending(try #require(try names(in: journal).first))
            let aside = journal.appending(".aside")
            #expect(rename(file.string, aside.string) == 0)
            try makeDirectory(file)
            try temporary.move(first, from: .new, to: .failed)
            while !logged.lines.contains(where: { $0.hasPrefix("can't observe a task") }) { await Task.yield() }
            #expect(rmdir(file.string) == 0)
            #expect(rename(aside.string, file.string) == 0)
            let last = await events.next()
            #expect(last?.kind == .failed && last?.id == first && last?.number == 2)
        }
    }

    /// Many tasks must not keep a daemon from stopping; each is told of once all the same.
    @Test func lookThatWasInterrupted_isGoneOnWith_byTheNextDaemon() async throws {
        let temporary = try TemporarySpool()
        let made = try Set((0..<200).map { try temporary.submit("task \($0)") })
        var told: [TaskID] = []
        try await observing(temporary, .inotify) { events in
            if let event = await events.next() { told.append(event.id) }
        }
        // What was told after we stopped listening is in the journal.
        let journal = temporary.paths.journal.appending(TemporarySpool.node.node)
        func toldInAll() throws -> Int {
            try names(in: journal).reduce(0) { $0 + (try text(of: journal.appending($1))).split(separator: "\n").count }
        }
        let before = try toldInAll()
        try await observing(temporary, .inotify) { events in
            for _ in before..<made.count { if let event = await events.next() { told.append(event.id) } }
        }
        #expect(try toldInAll() == made.count)
        #expect(made.isSuperset(of: told))
    }

    @Test(arguments: sources)
    func numbers_goOnWithoutAGap_andChangesWithoutADaemonAreSeen(source: WatchSource) async throws {
        let temporary = try TemporarySpool()
        var last = 0
        let id = try temporary.submit()
        try await observing(temporary, source) { events in last = await events.next()?.number ?? 0 }
        try temporary.move(id, from: .new, to: .failed)
        try await observing(temporary, source) { events in
            let event = await events.next()
            #expect(event?.kind == .failed)
            #expect(event?.number == last + 1)
        }
    }

    /// Whatever a daemon did that died before it could tell: its start, too, if there was one.
    @Test(arguments: [true, false])
    func taskThatEndedUnseen_wasStarted_ifItWasClaimed(isClaimed: Bool) async throws {
        let temporary = try TemporarySpool()
        let id = try temporary.submit()
        try await observing(temporary, .inotify) { events in #expect(await events.next()?.kind == .created) }
        if isClaimed {
            _ = try temporary.spool.claim(id, owner: TemporarySpool.node)
            try temporary.move(id, from: .running, to: .failed)
        } else {
            try temporary.move(id, from: .new, to: .failed)
        }
        let other = try temporary.ended(.changed, name: "never seen before")
        try await observing(temporary, .inotify) { events in
            var kinds: [TaskID: [TaskEvent.Kind]] = [:]
            while kinds[id]?.last != .failed || kinds[other]?.last != .completed {
                guard let event = await events.next() else { break }
                kinds[event.id, default: []].append(event.kind)
            }
            #expect(kinds[id] == (isClaimed ? [.started, .failed] : [.failed]))
            #expect(kinds[other] == [.created, .started, .completed])
        }
        // Put back, and ended by hand: nobody started it this time.
        try temporary.move(id, from: .failed, to: .new)
        try await observing(temporary, .inotify) { events in
            #expect(await events.next()?.kind == .updated)
            try temporary.move(id, from: .new, to: .failed)
            #expect(await events.next()?.kind == .failed)
        }
    }

    @Test(arguments: sources)
    func tornLastLine_isMended(source: WatchSource) async throws {
        let temporary = try TemporarySpool()
        try temporary.submit()
        try await observing(temporary, source) { events in _ = await events.next() }
        let directory = temporary.paths.journal.appending(TemporarySpool.node.node)
        let file = directory.appending(try names(in: directory)[0])
        try write(try text(of: file) + "{\"seq\":2,\"ti", to: file)
        try temporary.submit()
        try await observing(temporary, source) { events in
            #expect(await events.next()?.number == 2)
        }
    }

    @Test(arguments: sources)
    func thousandChanges_areFewHints_andNothingIsMissed(source: WatchSource) async throws {
        let temporary = try TemporarySpool()
        let watcher = try SpoolWatcher(temporary.spool, source: source)
        let hints = watcher.subscribe()
        let running = Task { await watcher.run() }
        defer { running.cancel() }
        for _ in 0..<300 { try temporary.submit() }
        var looks = 0
        for await hint in hints {
            guard hint.concerns(.new) else { continue }
            looks += 1
            if try temporary.spool.list(.new).count == 300 { break }
        }
        #expect(looks < 300)
    }
}
