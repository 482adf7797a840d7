import Evidence
import JSON
import OpenCode
import Spool

/// `result.json`: claim beside fact.
struct RunResult {
    var session: AgentSession?
    var end: TurnEnd?
    var facts: ChangeSummary?
    var usage: TurnObservation?
    var node: NodeIdentity

    /// A list in `result.json` ends here; `evidence/changes.json` has all.
    private static let listed = 1000

    var json: JSONObject {
        var object: JSONObject = [:]
        object["session"] = JSONValue(session?.id)
        object["workspace"] = JSONValue(session?.directory)
        object["claim"] = claim
        object["fact"] = fact
        if let usage {
            object["usage"] = [
                "steps": .int(usage.steps.count), "tokens": .int(usage.tokens), "cost": .double(usage.cost),
                "model": JSONValue(usage.steps.last?.model),
            ]
        }
        object["node"] = .string(node.node)
        return object
    }

    private var claim: JSONValue {
        guard case .claimed(let text) = end else { return .null }
        return [
            "text": .string(String(text.suffix(20_000))),
            "marker": JSONValue(CompletionProtocol.marker(in: text)?.rawValue),
        ]
    }

    private var fact: JSONValue {
        guard let facts else { return .null }
        return [
            "changed": .int(facts.changes.count),
            "changes": .array(facts.changes.prefix(Self.listed).map(\.json)),
            "undeterminable": JSONValue(facts.undeterminable),
        ]
    }
}
