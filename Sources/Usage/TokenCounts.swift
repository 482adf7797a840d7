package import JSON

/// Tokens by kind, as both wires count them and the spool keeps them.
package struct TokenCounts: Sendable, Hashable {
    package var input = 0
    package var output = 0
    package var reasoning = 0
    package var cacheRead = 0
    package var cacheWrite = 0

    package init() {}

    /// `{input, output, reasoning, cache: {read, write}}`. What is no number, or none that can be one, counts as none.
    package init(_ json: JSONValue?) {
        input = Self.bounded(json?["input"])
        output = Self.bounded(json?["output"])
        reasoning = Self.bounded(json?["reasoning"])
        cacheRead = Self.bounded(json?["cache"]?["read"])
        cacheWrite = Self.bounded(json?["cache"]?["write"])
    }

    /// The numbers are a stranger's, and their sum must not overflow.
    package static func bounded(_ json: JSONValue?) -> Int { min(max(0, json?.int ?? 0), 1 << 40) }

    /// All kinds together.
    package var sum: Int { input + output + reasoning + cacheRead + cacheWrite }

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
