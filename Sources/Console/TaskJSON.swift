package import JSON
import Spool
import SystemPackage

/// Tasks and spools for scripts: what `--json` prints.
package enum TaskJSON {
    /// `openloom ls --json`.
    package static func overview(_ overview: SpoolOverview) -> JSONValue {
        let counts = overview.counts
        return [
            "spool": .string(overview.spool.string),
            "paused": .bool(overview.isPaused),
            "closed": .bool(overview.isClosed),
            "daemons": .array(overview.daemons.map(daemon)),
            "counts": [
                "running": .int(counts.running), "waiting": .int(counts.waiting), "new": .int(counts.new),
                "done": .int(counts.done), "failed": .int(counts.failed), "rejected": .int(counts.rejected),
            ],
            "tasks": .array(overview.tasks.map { .object(task($0)) }),
            "left_out": .int(overview.newLeftOut + overview.endedLeftOut),
        ]
    }

    private static func daemon(_ daemon: DaemonPresence) -> JSONValue {
        [
            "node": .string(daemon.node), "pid": .int(daemon.pid), "version": JSONValue(daemon.version),
            "heartbeat": .string(daemon.heartbeat.iso8601),
        ]
    }

    /// One task, as lists hold it.
    package static func task(_ task: ShownTask) -> JSONObject {
        let snapshot = task.snapshot
        var object: JSONObject = [
            "id": .string(task.id.rawValue),
            "short_id": .string(task.shortID),
            "name": .string(snapshot.name),
            "state": .string(snapshot.state.rawValue),
            "status": .string(snapshot.status),
        ]
        object["workspace"] = snapshot.spec.map { .string($0.workspace.string) }
        object["priority"] = snapshot.spec.map { .int($0.priority) }
        object["created"] = snapshot.spec.map { .string($0.created.iso8601) }
        object["started"] = task.started.map { .string($0.iso8601) }
        if snapshot.state.isEnded { object["ended"] = .string(task.ended.iso8601) }
        object["session"] = snapshot.session.map { .string($0) }
        object["verdict"] = snapshot.verdict.map { .string($0.rawValue) }
        object["reason"] = snapshot.reason.map { .string($0) }
        object["held"] = snapshot.isHeld ? true : nil
        object["cancelling"] = snapshot.isCancelling ? true : nil
        object["archived"] = snapshot.isArchived ? true : nil
        object["damage"] = snapshot.damage.map { .string($0) }
        if !task.asks.isEmpty { object["asks"] = .array(task.asks.map(ask)) }
        object["activity"] = snapshot.activity
        object["waits"] = task.waitReason.map(waits)
        return object
    }

    /// `openloom show --json`.
    package static func details(_ details: TaskDetails) -> JSONValue {
        var object = task(details.task)
        object["directory"] = .string(details.directory.string)
        object["source"] = details.source.map { .string($0.string) }
        object["spec"] = details.task.snapshot.spec?.json
        object["result"] = details.task.snapshot.result
        object["attempts"] = .int(details.attempts)
        object["log"] = .array(details.log.map(\.json))
        return .object(object)
    }

    private static func ask(_ ask: OpenAsk) -> JSONValue {
        [
            "id": .string(ask.id), "headline": .string(ask.headline), "answers": JSONValue(ask.answers),
            "ask": ask.json,
        ]
    }

    private static func waits(_ reason: WaitReason) -> JSONValue {
        switch reason {
        case .held: ["for": "release"]
        case .cancelling: ["for": "cancellation"]
        case .damaged(let problem): ["for": "repair", "problem": .string(problem)]
        case .unread: ["for": "reading"]
        case .spoolPaused: ["for": "unpause"]
        case .retry(let attempt, let at, let why):
            ["for": "retry", "attempt": .int(attempt), "at": .string(at.iso8601), "reason": .string(why)]
        case .notBefore(let at): ["for": "time", "at": .string(at.iso8601)]
        case .after(let blockers):
            [
                "for": "tasks", "tasks": JSONValue(blockers.map(\.dependency.task)),
                "blocked_by": .array(blockers.map(\.json)),
            ]
        case .provider(let hold): ["for": "provider", "hold": hold.json]
        case .workspace(let task): ["for": "workspace", "task": .string(task)]
        case .turn: ["for": "turn"]
        }
    }
}
