package import JSON
import Report
package import Spool
import SystemPackage

/// The body of a webhook in our own format: the fields of the first description of this tool at the top, and OpenLoom
/// 0.17's envelope (`schema_version`, `store_version`, `data`), so that receivers written for either work unchanged.
///
/// What is said of the event is the journal's; what is said of the task is what the tree said when the body was made.
package struct EventBody: Sendable {
    package var event: TaskEvent
    /// Nil for a task that is gone.
    package var task: TaskSnapshot?
    /// `activity.json`, of whatever state the task is in.
    package var activity: JSONValue?
    /// How many entries ``recentActivity(text:)`` has at most.
    package var recentMessages: Int

    /// The largest body, in bytes. Receivers often take no more than 20 to 32 KB.
    package static let longest = 20_000

    package init(event: TaskEvent, task: TaskSnapshot?, activity: JSONValue?, recentMessages: Int) {
        self.event = event
        self.task = task
        self.activity = activity
        self.recentMessages = recentMessages
    }

    /// At most ``longest`` bytes: texts are cut shorter, and then lists left out, until it fits; `truncated` says so,
    /// and `data.api` and `data.path` where the rest is.
    package var json: JSONValue {
        let whole = document(text: 6000, lists: 20, keepsMetadata: true)
        if whole.compact.utf8.count <= Self.longest, !isCut(text: 6000, lists: 20) { return whole }
        for (text, lists, keepsMetadata) in [(6000, 20, true), (2000, 20, true), (2000, 20, false), (500, 5, false)] {
            let document = document(text: text, lists: lists, keepsMetadata: keepsMetadata, isTruncated: true)
            if document.compact.utf8.count <= Self.longest { return document }
        }
        return document(text: 100, lists: 0, keepsMetadata: false, isTruncated: true)
    }

    /// What happened last, for a line of a chat: the agent's words, or why the task ended.
    var summary: String? {
        guard let task else { return nil }
        switch task.state {
        case .new: return task.retry?.reason
        case .running: return activity?["message"]?.string
        case .done, .failed: return task.result?["claim"]?["text"]?.string ?? task.reason
        }
    }

    /// Whether the tree still shows what the event tells of; else what is said of the ending would be another's.
    private var isStillSo: Bool { task?.status == event.status }

    var verdict: String? { isStillSo ? task?.verdict?.rawValue : nil }
    var reason: String? { isStillSo ? task?.reason : nil }

    /// How many files of the workspace the task changed; nil if that is not known.
    var changedFiles: Int? { isStillSo ? task?.result?["fact"]?["changed"]?.int : nil }

    /// What became of an ended task, as `result.md` has it; nil for one that has not ended.
    var report: TaskReport? {
        guard isStillSo, let task, let result = task.result else { return nil }
        var report = TaskReport(spec: task.spec?.json, result: result)
        report.verdict = verdict ?? report.verdict
        return report
    }

    private func isCut(text: Int, lists: Int) -> Bool {
        let texts = [summary, reason, activity?["message"]?.string]
        return texts.contains { ($0?.utf8.count ?? 0) > text } || changes.count > lists
    }

    private var changes: [JSONValue] { isStillSo ? task?.result?["fact"]?["changes"]?.array ?? [] : [] }

    private func document(
        text: Int, lists: Int, keepsMetadata: Bool, isTruncated: Bool = false
    ) -> JSONValue {
        let recent = recentActivity(text: text)
        var object: JSONObject = [
            "schema_version": "1.0",
            "event": .string(event.kind.rawValue),
            "task_id": .string(event.id.rawValue),
            "task_name": .string(event.name),
            "status": .string(event.status),
            "timestamp": .double(event.time.seconds),
            "timestamp_iso": .string(event.time.iso8601),
            "recent_activity": recent,
            "store_version": .int(event.number),
        ]
        var data: JSONObject = [
            "status": .string(event.status), "progress": .double(progress),
            "summary": JSONValue(summary?.prefix(bytes: text)),
            "verdict": JSONValue(verdict), "reason": JSONValue(reason?.prefix(bytes: text)),
            "workspace": JSONValue(task?.spec?.workspace.string.prefix(bytes: 1000)),
            "active_session_id": JSONValue(task?.session ?? task?.spec?.sessionID),
            "recent_activity": recent,
            "changed_files": JSONValue(changedFiles),
            "changes": .array(
                changes.prefix(lists).map { ["path": $0["path"] ?? .null, "kind": $0["kind"] ?? .null] }),
            "result": result(text: text, lists: lists),
            "asks": JSONValue(Array((task?.asks ?? []).prefix(lists))),
            "turn": JSONValue(task?.turn),
        ]
        if keepsMetadata { data["metadata"] = task?.spec?.metadata.map { .object($0) } }
        data["api"] = .string("/api/tasks/\(event.id)")
        data["path"] = JSONValue(task.map { "\($0.state.rawValue)/\(event.id)" })
        object["data"] = .object(data)
        if isTruncated { object["truncated"] = true }
        return .object(object)
    }

    private func result(text: Int, lists: Int) -> JSONValue {
        guard let report else { return .null }
        let checks: [JSONValue] = report.checks.prefix(lists).map { check in
            ["name": .string(check.name.prefix(bytes: 200)), "passed": .bool(check.passed)]
        }
        return [
            "summary": .string(report.summary.prefix(bytes: text)), "checks": .array(checks),
            "turns": JSONValue(report.turns), "duration_s": report.seconds.map { .double($0) } ?? .null,
            "tokens": JSONValue(report.tokens), "cost": report.cost.map { .double($0) } ?? .null,
            "branch": JSONValue(report.branch?.prefix(bytes: 200)),
            "path": JSONValue(task.map { "\($0.state.rawValue)/\(event.id)/result.md" }),
        ]
    }

    private var progress: Double {
        switch event.kind {
        case .created, .deleted: 0
        case .started, .updated: event.status == "pending" ? 0 : 0.5
        case .completed, .failed: 1
        }
    }

    /// As OpenLoom has it, the newest first: what the agent said, when, and with which tools.
    private func recentActivity(text: Int) -> JSONValue {
        guard recentMessages > 0, let message = activity?["message"]?.string, !message.isEmpty else { return [] }
        let updated = activity?["updated"]?.string.flatMap(Timestamp.init(iso8601:))
        let tools: [JSONValue] = activity?["tool"]?.string.map { [["tool": .string($0.prefix(bytes: 100))]] } ?? []
        return [
            [
                "text": .string(message.prefix(bytes: text)),
                "completed_at": updated.map { .double(Double($0.milliseconds)) } ?? .null,
                "tools": .array(tools),
            ]
        ]
    }
}
