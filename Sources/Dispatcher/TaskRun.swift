import Blocking
import Evidence
import JSON
import Logging
import OpenCode
import Spool
import SystemPackage
import Worktrees

/// One task, from its claim to its last rename.
///
/// Everything that it must know after a crash lies in the task's directory before it is acted upon; a run that adopts a
/// task does not differ from one that claimed it, except in what it finds there.
actor TaskRun {
    let id: TaskID
    let spool: SpoolDirectory
    let backend: Backend
    let watcher: SpoolWatcher
    let settings: HarnessSettings
    let node: NodeIdentity
    let mailbox: RunMailbox
    let logger: Logger
    /// Tells the dispatcher whether the task waits for a person.
    let setWaiting: @Sendable (Bool) -> Void
    /// Whether the task was found in `running/`, not claimed by us just now.
    let isAdopted: Bool

    let task: TaskPaths
    var session: AgentSession?
    /// The real path of the task's workspace, once it is known to be there.
    var workspace: FilePath?
    /// The worktree that the task has to itself, if it wants one.
    var worktree: WorktreeRecord?
    var isWaiting = false
    /// Whether `asks/` is watched. It stays where it is once it is there.
    var watchesAnswers = false
    /// Sessions known to be in our tree, or not.
    var kinship: [String: Bool] = [:]
    var childFingerprints: [String: Int] = [:]
    var lastActivity: JSONValue?
    /// What the turn had come to at the last look.
    var lastSeen: TurnObservation?
    /// Who is to work, the task's own wishes and the configuration's taken together.
    var choice = AgentChoice()
    /// Whether the task itself says which model is to work.
    var namesModel = false
    /// What the task has used and changed, for its budget.
    var spending = Spending()
    /// Whether this attempt has been seen to get work done.
    var hasWorked = false
    /// What identifies the prompt, once it has been recorded.
    var record: TurnRecord?
    /// What the checks said of the last claim; nil where there are none, or none were made in this turn.
    var checked: CheckedClaim?
    /// For how long the server was not there when it was to be asked.
    var outage = Duration.zero

    var server: any AgentServer { backend.server }
    var monitor: ServerMonitor { backend.monitor }

    init(
        id: TaskID, isAdopted: Bool, spool: SpoolDirectory, backend: Backend, watcher: SpoolWatcher,
        settings: HarnessSettings, node: NodeIdentity, mailbox: RunMailbox, logger: Logger,
        setWaiting: @escaping @Sendable (Bool) -> Void
    ) {
        self.id = id
        self.isAdopted = isAdopted
        self.spool = spool
        self.backend = backend
        self.watcher = watcher
        self.settings = settings
        self.node = node
        self.mailbox = mailbox
        var logger = logger
        logger[metadataKey: "task"] = "\(id)"
        self.logger = logger
        self.setWaiting = setWaiting
        task = spool.paths.task(id, in: .running)
    }

    /// Brings a task that lies in `running/` to its end, or leaves it there if the daemon stops.
    func run() async {
        var stop: RunStop
        do throws(RunStop) {
            let spec = try await readSpec()
            stop = .ended(try await work(spec))
        } catch {
            stop = error
        }
        // The ending itself may find that the task is gone, or be cut short.
        while true {
            do throws(RunStop) {
                try await finish(stop)
                break
            } catch {
                stop = error
                if case .daemonStops = error { break }
            }
        }
        if let session { monitor.unregister(session: session.id) }
    }

    private func readSpec() async throws(RunStop) -> TaskSpec {
        let (spool, id) = (spool, id)
        do {
            let spec = try await BlockingPool.run { () throws(SpoolError) in try spool.readSpec(id, in: .running) }
            guard let spec else { throw RunStop.unreadable("it has no task.json; move it to new/ to have it read") }
            return spec
        } catch let stop as RunStop {
            throw stop
        } catch let error as SpoolError {
            throw error.code == .taskNotFound ? .gone : .unreadable("\(error)")
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// A run's work: a session, a prompt, and the turn's end.
    private func work(_ spec: TaskSpec) async throws(RunStop) -> TurnEnd {
        try await recallSession(spec)
        try await checkControls()
        let named = try realPath(of: spec)
        choice = settings.choice(of: spec, in: named)
        namesModel = spec.model != nil
        let workspace = try await workplace(spec, workspace: named)
        self.workspace = workspace
        // Beside making the session, unless that is somebody else's, who may be in the middle of something: then the
        // baseline is taken once it is idle.
        let isDue = try await wantsBaseline(spec)
        async let baseline = isDue ? baselineRecorded(spec) : .success(())
        let session = try await openSession(spec, workspace: workspace)
        self.session = session
        try await proceed(after: await baseline)
        monitor.register(mailbox, session: session.id)
        var record = try await prompt(spec, session: session)
        while true {
            self.record = record
            checked = nil
            let end = try await turnEnd(record, spec, session)
            guard let claim = needsProof(end, spec) else { return end }
            let found = try await check(claim, spec, record)
            checked = found
            guard case .again(let text) = found.conclusion else { return end }
            record = try await promptNext(text, after: record, spec: spec, session: session)
        }
    }

    /// Takes note of the session and the workspace that an adopted task has already, so that one that was cancelled while
    /// no daemon ran has its session stopped and its changes told, too.
    private func recallSession(_ spec: TaskSpec) async throws(RunStop) {
        let (spool, task) = (spool, task)
        let id = try await persist { () throws(SpoolError) -> String? in
            if let id = try spool.readWord(task.session) { return id }
            // A power cut may have undone the file, not the record of the prompt.
            guard let id = TurnRecord.read(from: task, in: spool)?.session else { return nil }
            try DurableFile.writeVolatile(id + "\n", to: task.session)
            return id
        }
        if spec.worktree { worktree = try await worktreeRecord() }
        guard let id, let path = RealPath.resolve(worktree?.workingDirectory ?? spec.workspace) else { return }
        workspace = path
        session = AgentSession(id: id, directory: path.string)
    }

    private func isFresh(_ spec: TaskSpec) -> Bool { spec.sessionID == nil && !spool.exists(task.turn) }

    /// Whether the baseline is to be taken beside making the session: of a task that begins, and of one whose prompt another
    /// program has sent, if nobody has looked at the workspace yet: what changes from now on can be told, at least.
    private func wantsBaseline(_ spec: TaskSpec) async throws(RunStop) -> Bool {
        if isFresh(spec) { return true }
        return try await isCarriedOver() && !spool.exists(task.evidence.appending("baseline.json"))
    }

    private func realPath(of spec: TaskSpec) throws(RunStop) -> FilePath {
        guard let path = RealPath.resolve(spec.workspace) else {
            throw .unreadable(
                "its workspace \(spec.workspace) is not there, or is no directory; make it, and retry the task"
            )
        }
        // Looked at when the task was accepted, too; since then a link may lead elsewhere, and a task.json that was
        // moved in by hand has not been looked at at all.
        if let problem = settings.refusal(path) { throw .unreadable("its workspace: \(problem)") }
        return path
    }

    // MARK: what both sides of a run need

    /// Looks at what people did to the task's directory.
    func checkControls() async throws(RunStop) {
        if Task.isCancelled { throw .daemonStops }
        guard spool.isRunning(id) else { throw .gone }
        if spool.isCancelled(id, in: .running) { throw .ended(.cancelled("cancelled by request")) }
    }

    /// Does something to the task's directory. Trouble with the disk is waited out: the task is not to blame.
    func persist<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SpoolError) -> Value
    ) async throws(RunStop) -> Value {
        var pause = Duration.seconds(1)
        while true {
            do throws(SpoolError) {
                return try await BlockingPool.run(body)
            } catch {
                if error.code == .taskNotFound && !spool.isRunning(id) { throw .gone }
                if error.code != .systemCall && error.code != .taskNotFound { throw .unreadable("\(error)") }
                logger.error("can't write; trying again", metadata: ["error": "\(error)"])
            }
            _ = await mailbox.take(until: .now + pause)
            if Task.isCancelled { throw .daemonStops }
            pause = min(pause * 2, .seconds(30))
        }
    }

    func log(_ event: String, _ fields: JSONObject = [:]) async throws(RunStop) {
        let task = task
        try await persist { () throws(SpoolError) in try TaskLog.append(event, fields, to: task) }
    }

    /// Asks the server something that may be asked again, and waits while it is not there.
    ///
    /// Nothing fails because a server is down; cancelling still works while it is. How long it was is added to
    /// ``outage``.
    ///
    /// - Parameters:
    ///   - deadline: When to give up on a server that is there and answers nothing of use.
    ///   - isAsked: Whether the prompt may have been sent. If not, a session that the server does not know any more is no
    ///     loss: the task begins again with another.
    func ask<Value: Sendable>(
        until deadline: ContinuousClock.Instant? = nil, isAsked: Bool = true,
        _ body: @Sendable () async throws(AgentError) -> Value
    ) async throws(RunStop) -> Value {
        var pause = Duration.milliseconds(200)
        var awaySince: ContinuousClock.Instant?
        defer { if let awaySince { outage += .now - awaySince } }
        while true {
            let problem: AgentError
            do throws(AgentError) {
                return try await body()
            } catch {
                problem = error
            }
            if Task.isCancelled || problem.code == .cancelled { throw .daemonStops }
            logger.debug("the server did not answer", metadata: ["error": "\(problem)"])
            switch problem.code {
            case .notFound where !isAsked:
                throw .postponed(.seconds(1), reason: "the server does not know the session any more: \(problem)")
            case .notFound:
                throw .ended(.interrupted("the server does not know the session any more: \(problem)"))
            case .refused where !problem.mayPass:
                // Nobody follows the turn from here on, so it must not go on.
                if let session { await stopSession(session) }
                throw .ended(.failed(AgentFailure(name: "Server", message: problem.message, mayPass: false)))
            case .unreachable, .unauthorized, .notAnAgent, .unsupported:
                if awaySince == nil { awaySince = .now }
            default: break
            }
            if awaySince == nil, let deadline, ContinuousClock.now >= deadline {
                throw .ended(.timedOut("the turn's time was over while the server could not be asked: \(problem)"))
            }
            _ = await mailbox.take(until: .now + pause)
            try await checkControls()
            pause = min(pause * 2, .seconds(10))
        }
    }
}
