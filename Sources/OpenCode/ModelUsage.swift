package import JSON
package import Usage

/// What one model did for a turn.
package struct ModelUsage: Sendable, Hashable {
    /// `provider/model`; nil where the server did not say.
    package var model: String?
    package var steps = 0
    package var counts = TokenCounts()
    package var cost = 0.0

    package init(model: String?) { self.model = model }

    /// Reads what ``json`` wrote.
    package init(_ json: JSONValue) {
        self.init(model: json["model"]?.string)
        steps = TokenCounts.bounded(json["steps"])
        counts = TokenCounts(json["tokens"])
        if let cost = json["cost"]?.double, cost.isFinite { self.cost = max(0, cost) }
    }

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
