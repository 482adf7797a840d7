import Blocking
import Logging
import OpenCode
import Spool
import SystemPackage

extension TaskDispatcher {
    /// Takes note of the tasks in `new/` that it has not seen yet, and forgets those that are gone.
    ///
    /// - Parameter tasks: Those that are looked for; left out, all.
    func lookAtNew(_ tasks: Set<TaskID>? = nil) async throws(SpoolError) {
        let (spool, settings) = (spool, settings)
        let known = tasks?.filter { candidates[$0] != nil } ?? Set(candidates.keys)
        let found = try await BlockingPool.run { () throws(SpoolError) in
            let present: Set<TaskID>
            if let tasks {
                present = tasks.filter { spool.isThere($0, in: .new) }
            } else {
                present = Set(try spool.listing(.new).tasks)
            }
            var fresh: [TaskCandidate] = []
            var damaged: [(TaskID, String)] = []
            var unread: Set<TaskID> = []
            var hasFailed = false
            for id in present where !known.contains(id) {
                do throws(SpoolError) {
                    guard let spec = try spool.readSpec(id, in: .new) else {
                        // The inbox has not read it yet; a hint follows when it has, if its directory could be watched.
                        unread.insert(id)
                        continue
                    }
                    let task = spool.paths.task(id, in: .new)
                    let hasEnded = spool.exists(task.verdict)
                    let retry = hasEnded ? nil : try spool.readRetry(task)
                    fresh.append(
                        TaskCandidate(
                            id: id, spec: spec, retry: retry, hasBegun: hasEnded || spool.exists(task.owner),
                            settings: settings))
                } catch {
                    switch error.code {
                    case .damaged: damaged.append((id, "\(error)"))
                    case .taskNotFound: break
                    default:
                        unread.insert(id)
                        hasFailed = true
                    }
                }
            }
            return (
                gone: known.subtracting(present), fresh: fresh, damaged: damaged, unread: unread, hasFailed: hasFailed
            )
        }
        for id in found.gone { candidates[id] = nil }
        for candidate in found.fresh where runs[candidate.id] == nil { candidates[candidate.id] = candidate }
        unread = (tasks.map { unread.subtracting($0) } ?? []).union(found.unread)
        if found.hasFailed { lookAtUnreadSoon() }
        for (id, reason) in found.damaged { await refuse(id, in: .new, reason: reason) }
    }

    /// For what is not the task's fault: a disk that is full, too many open files.
    private func lookAtUnreadSoon() { wake(at: .now + .seconds(1)) }

    /// Ends a task that can't be worked on. One in `new/` that could not be ended is looked at again.
    func refuse(_ id: TaskID, in state: TaskState, reason: String) async {
        let spool = spool
        do throws(SpoolError) {
            try await BlockingPool.run { () throws(SpoolError) in
                try spool.finish(id, from: state, as: TaskEnding(verdict: .invalid, reason: reason))
            }
        } catch {
            logger.warning("can't refuse a task", metadata: ["task": "\(id)", "error": "\(error)"])
            if state == .new, error.code != .taskNotFound {
                unread.insert(id)
                lookAtUnreadSoon()
            }
        }
    }

    /// Ends waiting tasks that somebody cancelled. With nil, looks at all of them.
    func cancelWaiting(_ ids: Set<TaskID>?) async throws(SpoolError) {
        let looked = ids.map { $0.filter { candidates[$0] != nil } } ?? Set(candidates.keys)
        if looked.isEmpty { return }
        let spool = spool
        let cancelled = try await BlockingPool.run { () throws(SpoolError) in
            try looked.filter { spool.isCancelled($0, in: .new) }.map { id throws(SpoolError) -> TaskID in
                let ending = TaskEnding(verdict: .cancelled, reason: "cancelled before it was started")
                do throws(SpoolError) {
                    try spool.finish(id, from: .new, as: ending)
                } catch {
                    if error.code != .taskNotFound { throw error }
                }
                return id
            }
        }
        for id in cancelled { candidates[id] = nil }
    }

