package import JSON
package import SystemPackage

/// What was asked for: the content of `task.json`, written once at intake and never changed.
package struct TaskSpec: Sendable, Hashable {
    package var name: String
    /// Absolute, with symbolic links resolved when the task was accepted.
    package var workspace: FilePath
    /// What the agent is told, verbatim.
    package var goal: String
    /// An existing OpenCode session to go on in, instead of a new one.
    package var sessionID: String?
    /// `provider/model`.
    package var model: String?
    package var agent: String?
    package var variant: String?
    /// 0 (whenever) to 9 (first); 5 if nothing is said.
    package var priority = TaskSpec.defaultPriority
    /// The task is not started before this moment.
    package var notBefore: Timestamp?
    /// A task that was not started by then is not started any more.
    package var expires: Timestamp?
    /// Tasks that must have ended first, and how.
    package var after: [TaskDependency] = []
    /// Idempotency key: a second submission with the same key is the same task.
    package var key: String?
    /// Longest time from the prompt to the end of the turn, in seconds; nil means the configured one.
    package var timeoutSeconds: Double?
    /// Longest silence of the agent, in seconds; nil means the configured one.
    package var stallSeconds: Double?
    package var maxTurns = TaskSpec.defaultMaxTurns
    /// In the currency of the provider, as OpenCode reports it.
    package var maxCost: Double?
    /// Input, output and reasoning tokens together.
    package var maxTokens: Int?
    /// Files that may be changed.
    package var maxFiles: Int?
    /// Size of all changed files together, in bytes.
    package var maxBytes: Int?
    /// Patterns of the paths that may be changed, from the workspace; none for all.
    package var allowPaths: [String] = []
    /// What the daemon checks itself after the agent's claim; named checks and those of the workspace written out.
    package var verify: [VerifyCheck] = []
    /// What is answered when the agent asks; nil means the configured policy.
    package var permissions: AskPolicy?
    /// Lets several tasks run in this workspace at once.
    package var workspaceShared = false
    /// Has the task work in a git worktree of its own.
    package var worktree = false
    /// Who hears of this task, beside those of the configuration.
    package var notify: [TaskNotification] = []
    /// The submitter's own data, handed through.
    package var metadata: JSONObject?
    package var created: Timestamp
    package var origin: TaskOrigin

    package static let defaultPriority = 5
    package static let defaultMaxTurns = 3
    package static let priorities = 0...9

    package init(name: String, workspace: FilePath, goal: String, created: Timestamp, origin: TaskOrigin) {
        self.name = name
        self.workspace = workspace
        self.goal = goal
        self.created = created
        self.origin = origin
    }
}

/// How a task reached the spool.
package struct TaskOrigin: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case inbox
        case rest
        case cli
        /// Another service, by a webhook.
        case webhook
        /// A directory that somebody moved into `new/`.
        case shell
        /// A schedule of the spool.
        case schedule
        /// A file in a connector's storage.
        case connector
        /// Another program that did what openloom does, and had the task before.
        case migration
    }

    package var kind: Kind
    /// The dropped file's name, or what else identifies the source.
    package var source: String?

    package init(_ kind: Kind, source: String? = nil) {
        self.kind = kind
        self.source = source
    }
}

