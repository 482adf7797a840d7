import JSON
import Spool

/// Everything that a task can do without.
extension TaskSpecBuilder {
    mutating func readOptions(into spec: inout TaskSpec) {
        spec.model = model()
        spec.agent = fields[.agent].flatMap { line($0, atMost: Self.longestKey) }
        spec.variant = fields[.variant].flatMap { line($0, atMost: Self.longestKey) }
        spec.priority = whole(.priority, in: TaskSpec.priorities) ?? TaskSpec.defaultPriority
        spec.notBefore = notBefore()
        spec.expires = expires(now: spec.created)
        spec.after = after()
        spec.key = fields[.key].flatMap { line($0, atMost: Self.longestKey) }
        spec.timeoutSeconds = seconds(.timeout)
        spec.stallSeconds = seconds(.stall)
        spec.maxTurns = whole(.maxTurns, in: Self.turns) ?? TaskSpec.defaultMaxTurns
        spec.maxCost = maxCost()
        spec.maxTokens = maxTokens()
        spec.maxFiles = whole(.maxFiles, in: 0...Self.mostFiles)
        spec.maxBytes = whole(.maxBytes, in: 0...Self.mostBytes)
        spec.allowPaths = allowPaths()
        spec.permissions = permissions()
        spec.workspaceShared = flag(.workspaceShared)
        spec.worktree = worktree(besides: spec.sessionID)
        spec.notify = notify()
        spec.metadata = metadata()
    }

    private mutating func model() -> String? {
        guard let field = fields[.model], let text = line(field, atMost: Self.longestKey) else { return nil }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), !text.contains(" ") else {
            report(field, "should be provider/model, but is \(Quoting.value(field.value))")
            return nil
        }
        return text
    }

    private mutating func notBefore() -> Timestamp? {
        guard let field = fields[.notBefore] else { return nil }
        guard let time = field.value.string.flatMap({ Timestamp(iso8601: $0) }) else {
            report(
                field,
                "should be a moment such as 2026-11-23T09:30:00Z or 2026-11-23T09:30:00+01:00, "
                    + "but is \(Quoting.value(field.value))"
            )
            return nil
        }
        return time
    }

    private mutating func maxCost() -> Double? {
        guard let field = fields[.maxCost] else { return nil }
        guard let cost = field.value.double, cost > 0, cost.isFinite else {
            report(field, "should be a number above 0, but is \(Quoting.value(field.value))")
            return nil
        }
        return cost
    }

    private mutating func maxTokens() -> Int? {
        guard let field = fields[.maxTokens] else { return nil }
        guard let tokens = field.value.int, tokens > 0 else {
            report(field, "should be a whole number above 0, but is \(Quoting.value(field.value))")
            return nil
        }
        return tokens
    }

    private mutating func permissions() -> AskPolicy? {
        guard let field = fields[.permissions] else { return nil }
        do {
            return try AskPolicy(json: field.value)
        } catch {
            report(field, error.message)
            return nil
        }
    }

    private mutating func worktree(besides session: String?) -> Bool {
        let isWanted = flag(.worktree)
        if isWanted, session != nil, let field = fields[.worktree] {
            report(field, "can't go together with sessionId: a session works where it was made")
        }
        return isWanted
    }

    private mutating func flag(_ key: TaskKey) -> Bool {
        guard let field = fields[key] else { return false }
        guard let value = field.value.bool else {
            report(field, "should be true or false, but is \(Quoting.value(field.value))")
            return false
        }
        return value
    }

    private mutating func metadata() -> JSONObject? {
        guard let field = fields[.metadata] else { return nil }
        guard let object = field.value.object else {
            report(field, "should be a mapping of your own keys to values, but is \(Quoting.value(field.value))")
            return nil
        }
        return object
    }
}
