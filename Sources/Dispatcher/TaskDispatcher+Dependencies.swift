import Blocking
import Logging
import Spool

extension TaskCandidate {
    var dependent: DependencyFinder.Dependent { .init(id: id, name: name, created: created) }
}

/// Tasks that wait for others or for a time, and those that wait in vain: `after` and `expires`.
extension TaskDispatcher {
    func concernsDependents(_ ids: Set<TaskID>) -> Bool {
        !ids.isDisjoint(with: candidates.dependent)
    }

    /// Notes which waiting tasks others stand in the way of, and ends those that can never be started as things are:
    /// what they wait for ended otherwise, was deleted, or waits for them. One that is held is left as it is.
    func lookAtDependencies() async throws(SpoolError) {
        let waiting = candidates.dependent.filter { runs[$0] == nil }.compactMap { candidates[$0] }
        blocked = []
        if waiting.isEmpty { return }
        let (spool, dependencies) = (spool, dependencies)
        let found = try await BlockingPool.run { () throws(SpoolError) -> DependencyLook in
            var look = DependencyLook()
            for candidate in waiting { try look.take(candidate, dependencies) }
            look.findCycles()
            // Looked at once more after the look at its hold: somebody may put a dependency back and release the task
            // while we look, in this order.
            let released = Set(look.hopeless.keys.filter { !spool.isHeld($0, in: .new) })
            var again = DependencyLook()
            for candidate in waiting where released.contains(candidate.id) { try again.take(candidate, dependencies) }
            again.findCycles()
            look.hopeless = again.hopeless
            return look
        }
        blocked = found.blocked
        for (id, ending) in found.hopeless { try await endWaiting(id, ending) }
    }

    /// Ends tasks that were to be started by a time which has passed, whatever they wait for, and sets the alarm for the
    /// next.
    func endExpired() async throws(SpoolError) {
        let now = Timestamp.now()
        var next: Timestamp?
        for id in candidates.expiring where runs[id] == nil {
            guard let candidate = candidates[id], let expires = candidate.expires else { continue }
            if expires > now {
                next = min(next ?? expires, expires)
            } else {
                let reason = "it was not started before it expired, at \(expires.iso8601)"
                try await endWaiting(candidate.id, TaskEnding(verdict: .timeout, reason: reason))
            }
        }
        if let next { wake(at: next) }
    }

    /// Ends a task that has not been started. One that somebody moved meanwhile is left alone.
    private func endWaiting(_ id: TaskID, _ ending: TaskEnding) async throws(SpoolError) {
        let spool = spool
        do throws(SpoolError) {
            try await BlockingPool.run { () throws(SpoolError) in try spool.finish(id, from: .new, as: ending) }
            logger.info("ended before it was started", metadata: ["task": "\(id)", "reason": "\(ending.reason)"])
        } catch {
            if error.code != .taskNotFound { throw error }
        }
        candidates[id] = nil
    }
}

/// What one look at the dependencies of waiting tasks found.
private struct DependencyLook: Sendable {
    var blocked: Set<TaskID> = []
    var hopeless: [TaskID: TaskEnding] = [:]
    /// Which waiting tasks each one waits for.
    private var waits: [TaskID: [TaskID]] = [:]
    /// What was found already: many may wait for the same task.
    private var known: [TaskDependency: DependencyState] = [:]

    /// Blocks.
    mutating func take(_ candidate: TaskCandidate, _ finder: DependencyFinder) throws(SpoolError) {
        for dependency in candidate.after {
            let state: DependencyState
            // What it is called itself has another meaning for each task of that name.
            let isOwn = dependency.task == candidate.name || dependency.task == candidate.id.rawValue
            if !isOwn, let found = known[dependency] {
                state = found
            } else {
                state = try finder.state(of: dependency, for: candidate.dependent)
                if !isOwn { known[dependency] = state }
            }
            switch state {
            case .met: continue
            case .missing: blocked.insert(candidate.id)
            case .waiting(let id, let place):
                blocked.insert(candidate.id)
                if place == .new { waits[candidate.id, default: []].append(id) }
            case .hopeless(let reason):
                blocked.insert(candidate.id)
                let reason = "what it waits for can't come any more (after: \(dependency.text)): \(reason)"
                hopeless[candidate.id] = TaskEnding(verdict: .cancelled, reason: reason)
            }
        }
    }

    mutating func findCycles() {
        for ring in DependencyCycles.find(waits) {
            let names = (ring + ring.prefix(1)).map(\.rawValue).joined(separator: " → ")
            for id in ring {
                hopeless[id] = TaskEnding(verdict: .invalid, reason: "these tasks wait for each other: \(names)")
            }
        }
    }
}
