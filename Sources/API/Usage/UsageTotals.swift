import JSON
import Spool
import Usage

/// Sums of what was used.
struct UsageTotals: Sendable {
    var cost = 0.0
    var tokens = TokenCounts()
    var total = 0
    var sessions: Set<String> = []
    /// How many tasks ended, by where they lie now.
    var ended: [TaskState: Int] = [:]

    mutating func add(_ entry: UsageEntry, of task: TaskID) {
        cost += entry.cost
        tokens += entry.tokens
        total += entry.total
        sessions.insert(entry.session ?? task.rawValue)
    }

    /// Of millionths, which is what providers charge by.
    static func rounded(_ cost: Double) -> Double { (cost * 1_000_000).rounded() / 1_000_000 }

    /// OpenLoom's members.
    var json: JSONObject {
        [
            "cost": .double(Self.rounded(cost)), "sessionCount": .int(sessions.count),
            "tokens": Self.json(tokens), "totalTokens": .int(total),
        ]
    }

    static func json(_ tokens: TokenCounts) -> JSONValue {
        [
            "input": .int(tokens.input), "output": .int(tokens.output), "reasoning": .int(tokens.reasoning),
            "cacheRead": .int(tokens.cacheRead), "cacheWrite": .int(tokens.cacheWrite),
        ]
    }

    /// More first; by name where they are equal.
    static func precedes(_ left: (String, UsageTotals), _ right: (String, UsageTotals)) -> Bool {
        (left.1.cost, left.1.total) == (right.1.cost, right.1.total)
            ? left.0 < right.0 : (left.1.cost, left.1.total) > (right.1.cost, right.1.total)
    }
}
