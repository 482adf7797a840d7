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
    var choice: AgentChoice
    /// Branch and place of the task's worktree, if it has one.
    var worktree: JSONObject?
    var server: ServerIdentity?
    var node: NodeIdentity

    /// A list in `result.json` ends here; `evidence/changes.json` has all.
    private static let listed = 1000

    var json: JSONObject {
        var object: JSONObject = [:]
        object["session"] = JSONValue(session?.id)
        object["workspace"] = JSONValue(session?.directory)
        object["claim"] = claim
        object["fact"] = fact
        if let seen {
            let used = seen.used(since: usedBefore)
            object["usage"] = [
                "steps": .int(seen.steps.count), "tokens": .int(used.tokens), "cost": .double(used.cost),
                "model": JSONValue(seen.steps.last?.model), "agent": JSONValue(seen.steps.last?.agent),
                "models": .array(seen.usageByModel.map(\.json)),
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
