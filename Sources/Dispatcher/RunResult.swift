import Evidence
import JSON
import OpenCode
import Spool

/// `result.json`: claim beside fact.
struct RunResult {
    var session: AgentSession?
    var end: TurnEnd?
    var facts: ChangeSummary?
    /// What the server says was changed.
    var reported: [ReportedChange]?
    var seen: TurnObservation?
    var usedBefore: AgentUsage?
    /// What sessions have used that the task's own started.
    var family = FamilyUsage()
    var choice: AgentChoice
    /// Branch and place of the task's worktree, if it has one.
    var worktree: JSONObject?
    var server: ServerIdentity?
    var node: NodeIdentity
    /// The outcomes of the turns whose claims were checked, oldest first.
    var turns: [JSONValue] = []
    /// The turn that ``seen`` is of.
    var turn = 1

    /// A list in `result.json` ends here; `evidence/changes.json` has all.
    private static let listed = 1000

    var json: JSONObject {
        var object: JSONObject = [:]
        object["session"] = JSONValue(session?.id)
        object["workspace"] = JSONValue(session?.directory)
        object["claim"] = claim
        object["fact"] = fact
        if let last = turns.last {
            object["checks"] = last["checks"] ?? []
            object["turns"] = .array(turns.map(Self.shown))
        }
        if let seen {
            var used = seen.used(since: usedBefore)
            if seen.totals == nil {
                // Only the last turn's messages were counted.
                let earlier = Self.used(in: turns, before: turn)
                used = AgentUsage(tokens: used.tokens + earlier.tokens, cost: used.cost + earlier.cost)
            }
            used += family.usage
            let models = Self.models(in: turns, before: turn).adding(seen.usageByModel)
            object["usage"] = [
                "steps": .int(models.reduce(0) { $0 + $1.steps }), "tokens": .int(used.tokens),
                "cost": .double(used.cost),
                "model": JSONValue(seen.steps.last?.model), "agent": JSONValue(seen.steps.last?.agent),
                "models": .array(models.adding(family.models).map(\.json)),
                "children": [
                    "sessions": .int(family.sessions), "tokens": .int(family.usage.tokens),
                    "cost": .double(family.usage.cost),
                ],
            ]
        }
        if choice != AgentChoice() {
            object["asked"] = [
                "model": JSONValue(choice.model), "agent": JSONValue(choice.agent),
                "variant": JSONValue(choice.variant),
            ]
        }
        if let server {
            object["server"] = [
                "url": .string(server.url), "version": .string(server.version), "wire": .int(server.wire),
            ]
        }
        object["worktree"] = worktree.map { .object($0) }
        object["node"] = .string(node.node)
        return object
    }

    /// What the turns before one have used.
    static func used(in outcomes: [JSONValue], before turn: Int) -> AgentUsage {
        var sum = AgentUsage(tokens: 0, cost: 0)
        for outcome in outcomes where (outcome["turn"]?.int ?? turn) < turn {
            sum.tokens += outcome["usage"]?["tokens"]?.int ?? 0
            sum.cost += outcome["usage"]?["cost"]?.double ?? 0
        }
        return sum
    }

    /// The same by model.
    static func models(in outcomes: [JSONValue], before turn: Int) -> [ModelUsage] {
        outcomes.filter { ($0["turn"]?.int ?? turn) < turn }.reduce(into: []) { sum, outcome in
            sum = sum.adding((outcome["models"]?.array ?? []).map { ModelUsage($0) })
        }
    }

    /// A turn in few words; `evidence/turns/N/` has all.
    private static func shown(_ turn: JSONValue) -> JSONValue {
        let checks = turn["checks"]?.array ?? []
        let failed = checks.filter { $0["passed"]?.bool != true }.compactMap { $0["name"] }
        return [
            "turn": turn["turn"] ?? .null, "prompted": turn["prompted"] ?? .null, "claimed": turn["claimed"] ?? .null,
            "marker": turn["marker"] ?? .null, "passed": turn["passed"] ?? .null,
            "checks": .int(checks.count), "failed": .array(failed), "usage": turn["usage"] ?? .null,
        ]
    }

    private var claim: JSONValue {
        guard case .claimed(let text) = end else { return .null }
        return [
            "text": .string(String(text.suffix(20_000))),
            "marker": JSONValue(CompletionProtocol.marker(in: text)?.rawValue),
            "files": reported.map { .array($0.prefix(Self.listed).map(\.json)) } ?? .null,
        ]
    }

    private var fact: JSONValue {
        guard let facts else { return .null }
        return [
            "changed": .int(facts.changes.count),
            "changes": .array(facts.changes.prefix(Self.listed).map(\.json)),
            "outside": .array(facts.outside.prefix(Self.listed).map(\.json)),
            "commits": .array(facts.commits.prefix(Self.listed).map(\.json)),
            "undeterminable": JSONValue(facts.undeterminable),
        ]
    }
}
