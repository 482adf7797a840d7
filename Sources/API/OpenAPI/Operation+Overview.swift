import JSON
import Spool

extension Operation {
    static let overview = Operation(
        "showOverview", .health, "What the dashboard shows first: counts, what runs, what ended last, health.",
        text: "Costs the same however much has been done. `scopes` are the caller's.",
        answer: .ref("Overview"),
        example: [
            "version": "0.1.0", "opencode": ["ok": true, "wire": 1, "version": "1.18.31"], "paused": false,
            "closed": false, "endpoints": [], "dashboard": "0123456789abcdef0123", "spool": "/home/me/.openloom/spool",
            "scopes": ["read", "submit", "answer", "admin"], "store_version": 31, "now": 1_795_479_530.5,
            "states": [
                "new": ["count": 1, "oldest_at": 1_795_479_512.995], "running": ["count": 0, "oldest_at": nil],
                "done": ["count": 7, "oldest_at": 1_795_379_512.995], "failed": ["count": 0, "oldest_at": nil],
            ],
            "running": [], "ended": [],
        ])
}

extension Schema {
    private static let stateCount = Schema.object([
        "count": .integer(from: 0),
        "oldest_at": Schema.number().orNull.described("When the oldest was created, in seconds since 1970."),
    ])

    static let overview = Schema.object(
        [
            "paused": .bool, "closed": .bool, "endpoints": .array(of: .ref("WebhookEndpoint")), "spool": .string(),
            "dashboard": Schema.string().described("Which build of the dashboard this program has."),
            "scopes": .array(of: .word(AccessScope.allCases.map(\.rawValue))), "store_version": storeVersion,
            "now": .number(),
            "states": .object([
                "new": stateCount, "running": stateCount, "done": stateCount, "failed": stateCount,
            ]),
            "running": .array(of: .ref("BriefTask")),
            "ended": Schema.array(of: .ref("BriefTask")).described("Those that ended last, the last one first."),
        ],
        optional: ["version": .string(), "opencode": .map(), "servers": .array(of: .map())])
}
