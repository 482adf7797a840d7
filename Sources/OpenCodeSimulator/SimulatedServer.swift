import JSON
import Logging
import SystemPackage

/// All that the simulated OpenCode knows, and all that changes it. HTTP reaches it through the routes, the agent
/// through its stage.
actor SimulatedServer {
    nonisolated let version: SimulatorVersion
    nonisolated let options: SimulatorOptions
    nonisolated let logger: Logger

    var faults: SimulatorFaults
    /// When each rule of `faults.fail` was given, in milliseconds since 1970.
    var failuresSince: Int
    var sessions: SessionStore
    var instances: [String: ServerInstance] = [:]
    /// By session.
    var loops: [String: PromptLoop] = [:]
    var turns: [Int: RunningTurn] = [:]
    /// Prompts that were accepted and not yet stored.
    var arrivals: [Int: Task<Void, Never>] = [:]
    var lastArrival = 0
    /// Counts turns and loops.
    var lastTurn = 0
    /// What only wire 2 knows.
    var inbox: SessionInbox
    /// By session: the executions of wire 2.
    var executions: [String: Execution] = [:]
    /// Sessions that are said to run although they don't.
    var lingering: Set<String> = []
    /// Forms that were answered or refused.
    var settledForms: Set<String> = []
    /// Directories whose integrations were asked for.
    var readyLocations: Set<String> = []
    /// The last place given in each session's history.
    var sequences: [String: Int] = [:]
    /// Where it listens; 0 before.
    var port = 0
    var broadcast = EventBroadcast()
    /// Requests by method and path, of our own endpoints left out.
    var requests: [String: Int] = [:]
    var prompts = 0
    var restarts = 0
    private var identifiers = IdentifierClock()
    private let log: LineFile?
    private(set) var isClosed = false

    init(options: SimulatorOptions, version: SimulatorVersion, logger: Logger) throws(SimulatorError) {
        self.options = options
        self.version = version
        self.logger = logger
        faults = options.misbehaviour
        failuresSince = WallClock.milliseconds()
        sessions = try SessionStore(path: options.statePath)
        inbox = SessionInbox(notes: sessions.notes)
        log = try options.logFile.map { path throws(SimulatorError) in try LineFile(appendingTo: path) }
    }

    // MARK: small tools

    func newID(_ kind: IdentifierClock.Kind) -> String {
        identifiers.next(kind, at: WallClock.milliseconds())
    }

    /// Appends to the log file that tests count.
    func record(_ event: String, _ members: JSONObject = [:]) {
        guard let log else { return }
        var line: JSONObject = ["event": .string(event)]
        for (name, value) in members { line[name] = value }
        line["time"] = .int(WallClock.milliseconds())
        log.append(.object(line))
    }

    func count(_ request: String) {
        // Paths hold ids: a long run must not make this grow without bound.
        if requests.count < 4096 || requests[request] != nil { requests[request, default: 0] += 1 }
    }

    func instance(_ directory: String) -> ServerInstance { instances[directory] ?? ServerInstance() }

    // MARK: events

    func publish(
        _ type: String, _ properties: JSONValue, in directory: String?, duplicated aggregateID: String? = nil
    ) {
        publish(ServerEvent(directory: directory, type: type, properties: properties, aggregateID: aggregateID))
    }

    func publish(_ event: ServerEvent) {
        if broadcast.count == 0 { return }
        if faults.muteStreams && !event.isServerOwn { return }
        broadcast.send(event, id: newID(.event))
    }

    /// Opens a stream whose first event is `server.connected`; nil if streams are refused at the moment.
    func listen(_ scope: EventBroadcast.Scope) -> (key: Int, frames: EventBroadcast.Frames)? {
        if isClosed || SimulatorFaults.take(&faults.refuseStreams) { return nil }
        let (key, frames) = broadcast.listen(
            scope,
            EventBroadcast.Limits(
                cutAfterEvents: faults.cutStreamAfterEvents, failAfterEvents: faults.streamFailureAfterEvents,
                bufferedFrames: faults.streamBuffer))
        let connected = ServerEvent(directory: nil, type: "server.connected", properties: [:])
        broadcast.send(connected, id: newID(.event), to: key)
        if let seconds = faults.cutStreamAfterSeconds {
            Task {
                try? await Task.sleep(for: .seconds(seconds))
                broadcast.cut(key)
            }
        }
        return (key, frames)
    }

    func stopListening(_ key: Int) { broadcast.remove(key) }

    func sendHeartbeat() {
        if version.isWire2 { broadcast.send(comment: "heartbeat") } else { publish("server.heartbeat", [:], in: nil) }
    }

    /// Cuts streams off without a last word.
    func cutStreams() { broadcast.cutAll() }

    // MARK: start and end

    /// Ends every turn and every stream, for good. The process is about to end: turns are left as they are.
    func close() {
        isClosed = true
        dropTurns()
        broadcast.end(nil)
    }

    /// What a restart of OpenCode does: permissions and questions gone, sessions kept, turns stranded in wire 1 and
    /// resumed in wire 2.
    func restart() {
        restarts += 1
        record("restart")
        dropTurns()
        instances = [:]
        broadcast.cutAll()
        lingering = []
        settledForms = []
        readyLocations = []
        recover()
    }

    private func dropTurns() {
        for arrival in arrivals.values { arrival.cancel() }
        arrivals = [:]
        turns = [:]
        let dropped = loops
        loops = [:]
        for execution in executions.values { execution.task?.cancel() }
        executions = [:]
        for directory in instances.keys { withdrawAsks(in: directory) { _ in true } }
        for loop in dropped.values {
            loop.task?.cancel()
            for caller in loop.callers { caller.resume() }
        }
    }

    /// Takes back the open permissions and questions of some turns; who waits for them is cancelled.
    func withdrawAsks(in directory: String, of turns: (Int) -> Bool) {
        guard let instance = instances[directory] else { return }
        for pending in instance.permissions where turns(pending.turn) {
            pending.answer.resume(throwing: CancellationError())
        }
        for pending in instance.questions where turns(pending.turn) {
            pending.answer.resume(throwing: CancellationError())
        }
        instances[directory]?.permissions.removeAll { turns($0.turn) }
        instances[directory]?.questions.removeAll { turns($0.turn) }
    }
}

extension SimulatedServer {
    /// Drops the instance of a directory: its turns end, its streams are closed.
    func dispose(_ directory: String) {
        record("dispose", ["directory": .string(directory)])
        for (session, loop) in loops where loop.directory == directory { endTurns(of: session, stranded: false) }
        withdrawAsks(in: directory) { _ in true }
        instances.removeValue(forKey: directory)
        publish("server.instance.disposed", ["directory": .string(directory)], in: directory)
        broadcast.end(directory)
    }
}
