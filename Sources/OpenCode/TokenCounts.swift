package import JSON

/// Tokens by kind, as both wires count them.
package struct TokenCounts: Sendable, Hashable {
    package var input = 0
    package var output = 0
    package var reasoning = 0
    package var cacheRead = 0
    package var cacheWrite = 0

    package init() {}

    /// `{input, output, reasoning, cache: {read, write}}`. What is no number, or none that can be one, counts as none.
    init(_ json: JSONValue?) {
        input = Self.bounded(json?["input"])
        output = Self.bounded(json?["output"])
        reasoning = Self.bounded(json?["reasoning"])
        cacheRead = Self.bounded(json?["cache"]?["read"])
        cacheWrite = Self.bounded(json?["cache"]?["write"])
    }

    /// The numbers are a stranger's, and their sum must not overflow.
    private static func bounded(_ json: JSONValue?) -> Int { min(max(0, json?.int ?? 0), 1 << 40) }

    package static func += (left: inout TokenCounts, right: TokenCounts) {
        left.input += right.input
        left.output += right.output
        left.reasoning += right.reasoning
        left.cacheRead += right.cacheRead
        left.cacheWrite += right.cacheWrite
    }

    package var json: JSONValue {
        [
            "input": .int(input), "output": .int(output), "reasoning": .int(reasoning),
            "cache": ["read": .int(cacheRead), "write": .int(cacheWrite)],
        ]
    }
}

/// What one model did for a turn.
package struct ModelUsage: Sendable, Hashable {
    /// `provider/model`; nil where the server did not say.
    package var model: String?
    package var steps = 0
    package var counts = TokenCounts()
    package var cost = 0.0

    package var json: JSONValue {
        ["model": JSONValue(model), "steps": .int(steps), "tokens": counts.json, "cost": .double(cost)]
    }
}

extension TurnObservation {
    /// What each model did, in the order of their first steps.
    package var usageByModel: [ModelUsage] {
        var usage: [ModelUsage] = []
        for step in steps {
            let index = usage.firstIndex { $0.model == step.model } ?? usage.endIndex
            if index == usage.endIndex { usage.append(ModelUsage(model: step.model)) }
            usage[index].steps += 1
            usage[index].counts += step.counts
            usage[index].cost += step.cost.isFinite ? step.cost : 0
        }
        return usage
    }
}