extension TaskSpec {
    package var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name),
            "workspace": .string(workspace.string),
            "goal": .string(goal),
        ]
        object["sessionId"] = sessionID.map { .string($0) }
        object["model"] = model.map { .string($0) }
        object["agent"] = agent.map { .string($0) }
        object["variant"] = variant.map { .string($0) }
        object["priority"] = .int(priority)
        object["not_before"] = notBefore.map { .string($0.iso8601) }
        object["expires"] = expires.map { .string($0.iso8601) }
        if !after.isEmpty { object["after"] = .array(after.map(\.json)) }
        object["key"] = key.map { .string($0) }
        object["timeout_s"] = timeoutSeconds.map { .double($0) }
        object["stall_s"] = stallSeconds.map { .double($0) }
        object["max_turns"] = .int(maxTurns)
        object["max_cost"] = maxCost.map { .double($0) }
        object["max_tokens"] = maxTokens.map { .int($0) }
        object["max_files"] = maxFiles.map { .int($0) }
        object["max_bytes"] = maxBytes.map { .int($0) }
        if !allowPaths.isEmpty { object["allow_paths"] = JSONValue(allowPaths) }
        if !verify.isEmpty {
            object["verify"] = .array(verify.map(\.json))
            object["verify_sha256"] = .string(VerifyCheck.digest(verify))
        }
        object["permissions"] = permissions.map(\.json)
        if workspaceShared { object["workspace_shared"] = true }
        if worktree { object["worktree"] = true }
        if !notify.isEmpty { object["notify"] = .array(notify.map(\.json)) }
        object["metadata"] = metadata.map { .object($0) }
        object["created"] = .string(created.iso8601)
        var from: JSONObject = ["kind": .string(origin.kind.rawValue)]
        from["source"] = origin.source.map { .string($0) }
        object["origin"] = .object(from)
        return .object(object)
    }

    /// Reads `task.json`. Nil where a field that must be there is missing, or any is of another kind than it should be;
    /// the file is ours, so a person who changed it by hand gets `invalid`, not a guess.
    package init?(json: JSONValue) {
        guard let name = json["name"]?.string, let workspace = json["workspace"]?.string,
            let goal = json["goal"]?.string, let created = json["created"]?.string.flatMap(Timestamp.init(iso8601:)),
            let kind = json["origin"]?["kind"]?.string.flatMap(TaskOrigin.Kind.init(rawValue:))
        else { return nil }
        self.init(
            name: name, workspace: FilePath(workspace), goal: goal, created: created,
            origin: TaskOrigin(kind, source: json["origin"]?["source"]?.string)
        )
        guard self.workspace.isAbsolute else { return nil }
        do {
            try readOptions(json)
        } catch {
            return nil
        }
    }

    /// A field that is there and can't be what it should be.
    private struct Misfit: Error {}

    private mutating func readOptions(_ json: JSONValue) throws(Misfit) {
        /// Nil for a field that is missing or null.
        func read<Value>(_ name: String, _ convert: (JSONValue) -> Value?) throws(Misfit) -> Value? {
            guard let value = json[name], value != .null else { return nil }
            guard let converted = convert(value) else { throw Misfit() }
            return converted
        }
        func positive(_ value: JSONValue) -> Double? { value.double.flatMap { $0 > 0 ? $0 : nil } }
        sessionID = try read("sessionId", \.string)
        model = try read("model", \.string)
        agent = try read("agent", \.string)
        variant = try read("variant", \.string)
        priority =
            try read("priority") { $0.int.flatMap { Self.priorities.contains($0) ? $0 : nil } } ?? Self.defaultPriority
        notBefore = try read("not_before") { $0.string.flatMap(Timestamp.init(iso8601:)) }
        expires = try read("expires") { $0.string.flatMap(Timestamp.init(iso8601:)) }
        after =
            try read("after") { value in
                let entries = value.array?.compactMap(TaskDependency.init(json:))
                return entries?.count == value.array?.count ? entries : nil
            } ?? []
        key = try read("key", \.string)
        timeoutSeconds = try read("timeout_s", positive)
        stallSeconds = try read("stall_s", positive)
        maxTurns = try read("max_turns") { $0.int.flatMap { $0 > 0 ? $0 : nil } } ?? Self.defaultMaxTurns
        maxCost = try read("max_cost") { $0.double.flatMap { $0 >= 0 ? $0 : nil } }
        maxTokens = try read("max_tokens") { $0.int.flatMap { $0 >= 0 ? $0 : nil } }
        maxFiles = try read("max_files") { $0.int.flatMap { $0 >= 0 ? $0 : nil } }
        maxBytes = try read("max_bytes") { $0.int.flatMap { $0 >= 0 ? $0 : nil } }
        allowPaths =
            try read("allow_paths") { value in
                let patterns = value.array?.compactMap(\.string)
                return patterns?.count == value.array?.count ? patterns : nil
            } ?? []
        verify = try read("verify", Self.checks) ?? []
        if Self.hasForeignChecks(json) { throw Misfit() }
        permissions = try read("permissions") { try? AskPolicy(json: $0) }
        workspaceShared = try read("workspace_shared", \.bool) ?? false
        worktree = try read("worktree", \.bool) ?? false
        notify =
            try read("notify") { value in
                let entries = value.array?.compactMap(TaskNotification.init(json:))
                return entries?.count == value.array?.count ? entries : nil
            } ?? []
        metadata = try read("metadata", \.object)
    }

    /// Nil where one is none.
    private static func checks(_ value: JSONValue) -> [VerifyCheck]? {
        let checks = value.array?.compactMap { try? VerifyCheck(json: $0, isOurs: true) }
        return checks?.count == value.array?.count ? checks : nil
    }

    /// Whether a `task.json` has other checks than those that were accepted: `verify_sha256` says which were.
    static func hasForeignChecks(_ json: JSONValue) -> Bool {
        guard json["verify"] != nil || json["verify_sha256"] != nil else { return false }
        guard let checks = json["verify"].flatMap(Self.checks) else { return true }
        return json["verify_sha256"]?.string != VerifyCheck.digest(checks)
    }
}
