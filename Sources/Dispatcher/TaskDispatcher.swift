import Blocking
package import Logging
package import OpenCode
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
        var candidate: TaskCandidate?
        var isWaiting = false
    }

    let spool: SpoolDirectory
    let watcher: SpoolWatcher
    let server: any AgentServer
    package nonisolated let monitor: ServerMonitor
    let settings: HarnessSettings
    let node: NodeIdentity
    let logger: Logger
    let hints: SpoolHints

    var runs: [TaskID: Run] = [:]
    var candidates: [TaskID: TaskCandidate] = [:]
    /// Tasks that could not be read or claimed, with the time before which they are left alone.
    var postponed: [TaskID: ContinuousClock.Instant] = [:]
    private var alarm: Task<Void, Never>?
    private let endings: AsyncStream<TaskEvent>

    /// Subscribes to what it follows; nothing is started before ``run()``.
    package init(
        spool: SpoolDirectory, watcher: SpoolWatcher, observer: TaskObserver, server: any AgentServer,
        settings: HarnessSettings, node: NodeIdentity, logger: Logger
    ) async {
        self.spool = spool
        self.watcher = watcher
        self.server = server
        self.settings = settings
        self.node = node
        self.logger = logger
        monitor = ServerMonitor(server: server, logger: logger)
        hints = watcher.subscribe()
        endings = await observer.subscribe().events
    }

    /// Adopts what runs, starts what may start, until cancelled or shut down. Runs are then left as they are: their
    /// sessions go on, and the next daemon adopts them.
    package func run() async throws {
        monitor.onChange { [hints] in
            var hint = SpoolHint()
            hint.root = true
            hints.poke(hint)
        }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.monitor.run() }
                group.addTask { await self.settleEndings() }
                await self.dispatch(&group)
                group.cancelAll()
            }
        }
    }

    private func dispatch(_ group: inout DiscardingTaskGroup) async {
        for await hint in hints {
            for id in hint.tasks { runs[id]?.mailbox.post(.tree) }
            do throws(SpoolError) {
                if hint.everything || hint.states.contains(.running) { try await lookAtRunning(&group) }
                // A directory that was moved into new/ by hand becomes a task when its task.json is written: a change in
                // the task, not in new/.
                let hasStranger = hint.tasks.contains { runs[$0] == nil && candidates[$0] == nil }
                if hint.everything || hint.states.contains(.new) || hasStranger { try await lookAtNew() }
                try await cancelWaiting(hint.everything ? nil : hint.tasks)
                try await start(&group)
            } catch {
                logger.error("can't look at the spool", metadata: ["error": "\(error)"])
                wake(at: .now + .seconds(1), everything: true)
            }
        }
        alarm?.cancel()
    }

    // MARK: running

    /// Adopts tasks in `running/` that no run of ours works on, and tells runs whose task is gone.
    private func lookAtRunning(_ group: inout DiscardingTaskGroup) async throws(SpoolError) {
        let spool = spool
        let present = Set(try await BlockingPool.run { () throws(SpoolError) in try spool.list(.running) })
        for (id, run) in runs where !present.contains(id) { run.mailbox.post(.tree) }
        for id in present.sorted() where runs[id] == nil {
            let found = try await BlockingPool.run { () throws(SpoolError) -> TaskCandidate?? in
                do throws(SpoolError) {
                    guard try spool.settleRunning(id) == .adoptable else { return nil }
                    let spec = try spool.readSpec(id, in: .running)
                    return .some(spec.map { TaskCandidate(id: id, spec: $0, retry: nil) })
                } catch {
                    if error.code == .taskNotFound { return nil }
                    if error.code == .damaged { return .some(nil) }
                    throw error
                }
            }
            guard let candidate = found, runs[id] == nil else { continue }
            logger.info("adopted", metadata: ["task": "\(id)"])
            let run = begin(id, candidate: candidate, isAdopted: true)
            group.addTask {
                await run.run()
                await self.ended(id)
            }
        }
    }

    func begin(_ id: TaskID, candidate: TaskCandidate?, isAdopted: Bool) -> TaskRun {
        let mailbox = RunMailbox()
        runs[id] = Run(mailbox: mailbox, candidate: candidate)
        candidates[id] = nil
        return TaskRun(
            id: id, isAdopted: isAdopted, spool: spool, server: server, monitor: monitor, watcher: watcher,
            settings: settings, node: node, mailbox: mailbox, logger: logger
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

    /// Has the dispatcher look again at that time, at the latest. One alarm is enough: the next look sets the next.
    func wake(at time: ContinuousClock.Instant, everything: Bool = false) {
        alarm?.cancel()
        alarm = Task { [hints] in
            guard (try? await Task.sleep(until: time, clock: .continuous)) != nil else { return }
            var hint = SpoolHint()
            hint.root = true
            hint.everything = everything
            hints.poke(hint)
        }
    }

    // MARK: endings made by hand

    private func settleEndings() async {
        for await event in endings where event.kind == .failed || event.kind == .completed {
            // A run that was robbed of its task writes its ending itself.
            if runs[event.id] != nil { continue }
            let ending = HandMadeEnding(spool: spool, id: event.id)
            guard let session = await ending.record(logger: logger) else { continue }
            guard let spec = await spec(of: event.id) else { continue }
            let directory = RealPath.resolve(spec.workspace) ?? spec.workspace
            try? await server.abort(AgentSession(id: session, directory: directory.string))
        }
    }

    private func spec(of id: TaskID) async -> TaskSpec? {
        let spool = spool
        return try? await BlockingPool.run { () throws(SpoolError) in
            let (_, state) = try spool.locate(id)
            return try spool.readSpec(id, in: state)
        }
    }
}
