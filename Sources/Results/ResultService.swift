import Blocking
package import Logging
import ServiceLifecycle
package import Spool

/// Puts statuses and results beside the files that tasks were dropped as, for as long as the daemon runs.
///
/// The journal says for which tasks something may be owed; a ``ResultPlacing`` looks at the tree and does it. What can't be
/// done, as a directory is not there or full, stays owed: it is tried again, later each time, and the cursor, from which
/// the next daemon reads the journal, does not go past it. No task waits for any of this.
package actor ResultService: Service {
    /// A task that something may be owed for.
    private struct Debt {
        /// The oldest event of the journal that says so.
        var number: Int
        /// When to look, and how long to wait after that if it is in vain.
        var due: ContinuousClock.Instant
        var pause: Duration
    }

    private let spool: SpoolDirectory
    private let observer: TaskObserver
    private let node: String
    private let placing: any ResultPlacing
    private let logger: Logger
    private var reader: JournalReader
    private var cursor: Int
    private var debts: [TaskID: Debt] = [:]
    /// What each status says that this process has placed.
    private var shown: [TaskID: (status: String, note: PlacedNote)] = [:]
    private var problems: [String] = []
    private var timer: Task<Void, Never>?
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    private static let firstPause = Duration.milliseconds(250)
    private static let longestPause = Duration.seconds(60)
    /// How many tasks are looked at at once: the filesystem commits their syncs together.
    private static let width = 8
    /// The cursor may stay behind by so many events about which nothing was to be done.
    private static let cursorSlack = 500

    /// To be made before anything is observed. Where results were never wanted before, they begin with what happens from
    /// then on.
    package init(
        spool: SpoolDirectory, observer: TaskObserver, node: NodeIdentity, placing: any ResultPlacing, logger: Logger
    ) throws(SpoolError) {
        self.spool = spool
        self.observer = observer
        self.node = node.node
        self.placing = placing
        self.logger = logger
        // A journal that ends before the cursor was taken away: its numbers begin anew.
        let connector = placing.connector
        cursor = min(
            try spool.readResultCursor(node.node, connector: connector) ?? observer.version, observer.version)
        try spool.writeResultCursor(cursor, node: node.node, connector: connector)
        reader = JournalReader(observer.journalFiles, after: cursor)
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.listen() }
                group.addTask { for await _ in self.wakes { await self.work() } }
            }
        }
        timer?.cancel()
        await writeCursor()
    }

    /// The observer's stream only says that there is something in the journal; one that is cut off costs nothing.
    private func listen() async {
        while !Task.isCancelled {
            let events = await observer.subscribe().events
            wake.yield()
            for await _ in events { wake.yield() }
        }
        wake.finish()
    }

    // MARK: working

    private func work() async {
        do {
            try await readJournal()
        } catch {
            logger.error("can't read the journal for results", metadata: ["error": "\(error)"])
        }
        await look()
        schedule()
    }

    /// Takes down which tasks something happened to.
    private func readJournal() async throws(SpoolError) {
        while true {
            let reader = reader
            let (next, events) = try await BlockingPool.run { () throws(SpoolError) in
                var reader = reader
                let events = try reader.next()
                return (reader, events)
            }
            self.reader = next
            if events.isEmpty { return }
            for event in events {
                let number = debts[event.id]?.number ?? event.number
                debts[event.id] = Debt(number: number, due: .now, pause: Self.firstPause)
            }
        }
    }

    private func look() async {
        let now = ContinuousClock.now
        let due = debts.filter { $0.value.due <= now }.sorted { $0.value.number < $1.value.number }.map(\.key)
        if due.isEmpty { return }
        await noteProblems()
        let placing = placing
        let width = placing.isConcurrent ? Self.width : 1
        var isPlaced = false
        await withTaskGroup(of: (TaskID, Result<PlacingOutcome, SpoolError>).self) { group in
            for (index, id) in due.enumerated() {
                if index >= width, let done = await group.next() {
                    isPlaced = await settle(done.0, done.1) || isPlaced
                }
                if Task.isCancelled { break }
                let status = shown[id]?.status
                group.addTask {
                    do throws(SpoolError) {
                        return (id, .success(try await placing.settle(id, shown: status)))
                    } catch {
                        return (id, .failure(error))
                    }
                }
            }
            for await done in group { isPlaced = await settle(done.0, done.1) || isPlaced }
        }
        if isPlaced || safe - cursor >= Self.cursorSlack { await writeCursor() }
    }

    /// - Returns: Whether a result was placed.
    private func settle(_ id: TaskID, _ outcome: Result<PlacingOutcome, SpoolError>) async -> Bool {
        switch outcome {
        case .success(.settled): debts[id] = nil
        case .success(.status(let status, let note)):
            debts[id] = nil
            // Kept, as the task may be gone when its status is to be removed.
            shown[id] = (status, note)
        case .success(.result(let path)):
            debts[id] = nil
            shown[id] = nil
            logger.info("placed a result", metadata: ["task": "\(id)", "file": "\(path)"])
            return true
        case .success(.gone):
            debts[id] = nil
            await forget(id)
        case .success(.notYet): postpone(id)
        case .failure(let error):
            // One line for each task, and one for each directory: not one a minute.
            if debts[id]?.pause == Self.firstPause, problems.isEmpty {
                logger.warning(
                    "can't place a result; trying again", metadata: ["task": "\(id)", "error": "\(error)"])
            }
            postpone(id)
        }
        return false
    }

    private func postpone(_ id: TaskID) {
        guard var debt = debts[id] else { return }
        debt.due = .now + debt.pause
        debt.pause = min(debt.pause * 2, Self.longestPause)
        debts[id] = debt
    }

    // MARK: statuses

    /// The status of a task that somebody deleted is of no use to anybody.
    private func forget(_ id: TaskID) async {
        guard let last = shown.removeValue(forKey: id) else { return }
        try? await placing.removeStatus(last.note)
    }

    // MARK: waiting

    /// Says once what is wrong with the directories, and once that it is well again.
    private func noteProblems() async {
        let placing = placing
        let found = await BlockingPool.run { placing.problems() }
        for problem in found where !problems.contains(problem) {
            logger.warning("results wait", metadata: ["reason": "\(problem)"])
        }
        if found.isEmpty, !problems.isEmpty { logger.notice("results are placed again") }
        problems = found
    }

    /// Nothing runs by the clock unless something is owed.
    private func schedule() {
        timer?.cancel()
        guard let next = debts.values.map(\.due).min() else { return }
        timer = Task { [wake] in
            guard (try? await Task.sleep(until: next, clock: .continuous)) != nil else { return }
            wake.yield()
        }
    }

    // MARK: the cursor

    /// Up to here nothing is owed.
    private var safe: Int { debts.values.map(\.number).min().map { $0 - 1 } ?? reader.number }

    /// The journal is synced first: after a power cut no other event may have a number before the cursor.
    private func writeCursor() async {
        let (number, spool, node, reader, connector) = (safe, spool, node, reader, placing.connector)
        guard number > cursor else { return }
        do {
            self.reader = try await BlockingPool.run { () throws(SpoolError) in
                var reader = reader
                try reader.sync()
                try spool.writeResultCursor(number, node: node, connector: connector)
                return reader
            }
            cursor = number
            CrashPoint.resultCursorWritten.reached()
        } catch {
            logger.error("can't write down how far results are placed", metadata: ["error": "\(error)"])
        }
    }
}
