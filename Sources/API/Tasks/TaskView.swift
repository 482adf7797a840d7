import HummingbirdCore
import JSON
import Spool
import SystemPackage

/// How much of a task an answer shows.
enum TaskView: String, Sendable, CaseIterable {
    /// Everything.
    case full
    /// Everything, but no more than a person reads of long texts: a goal can be megabytes.
    case detail
    /// What a line of a list has room for.
    case brief

    /// In characters; what is longer ends in `…`.
    static let longestGoal = 4000
    static let longestClaim = 20_000
    private static let longestLine = 400

    /// - Throws: ``Problem`` of kind `invalidQuery`.
    init(_ uri: URI) throws(Problem) {
        guard let text = uri.queryParameters["view"] else {
            self = .full
            return
        }
        if let fault = Self.fault(text) { throw Problem.invalidQuery("view", fault) }
        self = TaskView(rawValue: String(text)) ?? .full
    }

    /// What is wrong with a word; nil if nothing is.
    static func fault(_ text: Substring) -> String? {
        if TaskView(rawValue: String(text)) != nil { return nil }
        return "\"\(text.prefix(80))\" should be one of \(allCases.map(\.rawValue).joined(separator: ", "))"
    }

    static func line(_ text: String?) -> JSONValue { text.map { .string(cut($0, longestLine)) } ?? .null }

    /// The same with short texts and lists, for what an agent made up.
    static func bounded(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(cut(text, longestLine))
        case .array(let list): .array(list.prefix(20).map(bounded))
        case .object(let members):
            .object(members.reduce(into: [:]) { short, member in short[member.name] = bounded(member.value) })
        default: value
        }
    }

    static func cut(_ text: String, _ limit: Int) -> String {
        // Bytes are counted faster than characters.
        guard text.utf8.count > limit, text.count > limit else { return text }
        return text.prefix(limit) + "…"
    }
}

extension SpoolDirectory {
    /// The task as `view` shows it.
    func document(_ task: TaskSnapshot, _ view: TaskView, _ dependencies: DependencyFinder? = nil) -> JSONObject {
        switch view {
        case .full: document(task, seenAs: nil, dependencies)
        case .detail: detail(task, dependencies)
        case .brief: brief(task)
        }
    }

    /// The same, read now.
    ///
    /// - Throws: ``SpoolError/Code/taskNotFound``. One that can't be read is shown, with what is wrong as `error`.
    func document(_ id: TaskID, _ view: TaskView) throws(SpoolError) -> JSONObject {
        if view == .full { return try document(id) }
        guard let task = try snapshot(id, seenIn: try locate(id).1) else {
            throw SpoolError(.taskNotFound, "read", paths.root.appending(id.rawValue), errno: .noSuchFileOrDirectory)
        }
        return document(task, view)
    }

    private func detail(_ task: TaskSnapshot, _ dependencies: DependencyFinder?) -> JSONObject {
        var object = document(task, seenAs: nil, dependencies)
        let goal = task.spec?.goal ?? ""
        let shown = JSONValue.string(TaskView.cut(goal, TaskView.longestGoal))
        object["goal"] = shown
        object["goal_bytes"] = .int(goal.utf8.count)
        if var spec = object["spec"]?.object, spec["goal"] != nil {
            spec["goal"] = shown
            object["spec"] = .object(spec)
        }
        if var result = object["result"]?.object, var claim = result["claim"]?.object,
            let text = claim["text"]?.string
        {
            claim["text"] = .string(TaskView.cut(text, TaskView.longestClaim))
            result["claim"] = .object(claim)
            object["result"] = .object(result)
        }
        for name in ["last_summary", "error", "reason"] {
            if let text = object[name]?.string { object[name] = .string(TaskView.cut(text, TaskView.longestGoal)) }
        }
        for (name, value) in times(task) { object[name] = value }
        object["activity"] = activity(task)
        return object
    }

    private func brief(_ task: TaskSnapshot) -> JSONObject {
        let paths = paths.task(task.id, in: task.state)
        var object: JSONObject = [
            "id": .string(task.id.rawValue), "name": TaskView.line(task.name),
            "workspace": .string(task.spec?.workspace.string ?? ""), "status": .string(task.status),
            "state": .string(task.state.rawValue), "verdict": JSONValue(task.verdict?.rawValue),
            "reason": TaskView.line(task.reason), "last_summary": TaskView.line(task.summary),
            "error": TaskView.line(task.error), "active_session_id": JSONValue(task.session ?? task.spec?.sessionID),
            "hold": .bool(task.isHeld), "cancelling": .bool(task.isCancelling), "archived": .bool(task.isArchived),
            "not_before": JSONValue(task.notBefore?.iso8601), "retry": task.retry?.json ?? .null,
            "asks": .array(task.asks.prefix(8).map { TaskView.bounded(ask($0, paths)) }),
            "priority": JSONValue(task.spec?.priority), "model": JSONValue(task.spec?.model),
            "origin": JSONValue(task.spec?.origin.kind.rawValue),
            "created_at": .double((task.spec?.created ?? task.changed).seconds),
            "updated_at": .double(task.changed.seconds),
        ]
        for (name, value) in times(task) { object[name] = value }
        object["activity"] = activity(task)
        object["outcome"] = outcome(task)
        return object
    }

    /// When it was started and when it ended, in seconds.
    private func times(_ task: TaskSnapshot) -> JSONObject {
        var times: JSONObject = ["started_at": .null, "ended_at": .null]
        guard task.state != .new else { return times }
        if let start = (try? lastClaim(of: task.id, in: task.state)) ?? nil {
            times["started_at"] = .double(start.seconds)
        }
        if task.state.isEnded {
            let told = task.result?["ended"]?.string.flatMap(Timestamp.init(iso8601:))
            let end = told ?? (try? endTime(of: task.id, in: task.state, from: openDirectory(of: task.state))) ?? nil
            times["ended_at"] = .double((end ?? task.changed).seconds)
        }
        return times
    }

    private func activity(_ task: TaskSnapshot) -> JSONValue {
        guard task.state == .running, let seen = task.activity else { return .null }
        var object: JSONObject = ["message": TaskView.line(seen["message"]?.string)]
        for name in ["tool", "model", "steps", "tokens", "cost", "updated"] { object[name] = seen[name] ?? .null }
        return .object(object)
    }

    /// Claim beside fact, in short; null until the task has ended.
    private func outcome(_ task: TaskSnapshot) -> JSONValue {
        guard let result = task.result else { return .null }
        let checks = result["checks"]?.array ?? []
        return [
            "claim": result["claim"]?["marker"] ?? .null,
            "changed": result["fact"]?["changed"] ?? .null,
            "checks": checks.isEmpty
                ? .null : ["total": .int(checks.count), "passed": .int(checks.count { $0["passed"] == true })],
            "tokens": result["usage"]?["tokens"] ?? .null, "cost": result["usage"]?["cost"] ?? .null,
            "model": result["usage"]?["model"] ?? .null,
        ]
    }
}
