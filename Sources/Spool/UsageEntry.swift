import JSON

/// What one model used for one attempt at a task.
package struct UsageEntry: Sendable, Hashable {
    /// Tokens by kind; all zero where a task's files have only the sum.
    package struct Tokens: Sendable, Hashable {
        package var input = 0
        package var output = 0
        package var reasoning = 0
        package var cacheRead = 0
        package var cacheWrite = 0

        package init() {}

        init(_ json: JSONValue?) {
            input = bounded(json?["input"])
            output = bounded(json?["output"])
            reasoning = bounded(json?["reasoning"])
            cacheRead = bounded(json?["cache"]?["read"])
            cacheWrite = bounded(json?["cache"]?["write"])
        }

        package var sum: Int { input + output + reasoning + cacheRead + cacheWrite }

        package static func += (left: inout Tokens, right: Tokens) {
            left.input += right.input
            left.output += right.output
            left.reasoning += right.reasoning
            left.cacheRead += right.cacheRead
            left.cacheWrite += right.cacheWrite
        }
    }

    /// When the attempt ended, or was last heard of.
    package var time: Timestamp
    package var session: String?
    package var workspace: String
    /// `provider/model`; nil where nobody said.
    package var model: String?
    package var tokens: Tokens
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
            let total = bounded(usage["tokens"])
            let cost = amount(usage["cost"])
            if total == 0, cost == 0 { return [] }
            return [
                UsageEntry(
                    time: time, session: session, workspace: workspace, model: usage["model"]?.string,
                    tokens: Tokens(), total: total, cost: cost)
            ]
        }
        return models.map { model in
            let tokens = Tokens(model["tokens"])
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

/// Numbers that came from a stranger's server; their sums must not overflow.
private func bounded(_ json: JSONValue?) -> Int { min(max(0, json?.int ?? 0), 1 << 40) }
