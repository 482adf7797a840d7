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
    private var seen: [TaskID: String] = [:]
    private var names: [TaskID: String] = [:]
    private var strangers: Set<String> = []
    private var hasWarnedOfWatches = false
    private var subscribers: [Int: AsyncStream<TaskEvent>.Continuation] = [:]
    private var nextSubscriber = 0
    private let published = Mutex(0)

    package init(
        _ spool: SpoolDirectory, watcher: SpoolWatcher, node: NodeIdentity, logger: Logger
    ) throws(SpoolError) {
        self.spool = spool
        self.watcher = watcher
        self.logger = logger
        journal = try Journal(spool, node: node.node)
        published.withLock { [number = journal.number] in $0 = number }
        for event in try journal.recent() {
            seen[event.id] = event.kind == .deleted ? nil : event.status
            names[event.id] = event.name
        }
    }

    /// The number of the newest event, readable without waiting.
    package nonisolated var version: Int { published.withLock { $0 } }

    /// Observes until cancelled. The first look notices what happened while no daemon ran.
    package func run() async {
        for await hint in watcher.subscribe() {
            await observe(hint)
        }
        for subscriber in subscribers.values { subscriber.finish() }
        subscribers = [:]
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

    private func unsubscribe(_ number: Int) {
        subscribers[number] = nil
    }

    private func observe(_ hint: SpoolHint) async {
        var states = hint.states
        if hint.everything { states = Set(TaskState.allCases) }
        var touched = hint.tasks
        do {
            if !states.isEmpty { touched.formUnion(try await changed(in: states)) }
            for id in touched.sorted() { try await look(at: id) }
        } catch {
            logger.error("can't observe the spool", metadata: ["error": "\(error)"])
        }
    }

    /// Tasks whose presence in one of these states differs from what was seen last, or that still can change.
    private func changed(in states: Set<TaskState>) async throws(SpoolError) -> Set<TaskID> {
        let spool = spool
        // Sorted by how a task moves, so that one that moves on while we list is seen at least once.
        let order: [TaskState] = [.new, .running, .done, .failed].filter(states.contains)
        let listing = try await BlockingPool.run { () throws(SpoolError) in
            var present: [TaskID: TaskState] = [:]
            var strange: [String] = []
            for state in order {
                for name in try spool.names(in: state) {
                    if let id = TaskID(name) {
                        present[id] = state
                    } else {
                        strange.append("\(state.rawValue)/\(name)")
                    }
                }
            }
            return (present, strange)
        }
        for name in listing.1 where strangers.insert(name).inserted {
            logger.warning("left alone: no task can have this name", metadata: ["path": "\(name)"])
        }
        var result: Set<TaskID> = []
        for (id, state) in listing.0 where seen[id].map({ !Self.fits($0, state) }) ?? true { result.insert(id) }
        for (id, status) in seen where listing.0[id] == nil && order.contains(where: { Self.fits(status, $0) }) {
            result.insert(id)
        }
        return result
    }

    private static func fits(_ status: String, _ state: TaskState) -> Bool {
        switch state {
        case .new: status == "pending" || status == "paused"
        case .running: status == "running" || status == "waiting" || status == "paused"
        case .done: status == "completed" || status == "archived"
        case .failed: status == "failed" || status == "archived"
        }
    }

    private func look(at id: TaskID) async throws(SpoolError) {
        let spool = spool
        let snapshot: TaskSnapshot?
        do {
            snapshot = try await BlockingPool.run { () throws(SpoolError) in try spool.snapshot(id) }
        } catch  where error.code == .taskNotFound {
            snapshot = nil
        }
        let before = seen[id]
        guard let snapshot else {
            watcher.unwatchTask(id)
            if before != nil {
                try record(.deleted, id: id, status: "deleted")
                seen[id] = nil
                names[id] = nil
            }
            return
        }
        names[id] = snapshot.name
        if before == nil || !Self.fits(before ?? "", snapshot.state) { watch(snapshot) }
        let status = snapshot.status
        if before == status { return }
        // Set before the events go out: whoever reacts to one must find the tree at least as far.
        seen[id] = status
        if before == nil { try record(.created, id: id, status: "pending") }
        let wasRunning = before.map { Self.fits($0, .running) && !Self.fits($0, .new) } ?? false
        switch snapshot.state {
        case .new: if before != nil { try record(.updated, id: id, status: status) }
        case .running: try record(wasRunning ? .updated : .started, id: id, status: status)
        case .done: try record(snapshot.isArchived ? .updated : .completed, id: id, status: status)
        case .failed: try record(snapshot.isArchived ? .updated : .failed, id: id, status: status)
        }
    }

    private func watch(_ snapshot: TaskSnapshot) {
        guard !snapshot.state.isEnded else {
            watcher.unwatchTask(snapshot.id)
            return
        }
        do {
            try watcher.watchTask(snapshot.id, in: snapshot.state)
        } catch  where error.code == .limitReached {
            if !hasWarnedOfWatches {
                logger.warning("some changes by hand will be noticed late", metadata: ["error": "\(error)"])
            }
            hasWarnedOfWatches = true
        } catch {
            // Gone already: the next hint says where to.
            return
        }
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
