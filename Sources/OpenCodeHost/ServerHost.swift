import Blocking
package import Logging
import SystemPackage

/// Runs an OpenCode server for the user, and finds the one that an earlier daemon ran: sessions live in the server, so
/// it outlives us.
///
/// The record in the settings' directory is the truth; what this actor holds is a view of it. Between the calls it
/// makes no system call: one thread sleeps until the server ends, then says so in the log.
package actor ServerHost {
    private enum State {
        case idle
        case starting(Task<Void, Never>)
        case running(Running)
        case stopping(Task<Void, Never>)
    }

    private struct Running {
        var server: HostedServer
        var id: String
        var watch: ProcessWatch
        var since: ContinuousClock.Instant
    }

    private typealias Answer = Result<HostedServer, ServerHostError>

    private let settings: ServerHostSettings
    private let logger: Logger
    private let onStep: @Sendable (StartStep) -> Void
    private var state = State.idle
    private var history: RestartHistory
    private var waiting: [UInt64: CheckedContinuation<Answer, Never>] = [:]
    private var lastWaiting: UInt64 = 0

    package init(settings: ServerHostSettings, logger: Logger) {
        self.init(settings: settings, logger: logger, onStep: { _ in })
    }

    init(settings: ServerHostSettings, logger: Logger, onStep: @escaping @Sendable (StartStep) -> Void) {
        self.settings = settings
        self.logger = logger
        self.onStep = onStep
        history = RestartHistory(settings.backoff)
    }

    /// The server goes on; the thread that watches it ends.
    deinit {
        if case .running(let running) = state { running.watch.cancel() }
    }

    /// The running server, found or started if need be; it accepts connections when this returns. Callers at the same
    /// time share one start, which goes on when one of them is cancelled.
    ///
    /// - Throws: ``ServerHostError/backingOff(until:reason:)`` at once if it ended too short a while ago. What only a
    ///   person can mend (no program, a refused file, a taken port) is looked at again in each call, without back-off.
    package func ensure() async throws(ServerHostError) -> HostedServer {
        if case .running(let running) = state {
            if running.watch.isWatching { return running.server }
            // The notice is on its way; this was faster.
            ended(running, "it has just ended")
        }
        switch state {
        case .running(let running): return running.server
        case .stopping: throw .stopped
        case .starting: break
        case .idle:
            try history.check(at: .now)
            state = .starting(Task { await self.start() })
        }
        return try await sharedAnswer().get()
    }

    /// The running server, if this host has found or started one. It may have ended a moment ago.
    package func current() -> HostedServer? {
        guard case .running(let running) = state, running.watch.isWatching else { return nil }
        return running.server
    }

    /// Ends the recorded server, whichever daemon started it, with all in its process group: SIGTERM, then SIGKILL.
    /// A server without a record is not touched. What can't be done is logged.
    package func stop() async {
        let starting: Task<Void, Never>?
        switch state {
        case .stopping(let task):
            await task.value
            return
        case .starting(let task):
            task.cancel()
            starting = task
        case .running(let running):
            running.watch.cancel()
            starting = nil
        case .idle: starting = nil
        }
        let task = Task {
            await starting?.value
            await self.endRecorded()
        }
        state = .stopping(task)
        await task.value
    }
}

// MARK: Starting

