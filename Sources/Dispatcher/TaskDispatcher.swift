import Blocking
package import Logging
import OpenCode
import ServiceLifecycle
package import Spool
import SystemPackage

/// Chooses which task is worked on next, and has each one worked on by a run of its own.
///
/// Knows what is in the spool only by looking: on every hint it lists again. What it holds is the set of runs of this
/// process, and a note of each waiting task that spares reading it at every look.
package actor TaskDispatcher: Service {
    struct Run {
        var mailbox: RunMailbox
        /// The name of the server that it works with.
        var backend: String
        var candidate: TaskCandidate?
        var isWaiting = false
    }

    let spool: SpoolDirectory
    let watcher: SpoolWatcher
    /// Never empty.
    package nonisolated let backends: [Backend]
    let settings: HarnessSettings
    let node: NodeIdentity
    let logger: Logger
    let hints: SpoolHints
    let dependencies: DependencyFinder

    var runs: [TaskID: Run] = [:]
    var candidates = WaitingTasks()
    /// Tasks in `new/` that are no candidates yet, as they could not be read, or ended; looked at again with each hint.
    var unread: Set<TaskID> = []
    /// Waiting tasks that others stand in the way of, as of the last look.
    var blocked: Set<TaskID> = []
    /// Tasks that could not be read or claimed, with the time before which they are left alone.
    var postponed: [TaskID: ContinuousClock.Instant] = [:]
    private var alarm: (time: ContinuousClock.Instant, task: Task<Void, Never>)?
    /// Where to look when it rings.
    private var alarmHint = SpoolHint()
    private let endings: AsyncStream<TaskEvent>
    private let observer: TaskObserver

    /// Subscribes to what it follows; nothing is started before ``run()``.
    package init(
        spool: SpoolDirectory, watcher: SpoolWatcher, observer: TaskObserver, backends: [Backend],
        settings: HarnessSettings, node: NodeIdentity, logger: Logger
    ) async {
        self.spool = spool
        dependencies = DependencyFinder(spool, TaskIndex(spool))
        self.watcher = watcher
        self.backends = backends
        self.settings = settings
        self.node = node
        self.logger = logger
        hints = watcher.subscribe()
        self.observer = observer
        endings = await observer.subscribe().events
    }

    /// Adopts what runs, starts what may start, until cancelled or shut down. Runs are then left as they are: their
    /// sessions go on, and the next daemon adopts them.
    package func run() async throws {
        for backend in backends {
            backend.monitor.onChange { [hints, observer] in
                var hint = SpoolHint()
                hint.root = true
                hints.poke(hint)
                // Whoever looks at the whole is told now, and not with the next heartbeat.
                Task { await observer.touch(.whole) }
            }
        }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for backend in self.backends { group.addTask { await backend.monitor.run() } }
                group.addTask { await self.settleEndings() }
                await self.dispatch(&group)
                group.cancelAll()
            }
        }
    }

    private func dispatch(_ group: inout DiscardingTaskGroup) async {
        for await hint in hints {
            let touched = hint.tasks.union(hint.watched)
            for id in touched { runs[id]?.mailbox.post(.tree) }
            do throws(SpoolError) {
                if hint.concerns(.running) { try await lookAtRunning(&group) }
                // A directory that was moved into new/ by hand becomes a task when its task.json is written: a change in
                // the task, not in new/.
                let strangers = touched.filter { runs[$0] == nil && candidates[$0] == nil }
                let arrived = strangers.union(hint.moved[.new] ?? []).union(unread)
                if hint.everything || hint.states.contains(.new) {
                    try await lookAtNew()
                } else if !arrived.isEmpty {
                    try await lookAtNew(arrived)
                }
                try await cancelWaiting(hint.everything ? nil : touched)
                try await endExpired()
                if hint.everything || !hint.states.isEmpty || !hint.moved.isEmpty || !strangers.isEmpty
                    || concernsDependents(touched)
                {
                    try await lookAtDependencies()
                }
                try await start(&group)
            } catch {
                logger.error("can't look at the spool", metadata: ["error": "\(error)"])
                wake(at: .now + .seconds(1), everything: true)
            }
        }
        alarm?.task.cancel()
    }

    // MARK: running

    /// Adopts tasks in `running/` that no run of ours works on, and tells runs whose task is gone.
    private func lookAtRunning(_ group: inout DiscardingTaskGroup) async throws(SpoolError) {
        let spool = spool
        let present = Set(try await BlockingPool.run { () throws(SpoolError) in try spool.list(.running) })
        for (id, run) in runs where !present.contains(id) { run.mailbox.post(.tree) }
        for id in postponed.keys where runs[id] != nil || !present.contains(id) && candidates[id] == nil {
            postponed[id] = nil
        }
        for id in present.sorted() where runs[id] == nil {
            if let until = postponed[id], until > .now { continue }
            let found: Adoptable?
            do throws(SpoolError) {
                found = try await adoptable(id)
            } catch {
                // One that can't be looked at must not keep the others waiting.
                postpone(id, "can't adopt", error)
                continue
            }
            guard let found, runs[id] == nil else { continue }
            guard let backend = backend(of: found) else {
                await refuse(id, in: .running, reason: Self.noBackend(for: found.candidate?.workspace))
                continue
            }
            logger.info("adopted", metadata: ["task": "\(id)", "server": "\(backend.name)"])
            let run = begin(id, candidate: found.candidate, backend: backend, isAdopted: true)
            group.addTask {
                await run.run()
                await self.ended(id)
            }
        }
    }

    /// A task in `running/` that nobody works on.
    private struct Adoptable: Sendable {
        /// Nil when it can't be read; its run says so.
        var candidate: TaskCandidate?
        /// The server that has its prompt.
        var server: String?
    }

    /// Nil if it is on its way elsewhere.
    private func adoptable(_ id: TaskID) async throws(SpoolError) -> Adoptable? {
        let (spool, settings) = (spool, settings)
        return try await BlockingPool.run { () throws(SpoolError) -> Adoptable? in
            do throws(SpoolError) {
                guard try spool.settleRunning(id) == .adoptable else { return nil }
                let spec = try spool.readSpec(id, in: .running)
                let turn = TurnRecord.read(from: spool.paths.task(id, in: .running), in: spool)
                return Adoptable(
                    candidate: spec.map {
                        TaskCandidate(id: id, spec: $0, retry: nil, hasBegun: true, settings: settings)
                    },
                    server: turn?.server)
            } catch {
                if error.code == .taskNotFound { return nil }
                if error.code == .damaged { return Adoptable() }
                throw error
            }
        }
    }

    /// Leaves a task alone for a while that nothing can be done with now; says so the first time.
    func postpone(_ id: TaskID, _ what: String, _ error: SpoolError) {
        let isNew = postponed[id] == nil
        logger.log(
            level: isNew ? .error : .debug, "\(what)", metadata: ["task": "\(id)", "error": "\(error)"])
        postponed[id] = .now + Self.postponement
        wake(at: .now + Self.postponement, states: [.running])
    }

    private static let postponement = Duration.seconds(5)

    private func backend(of task: Adoptable) -> Backend? {
        if let name = task.server, let backend = backends.first(where: { $0.name == name }) { return backend }
        guard let workspace = task.candidate?.workspace else { return backends.first }
        return backends.having(workspace).first
    }

    func begin(_ id: TaskID, candidate: TaskCandidate?, backend: Backend, isAdopted: Bool) -> TaskRun {
        let mailbox = RunMailbox()
        runs[id] = Run(mailbox: mailbox, backend: backend.name, candidate: candidate)
        candidates[id] = nil
        return TaskRun(
            id: id, isAdopted: isAdopted, spool: spool, backend: backend, watcher: watcher, settings: settings,
            node: node, mailbox: mailbox, logger: logger
        ) { isWaiting in
            Task { await self.setWaiting(id, isWaiting) }
        }
    }

    private func setWaiting(_ id: TaskID, _ isWaiting: Bool) {
        runs[id]?.isWaiting = isWaiting
        wake()
    }

    func ended(_ id: TaskID) {
        runs[id] = nil
        // Somebody may have moved it back to running/ while its run was ending.
        wake(states: [.new, .running])
    }

    /// Has the dispatcher look again now.
    func wake(states: Set<TaskState> = []) {
        var hint = SpoolHint()
        hint.root = true
        hint.states = states
        hints.poke(hint)
    }

    /// Has the dispatcher look again at that time, at the latest. One alarm is enough, the earliest: each look sets the
    /// next.
    func wake(at time: ContinuousClock.Instant, everything: Bool = false, states: Set<TaskState> = []) {
        alarmHint.root = true
        alarmHint.everything = alarmHint.everything || everything
        alarmHint.states.formUnion(states)
        if let alarm, alarm.time <= time, alarm.time > .now { return }
        alarm?.task.cancel()
        let task = Task {
            guard (try? await Task.sleep(until: time, clock: .continuous)) != nil else { return }
            self.ring()
        }
        alarm = (time, task)
    }

    /// The same for a time of the wall clock, which may be set while we wait: it is read again every half minute.
    func wake(at time: Timestamp) {
        let left = Duration.milliseconds(max(1, time.milliseconds - Timestamp.now().milliseconds))
        wake(at: .now + min(left, Self.longestSleep))
    }

    private static let longestSleep = Duration.seconds(30)

    private func ring() {
        alarm = nil
        hints.poke(alarmHint)
        alarmHint = SpoolHint()
    }

    // MARK: endings made by hand

    private func settleEndings() async {
        for await event in endings where event.kind == .failed || event.kind == .completed {
            // A run that was robbed of its task writes its ending itself.
            if runs[event.id] != nil { continue }
            let ending = HandMadeEnding(spool: spool, id: event.id)
            guard let found = await ending.record(logger: logger) else { continue }
            guard let spec = await spec(of: event.id) else { continue }
            await abort(found.session, of: found.turn, in: RealPath.resolve(spec.workspace) ?? spec.workspace)
        }
    }

    /// Stops a session that no run of ours looks after.
    func abort(_ session: String, of turn: TurnRecord?, in workspace: FilePath) async {
        guard let backend = backends.first(where: { $0.name == turn?.server }) ?? backends.having(workspace).first
        else {
            return
        }
        let session = AgentSession(id: session, directory: workspace.string)
        try? await backend.server.abort(session, prompt: turn?.mark.id)
    }

    private func spec(of id: TaskID) async -> TaskSpec? {
        let spool = spool
        return try? await BlockingPool.run { () throws(SpoolError) in
            let (_, state) = try spool.locate(id)
            return try spool.readSpec(id, in: state)
        }
    }
}
