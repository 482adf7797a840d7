import JSON
import Spool
import SystemPackage

/// A task as the API shows it: OpenLoom 0.17's fields, and ours.
extension SpoolDirectory {
    /// The task, read now.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound``. One that can't be read is shown, with what is wrong as `error`.
    func document(_ id: TaskID) throws(SpoolError) -> JSONObject {
        do {
            return document(try snapshot(id))
        } catch  where error.code != .taskNotFound {
            return document(damaged(id, in: try locate(id).1, error))
        }
    }

    /// The task, read now; nil if it is gone. One that can't be read says so as its damage.
    func snapshot(_ id: TaskID, seenIn state: TaskState) throws(SpoolError) -> TaskSnapshot? {
        do {
            do {
                return try snapshot(id, in: state)
            } catch  where error.code == .taskNotFound {
                return try snapshot(id)
            }
        } catch  where error.code == .taskNotFound {
            return nil
        } catch {
            return damaged(id, in: state, error)
        }
    }

    func damaged(_ id: TaskID, in state: TaskState, _ error: SpoolError) -> TaskSnapshot {
        var task = TaskSnapshot(id: id, state: state, spec: nil)
        task.damage = error.description
        return task
    }

    /// - Parameters:
    ///   - look: How the task was seen before it was read; what was not there is not looked for.
    ///   - dependencies: Left out, one of its own, which lists the directories anew.
    func document(
        _ task: TaskSnapshot, seenAs look: TaskLook? = nil, _ dependencies: DependencyFinder? = nil
    ) -> JSONObject {
        let paths = paths.task(task.id, in: task.state)
        return [
            "id": .string(task.id.rawValue),
            "name": .string(task.name),
            "workspace": .string(task.spec?.workspace.string ?? ""),
            "goal": .string(task.spec?.goal ?? ""),
            "status": .string(task.status),
            "state": .string(task.state.rawValue),
            "verdict": JSONValue(task.verdict?.rawValue),
            "reason": JSONValue(task.reason),
            "progress": .double(task.progress),
            "active_session_id": JSONValue(task.session ?? task.spec?.sessionID),
            "session_ids": JSONValue(sessions(task, look?.has(.attempts) == false ? nil : paths)),
            "last_summary": JSONValue(task.summary),
            "error": JSONValue(task.error),
            "check_log": look?.has(.log) == false ? [] : .array(CheckLog.entries(of: paths)),
            "hold": .bool(task.isHeld),
            "cancelling": .bool(task.isCancelling),
            "archived": .bool(task.isArchived),
            "not_before": JSONValue(task.notBefore?.iso8601),
            "retry": task.retry?.json ?? .null,
            "provider_hold": providerHold(of: task)?.json ?? .null,
            "blocked_by": .array(blockers(of: task, dependencies).map(\.json)),
            "asks": .array(task.asks.map { ask($0, paths) }),
            "turn": JSONValue(task.turn),
            "checks": checks(task, paths),
            "result": task.result ?? .null,
            "worktree": worktree(task, paths),
            "created_at": .double((task.spec?.created ?? task.changed).seconds),
            "updated_at": .double(task.changed.seconds),
            "spec": task.spec?.json ?? [:],
        ]
    }

    /// What the checks found when they were made last; null where none were.
    private func checks(_ task: TaskSnapshot, _ paths: TaskPaths) -> JSONValue {
        if let checks = task.result?["checks"] { return checks }
        guard task.state == .running, let turn = task.turn else { return .null }
        for number in [turn, turn - 1] where number > 0 {
            let outcome = paths.turnEvidence(number).appending("outcome.json")
            if let checks = (try? readJSON(outcome, limit: 16 << 20))??["checks"] { return checks }
        }
        return .null
    }

    /// The branch on which the task works and what became of it; null for one that has none of its own.
    private func worktree(_ task: TaskSnapshot, _ paths: TaskPaths) -> JSONValue {
        guard task.spec?.worktree == true, let json = (try? readJSON(paths.worktree)) ?? nil else { return .null }
        return [
            "branch": json["branch"] ?? .null, "base": json["base"] ?? .null,
            "base_branch": json["base_branch"] ?? .null, "path": json["path"] ?? .null, "head": json["head"] ?? .null,
            "ending": json["ending"] ?? .null,
        ]
    }

    private func providerHold(of task: TaskSnapshot) -> ProviderHold? {
        guard task.state == .new, let spec = task.spec else { return nil }
        return ((try? providerHolds()) ?? []).first { $0.holds(spec.provider) }
    }

    private func blockers(of task: TaskSnapshot, _ dependencies: DependencyFinder?) -> [TaskBlocker] {
        guard task.state == .new, let spec = task.spec, !spec.after.isEmpty else { return [] }
        let finder = dependencies ?? DependencyFinder(self, TaskIndex(self))
        return (try? finder.blockers(of: task.id, spec)) ?? []
    }

    /// The sessions of all attempts, in order.
    ///
    /// - Parameter paths: Where earlier ones lie; nil if there are none.
    private func sessions(_ task: TaskSnapshot, _ paths: TaskPaths?) -> [String] {
        var sessions: [String] = []
        if let paths, let count = try? attemptCount(paths), count > 0 {
            // More attempts than anybody looks at; each costs a read.
            for number in 1...min(count, 100) {
                let earlier = paths.attempts.appending(String(number)).appending("session")
                if let session = (try? readWord(earlier)) ?? nil, !sessions.contains(session) {
                    sessions.append(session)
                }
            }
        }
        if let session = task.session ?? task.spec?.sessionID, !sessions.contains(session) { sessions.append(session) }
        return sessions
    }

    /// An open ask as it lies there, with the name that an answer must carry as `id`.
    func ask(_ name: String, _ paths: TaskPaths) -> JSONValue {
        var object: JSONObject = ["id": .string(name)]
        do {
            let content = try readJSON(paths.asks.appending("\(name).json"), limit: 1 << 20)
            for (key, value) in content?.object ?? [:] where key != "id" { object[key] = value }
        } catch {
            object["error"] = .string(error.description)
        }
        return .object(object)
    }
}

extension TaskSnapshot {
    /// How far the task is on its way; the agent's own progress nobody can tell.
    fileprivate var progress: Double {
        switch state {
        case .new: 0
        case .running: 0.5
        case .done, .failed: 1
        }
    }

    var error: String? {
        if let damage { return damage }
        guard state == .failed else { return nil }
        return reason ?? verdict?.rawValue
    }

    /// The newest thing that was said about the task.
    var summary: String? {
        switch state {
        case .new: retry?.reason
        case .running: activity?["message"]?.string
        case .done, .failed: result?["claim"]?["text"]?.string ?? reason
        }
    }

    /// The later of what the task asks for and what its last failure demands.
    var notBefore: Timestamp? {
        guard state == .new else { return nil }
        return [spec?.notBefore, retry?.notBefore].compactMap { $0 }.max()
    }
}

extension RetryNote {
    var json: JSONValue {
        [
            "after_attempt": .int(afterAttempt), "not_before": .string(notBefore.iso8601), "reason": .string(reason),
        ]
    }
}