extension ServerHost {
    private func sharedAnswer() async -> Answer {
        lastWaiting &+= 1
        let number = lastWaiting
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: .failure(.cancelled))
                } else {
                    waiting[number] = continuation
                }
            }
        } onCancel: {
            Task { await self.giveUp(number) }
        }
    }

    private func giveUp(_ number: UInt64) {
        waiting.removeValue(forKey: number)?.resume(returning: .failure(.cancelled))
    }

    private func start() async {
        let begun = ContinuousClock.now
        let result: Result<Running, ServerHostError>
        do throws(ServerHostError) {
            result = .success(try await startAndWait())
        } catch {
            result = .failure(error)
        }
        switch (state, result) {
        case (.starting, .success(let running)):
            state = .running(running)
            answer(.success(running.server))
            // A notice that came before it was known here came to nothing.
            if !running.watch.isWatching { ended(running, "it has just ended") }
        case (.starting, .failure(let error)):
            state = .idle
            if error.isOfTheServer {
                history.ended(afterLiving: .now - begun, at: .now, reason: "\(error)")
            }
            answer(.failure(error))
        case (_, .success(let running)):
            running.watch.cancel()
            answer(.failure(.stopped))
        case (_, .failure):
            answer(.failure(.stopped))
        }
    }

    private func answer(_ answer: Answer) {
        let all = waiting.values
        waiting = [:]
        for continuation in all { continuation.resume(returning: answer) }
    }

    /// A free port may be somebody else's by the time the server binds it; then it gets another, at once and not as
    /// often as to hide a real fault.
    private func startAndWait() async throws(ServerHostError) -> Running {
        for _ in 0..<2 {
            do throws(ServerHostError) {
                return try await startOnce()
            } catch .endedEarly(_, _, _, lostPort: true) where settings.port == nil && !Task.isCancelled {
                logger.info("somebody else took the port that was free; choosing another")
            }
        }
        return try await startOnce()
    }

    private func startOnce() async throws(ServerHostError) -> Running {
        let start = ServerStart(settings: settings, logger: logger, onStep: onStep)
        let outcome = try await BlockingPool.run { () throws(ServerHostError) in try start.run() }
        let watch = try watch(outcome)
        do throws(ServerHostError) {
            try await ServerReadiness(settings: settings, outcome: outcome, watch: watch).wait()
        } catch {
            watch.cancel()
            // Otherwise whoever stops it ends it, and any other host that shares it is not disturbed.
            if error != .stopped { await end(only: outcome.record.id) }
            throw error
        }
        let server = HostedServer(
            port: Int(outcome.record.port), pid: outcome.process.pid, password: outcome.record.password,
            wasAdopted: outcome.wasAdopted)
        return Running(server: server, id: outcome.record.id, watch: watch, since: .now)
    }

    private func watch(_ outcome: ServerStart.Outcome) throws(ServerHostError) -> ProcessWatch {
        let (logger, directory, process) = (logger, settings.directory, outcome.process)
        let watch = try ProcessWatch(process, of: outcome.record) { [weak self] watch, end in
            let log = outcome.logTail(in: directory)
            logger.warning(
                "opencode ended",
                metadata: ["pid": "\(process.pid)", "how": "\(end)", "log": "\(log.joined(separator: "\n"))"])
            Task { [weak self] in await self?.noticed(end, of: watch) }
        }
        // The number may have become another process's before the watch began; a dead child of ours keeps it.
        guard ProcessTable.entry(process.pid)?.identity == process || !watch.isWatching else {
            watch.cancel()
            throw .systemCall("pidfd_open", nil, .noSuchProcess)
        }
        return watch
    }
}

// MARK: Ending

extension ServerHost {
    private func noticed(_ end: ProcessEnd, of watch: ProcessWatch) async {
        guard case .running(let running) = state, running.watch === watch else { return }
        ended(running, "it ended: \(end)")
        // So that nobody takes what is left of it for a server.
        await self.end(only: running.id)
    }

    private func ended(_ running: Running, _ reason: String) {
        state = .idle
        history.ended(afterLiving: .now - running.since, at: .now, reason: reason)
    }

    private func endRecorded() async {
        await end(only: nil)
        history.forget()
        state = .idle
    }

    private func end(only id: String?) async {
        let stop = ServerStop(settings: settings, logger: logger, only: id)
        do throws(ServerHostError) {
            try await BlockingPool.run { () throws(ServerHostError) in try stop.run() }
        } catch {
            logger.error("OpenCode could not be stopped", metadata: ["error": "\(error)"])
        }
    }
}