    /// Starts what may start now: by priority, then age, while there are free slots.
    func start(_ group: inout DiscardingTaskGroup) async throws(SpoolError) {
        guard !candidates.isEmpty, !spool.isPaused else { return }
        try await refuseHomeless()
        var places = places()
        guard places.values.contains(where: { $0 > 0 }) else { return }
        let now = Timestamp.now()
        var next: Timestamp?
        var gate = try await providerGate(now: now)
        for candidate in candidates.values.sorted(by: TaskCandidate.isBefore) {
            guard places.values.contains(where: { $0 > 0 }) else { break }
            if let until = postponed[candidate.id], until > .now { continue }
            if let notBefore = candidate.notBefore, notBefore > now {
                next = min(next ?? notBefore, notBefore)
                continue
            }
            if let closing = gate.closing(for: candidate) {
                if case .until(let time) = closing { next = min(next ?? time, time) }
                continue
            }
            guard let backend = emptiest(of: backends.having(candidate.workspace), places) else { continue }
            guard runs[candidate.id] == nil, !blocked.contains(candidate.id), isWorkspaceFree(candidate),
                !spool.isHeld(candidate.id, in: .new),
                try await isAfterMet(candidate)
            else { continue }
            try await gate.pass(candidate, spool)
            launch(candidate, on: backend, in: &group)
            places[backend.name, default: 0] -= 1
        }
        if let next { wake(at: next) }
    }

    /// How many more tasks each server that is there may work on.
    private func places() -> [String: Int] {
        var places: [String: Int] = [:]
        for backend in backends where backend.monitor.condition.identity != nil {
            let busy = runs.values.count { $0.backend == backend.name && !$0.isWaiting }
            places[backend.name] = (backend.maxRunning ?? settings.maxRunning) - busy
        }
        return places
    }

    private func emptiest(of backends: [Backend], _ places: [String: Int]) -> Backend? {
        backends.filter { places[$0.name, default: 0] > 0 }
            .max { places[$0.name, default: 0] < places[$1.name, default: 0] }
    }

    /// Ends tasks whose workspace no server has: they would wait for ever.
    private func refuseHomeless() async throws(SpoolError) {
        for candidate in candidates.values where backends.having(candidate.workspace).isEmpty {
            candidates[candidate.id] = nil
            await refuse(candidate.id, in: .new, reason: Self.noBackend(for: candidate.workspace))
        }
    }

    static func noBackend(for workspace: FilePath?) -> String {
        "no server of the configuration has the workspace \(workspace.map { $0.string } ?? ""): add it to "
            + "opencode.servers[].workspaces, restart the daemon, and retry the task"
    }

    private func isWorkspaceFree(_ candidate: TaskCandidate) -> Bool {
        !runs.values.contains { run in
            guard let other = run.candidate, other.workspace == candidate.workspace else { return false }
            return !(other.isApart || candidate.isApart || other.isShared && candidate.isShared)
        }
    }

    /// Whether every task that this one waits for has ended as it should, looked at once more before it is started.
    private func isAfterMet(_ candidate: TaskCandidate) async throws(SpoolError) -> Bool {
        if candidate.after.isEmpty { return true }
        let dependencies = dependencies
        return try await BlockingPool.run { () throws(SpoolError) in
            for wanted in candidate.after {
                if try dependencies.state(of: wanted, for: candidate.dependent) != .met { return false }
            }
            return true
        }
    }

    private func launch(_ candidate: TaskCandidate, on backend: Backend, in group: inout DiscardingTaskGroup) {
        let (id, spool, node) = (candidate.id, spool, node)
        let run = begin(id, candidate: candidate, backend: backend, isAdopted: false)
        group.addTask {
            await self.stopForsakenSession(of: candidate)
            do throws(SpoolError) {
                _ = try await BlockingPool.run { () throws(SpoolError) in try spool.claim(id, owner: node) }
                await run.run()
            } catch {
                await self.couldNotClaim(id, error)
            }
            await self.ended(id)
        }
    }

    /// Stops the session of a task that somebody moved from `running/` to `new/` while no daemon ran: it would work on in
    /// the workspace beside the new one. Such a task has a session, and nothing that says how its attempt ended.
    private func stopForsakenSession(of candidate: TaskCandidate) async {
        let (spool, task) = (spool, spool.paths.task(candidate.id, in: .new))
        let forsaken = try? await BlockingPool.run { () throws(SpoolError) -> (session: String, turn: TurnRecord?)? in
            if spool.exists(task.verdict) || spool.exists(task.retry) { return nil }
            let turn = TurnRecord.read(from: task, in: spool)
            guard let session = try spool.readWord(task.session) ?? turn?.session else { return nil }
            return (session, turn)
        }
        guard let forsaken else { return }
        await abort(forsaken.session, of: forsaken.turn, in: candidate.workspace)
    }

    private func couldNotClaim(_ id: TaskID, _ error: SpoolError) {
        if error.code == .taskNotFound {
            // Somebody else was first.
            logger.debug("gone before it was claimed", metadata: ["task": "\(id)"])
        } else {
            postpone(id, "can't claim", error)
        }
    }
}
