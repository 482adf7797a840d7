import JSON
package import Usage

/// What one model used for one attempt at a task.
package struct UsageEntry: Sendable, Hashable {
    /// When the attempt ended, or was last heard of.
    package var time: Timestamp
    package var session: String?
    package var workspace: String
    /// `provider/model`; nil where nobody said.
    package var model: String?
    /// All zero where a task's files have only the sum.
    package var tokens: TokenCounts
    /// All kinds together.
    package var total: Int
    /// US dollars.
    package var cost: Double
}

extension UsageEntry {
    /// Those of one `result.json` or `activity.json`: one for each model, where the file tells.
    static func all(in usage: JSONValue, time: Timestamp, session: String?, workspace: String) -> [UsageEntry] {
        let models = usage["models"]?.array ?? []
        if models.isEmpty {
            let total = TokenCounts.bounded(usage["tokens"])
            let cost = amount(usage["cost"])
            if total == 0, cost == 0 { return [] }
            return [
                UsageEntry(
                    time: time, session: session, workspace: workspace, model: usage["model"]?.string,
                    tokens: TokenCounts(), total: total, cost: cost)
            ]
        }
        return models.map { model in
            let tokens = TokenCounts(model["tokens"])
            return UsageEntry(
                time: time, session: session, workspace: workspace, model: model["model"]?.string, tokens: tokens,
                total: tokens.sum, cost: amount(model["cost"]))
        }
    }

    private static func amount(_ json: JSONValue?) -> Double {
        guard let value = json?.double, value.isFinite else { return 0 }
        return min(max(0, value), 1e9)
    }
}
