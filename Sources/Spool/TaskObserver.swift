import Blocking
import Inotify
package import Logging
import Synchronization

/// Turns changes of the tree into events, whoever made them: the daemon, REST, a command, or `mv`.
///
/// Compares what it saw last with what is there now. What it remembers serves to notice a change; no answer is given
/// from it.
package actor TaskObserver {
    private let spool: SpoolDirectory
    private let watcher: SpoolWatcher
    private let logger: Logger
    private var journal: Journal
    private var seen: [TaskID: Seen] = [:]
    private var watched: Set<TaskID> = []
    private var hasLooked = false
    private var names: [TaskID: String] = [:]
    /// When each task that has not ended was last looked at, or told of.
    private var times: [TaskID: Timestamp] = [:]
    private var strangers: Set<String> = []
    /// What could not be looked at, or told of; looked at again with the next hint, and soon without one.
    private var owed = SpoolHint()
    private var owedTimer: Task<Void, Never>?
    private var hasWarnedOfWatches = false
    private var subscribers: [Int: AsyncStream<TaskEvent>.Continuation] = [:]
    private var touchReaders: [Int: AsyncStream<TaskTouch>.Continuation] = [:]
    private var nextSubscriber = 0
    private let published = Mutex(0)
    /// Where past events are read again.
    package nonisolated let journalFiles: JournalFiles

    /// What was last seen of a task. The state stands for itself: `paused` and `archived` are words of two states.
    private struct Seen: Equatable {
        var state: TaskState
        var status: String
        /// Nil where that is not known: the journal does not tell it.
        var turn: Int?
    }

    package init(
        _ spool: SpoolDirectory, watcher: SpoolWatcher, node: NodeIdentity, logger: Logger
    ) throws(SpoolError) {
        self.spool = spool
        self.watcher = watcher
        self.logger = logger
        journal = try Journal(spool, node: node.node)
        journalFiles = journal.files
        published.withLock { [number = journal.number] in $0 = number }
        for event in try journal.recent() {
            seen[event.id] = Self.replay(event, after: seen[event.id])
            names[event.id] = event.name
            times[event.id] = seen[event.id]?.state.isEnded == false ? event.time : nil
        }
    }

    private static func replay(_ event: TaskEvent, after before: Seen?) -> Seen? {
        let state: TaskState
        switch event.kind {
        case .deleted: return nil
        case .created: state = .new
        case .started: state = .running
        case .completed: state = .done
        case .failed: state = .failed
        case .updated:
            // A task that is put back is `pending` or `paused`; any other update is one within its state.
            state = event.status == "pending" ? .new : before?.state ?? .new
        }
        return Seen(state: state, status: event.status)
    }

    /// The number of the newest event, readable without waiting.
    package nonisolated var version: Int { published.withLock { $0 } }

    /// Observes until cancelled. The first look notices what happened while no daemon ran.
    package func run() async {
        let hints = watcher.subscribe()
        for await hint in hints {
            if hint.root || hint.everything { touch(.whole) }
            await observe(hint)
            if owed != SpoolHint(), owedTimer == nil {
                owedTimer = Task {
                    guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
                    self.owedTimer = nil
                    hints.poke(SpoolHint())
                }
            }
        }
        owedTimer?.cancel()
        for subscriber in subscribers.values { subscriber.finish() }
        subscribers = [:]
        for reader in touchReaders.values { reader.finish() }
        touchReaders = [:]
    }

    /// Events from now on. A reader that falls behind by more than the bound loses its stream, not the daemon memory.
    package func subscribe() -> (events: AsyncStream<TaskEvent>, version: Int) {
        let (stream, continuation) = AsyncStream.makeStream(of: TaskEvent.self, bufferingPolicy: .bufferingOldest(1024))
        let number = nextSubscriber
        nextSubscriber += 1
        subscribers[number] = continuation
        continuation.onTermination = { [weak self] _ in
            Task { await self?.unsubscribe(number) }
        }
        return (stream, journal.number)
    }

    /// How many listen.
    package var subscriberCount: Int { subscribers.count }

    private func unsubscribe(_ number: Int) {
        subscribers[number] = nil
    }

    /// What may look different from now on without anything having become true of a task. Hints, of which the oldest
    /// are dropped for who is late.
    package func touches() -> AsyncStream<TaskTouch> {
        let (stream, continuation) = AsyncStream.makeStream(of: TaskTouch.self, bufferingPolicy: .bufferingNewest(256))
        let number = nextSubscriber
        nextSubscriber += 1
        touchReaders[number] = continuation
        continuation.onTermination = { [weak self] _ in
            Task { await self?.stopTouching(number) }
        }
        return stream
    }

    private func stopTouching(_ number: Int) {
        touchReaders[number] = nil
    }

    /// Tells who reads ``touches()`` where to look again.
    package func touch(_ touch: TaskTouch) {
        for reader in touchReaders.values { reader.yield(touch) }
    }

    /// A disk that is full, or a process that has too many files open, is seldom so for longer.
    private static let patience = Duration.seconds(2)

    private func observe(_ news: SpoolHint) async {
        var hint = news
        hint.merge(owed)
        owed = SpoolHint()
        let states = hint.everything ? Set(TaskState.allCases) : hint.states
        var touched = hint.moved.values.reduce(into: hint.tasks) { $0.formUnion($1) }
        do {
            if !states.isEmpty { touched.formUnion(try await changed(in: states, everywhere: hint.everything)) }
        } catch {
            logger.error("can't observe the spool", metadata: ["error": "\(error)"])
            owed.states.formUnion(states)
            owed.everything = owed.everything || hint.everything
        }
        for id in touched.sorted() {
            // A hundred thousand tasks are not kept waiting for: the next daemon tells of those that are left.
            if Task.isCancelled { return }
            do {
                try await look(at: id)
            } catch {
                logger.error("can't observe a task", metadata: ["task": "\(id)", "error": "\(error)"])
                owed.tasks.insert(id)
            }
        }
    }

    private struct Listing: Sendable {
        var present: [TaskID: TaskState] = [:]
        /// Those of `new/` with a `hold`, if anybody asked.
        var held: Set<TaskID> = []
        /// Unknown tasks whose last change came before the journal's oldest replayed event.
        var old: Set<TaskID> = []
        var strange: [String] = []
    }

    /// Tasks whose presence in one of these states differs from what was seen last; when anything may have changed
    /// everywhere, also those whose status may differ.
    private func changed(in states: Set<TaskState>, everywhere: Bool) async throws(SpoolError) -> Set<TaskID> {
        let (spool, known) = (spool, seen)
        // What the replayed part of the journal does not tell was told before it, if it is older: not to be told again.
        let toldBefore = hasLooked ? nil : journal.replayStart
        // Sorted by how a task moves, so that one that moves on while we list is seen at least once.
        let order: [TaskState] = [.new, .running, .done, .failed].filter(states.contains)
        let listing = try await BlockingPool.run { () throws(SpoolError) in
            var listing = Listing()
            for state in order {
                let (tasks, strangers) = try spool.listing(state)
                listing.strange += strangers.map { "\(state.rawValue)/\($0)" }
                for id in tasks {
                    listing.present[id] = state
                    if everywhere, state == .new, spool.isHeld(id, in: .new) { listing.held.insert(id) }
                    guard known[id] == nil else { continue }
                    if let toldBefore, let change = try spool.lastChange(of: id, in: state), change < toldBefore {
                        listing.old.insert(id)
                    } else if state.isEnded, try spool.endedElsewhere(id, in: state) {
                        listing.old.insert(id)
                    }
                }
            }
            return listing
        }
        if everywhere { hasLooked = true }
        for name in listing.strange where strangers.insert(name).inserted {
            logger.warning("left alone: this can't be a task", metadata: ["path": "\(name)"])
        }
        for id in listing.old {
            guard let state = listing.present[id] else { continue }
            seen[id] = Seen(state: state, status: Self.usualStatus(of: state))
        }
        var result: Set<TaskID> = []
        for (id, state) in listing.present {
            guard let last = seen[id], last.state == state else {
                result.insert(id)
                continue
            }
            // It is watched before it is looked at.
            if !state.isEnded, !watched.contains(id) { result.insert(id) }
            guard everywhere else { continue }
            switch state {
            case .new: if listing.held.contains(id) != (last.status == "paused") { result.insert(id) }
            case .running: result.insert(id)
            case .done, .failed: break
            }
        }
        for (id, last) in seen where listing.present[id] == nil && states.contains(last.state) { result.insert(id) }
        return result
    }

    private static func usualStatus(of state: TaskState) -> String {
        switch state {
        case .new: "pending"
        case .running: "running"
        case .done: "completed"
        case .failed: "failed"
        }
    }

    /// - Parameter state: Where its watch has just been set.
    private func look(at id: TaskID, watchedIn state: TaskState? = nil) async throws(SpoolError) {
        let (spool, watcher, isWatched) = (spool, watcher, watched.contains(id))
        let time = Timestamp.now()
        var snapshot: TaskSnapshot?
        var watching: Watching?
        do {
            (watching, snapshot) = try await BlockingPool.run { () throws(SpoolError) in
                let watching = isWatched ? nil : Watching(id, in: try spool.locate(id).1, watcher)
                return (watching, try spool.snapshot(id))
            }
        } catch  where error.code == .taskNotFound {
            snapshot = nil
        }
        note(watching, of: id)
        let before = seen[id]
        guard let snapshot else {
            watched.remove(id)
            watcher.unwatchTask(id)
            if before != nil {
                try record(.deleted, id: id, status: "deleted")
                seen[id] = nil
                names[id] = nil
                times[id] = nil
            }
            return
        }
        let last = times[id]
        defer { times[id] = seen[id]?.state.isEnded == false ? time : nil }
        names[id] = snapshot.name
        let now = Seen(state: snapshot.state, status: snapshot.status, turn: snapshot.turn)
        if watching?.state ?? state != now.state,
            before?.state != now.state || now.state.isEnded == watched.contains(id)
        {
            watch(id, in: now.state)
            // What happened in it before a watch that is set only now has to be looked for.
            if !now.state.isEnded { return try await look(at: id, watchedIn: now.state) }
        }
        if before == now {
            if now.state == .running { touch(.activity(id)) }
            return
        }
        if let before, before.state == now.state, before.status == now.status {
            // The first turn is what the task was started for; from then on each further one is told of.
            guard before.turn != nil, (now.turn ?? 1) > 1 else {
                touch(.activity(id))
                return seen[id] = now
            }
        }
        // An event that can't be written is tried again with the next look.
        if before == nil {
            try record(.created, id: id, status: now.state == .new ? now.status : "pending")
            seen[id] = Seen(state: .new, status: now.status)
        }
        // One that was started and ended between two looks: also by a daemon that died before it could tell.
        if before?.state ?? .new == .new, now.state.isEnded, try await wasClaimed(id, in: now.state, since: last) {
            try record(.started, id: id, status: "running")
            seen[id] = Seen(state: .running, status: "running")
        }
        if before?.state == now.state {
            try record(.updated, id: id, status: now.status)
        } else {
            switch now.state {
            case .new: if before != nil { try record(.updated, id: id, status: now.status) }
            case .running: try record(.started, id: id, status: now.status)
            case .done: try record(.completed, id: id, status: now.status)
            case .failed: try record(.failed, id: id, status: now.status)
            }
        }
        seen[id] = now
    }

    /// How far a file's time may lie behind the clock, in milliseconds: the kernel gives files the time of its last tick,
    /// of which there are at least 100 a second.
    private static let coarseness = 20

    private func wasClaimed(
        _ id: TaskID, in state: TaskState, since last: Timestamp?
    ) async throws(SpoolError) -> Bool {
        let spool = spool
        let claim = try await BlockingPool.run { () throws(SpoolError) in try spool.lastClaim(of: id, in: state) }
        guard let claim else { return false }
        return last.map { claim.milliseconds + Self.coarseness >= $0.milliseconds } ?? true
    }

    /// An attempt to watch a task's directory.
    private struct Watching: Sendable {
        let state: TaskState
        /// Nil if it is watched now, or has ended and need not be.
        var error: WatchError?

        init(_ id: TaskID, in state: TaskState, _ watcher: SpoolWatcher) {
            self.state = state
            if state.isEnded { return }
            do throws(WatchError) {
                try watcher.watchTask(id, in: state)
            } catch {
                self.error = error
            }
        }
    }

    private func note(_ watching: Watching?, of id: TaskID) {
        guard let watching, !watching.state.isEnded else { return }
        switch watching.error {
        case nil: watched.insert(id)
        case let error? where error.code == .limitReached:
            if !hasWarnedOfWatches {
                logger.warning("some changes by hand will be noticed late", metadata: ["error": "\(error)"])
            }
            hasWarnedOfWatches = true
            watched.insert(id)
        // Gone already: the next hint says where to.
        default: break
        }
    }

    private func watch(_ id: TaskID, in state: TaskState) {
        guard !state.isEnded else {
            watched.remove(id)
            watcher.unwatchTask(id)
            return
        }
        note(Watching(id, in: state, watcher), of: id)
    }

    private func record(_ kind: TaskEvent.Kind, id: TaskID, status: String) throws(SpoolError) {
        let event = try journal.append(kind, id: id, name: names[id] ?? id.rawValue, status: status)
        published.withLock { $0 = event.number }
        for (number, subscriber) in subscribers {
            if case .dropped = subscriber.yield(event) {
                subscriber.finish()
                subscribers[number] = nil
            }
        }
    }
}
