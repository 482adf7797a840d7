import JSON

extension Operation {
    static let listWorkspaces = Operation(
        "listWorkspaces", .workspaces, "The workspaces of the newest tasks, newest first.",
        answer: .object(["workspaces": .array(of: .string(), longest: WorkspaceRoutes.most)]),
        example: ["workspaces": ["/srv/shop"]])

    static let forgetWorkspace = Operation(
        "forgetWorkspace", .workspaces, "Don't offer a workspace any more, until a task is created for it.",
        parameters: [
            Parameter(
                name: "path", schema: .string(pattern: "^[^\\x00]+$"), text: "The workspace, of at most 4095 bytes.",
                isRequired: true)
        ],
        answer: .object(["ok": .constant(true), "removed": .bool, "path": .string()]),
        example: ["ok": true, "removed": true, "path": "/srv/shop"], problems: [.invalidQuery, .storageFull])

    static let browse = Operation(
        "browse", .workspaces, "The folders of a folder, for choosing a workspace.",
        text: "Only where tasks may work. Names that begin with a dot are left out.",
        parameters: [
            Parameter(
                name: "path", schema: .string(), text: "Absolute, or from `~/`; the newest workspace if left out.")
        ],
        answer: .ref("Folder"),
        example: [
            "path": "/srv", "parent": nil, "children": [["name": "shop", "path": "/srv/shop"]], "truncated": false,
            "roots": ["/srv"],
        ],
        problems: [.notFound, .foreignDirectory])

    static let pickFolder = Operation(
        "pickFolder", .workspaces, "A folder dialog, which a daemon has none of: `/api/browse` is instead of it.",
        answer: .object(["ok": .constant(false), "unsupported": .constant(true)]),
        example: ["ok": false, "unsupported": true])

    static let clearCompleted = Operation(
        "clearCompleted", .tasks, "Delete all tasks that have ended and are not archived.",
        text: "Also those that failed. All of them, newest first.",
        answer: .object([
            "ok": .constant(true), "deleted": .integer(from: 0), "taskIds": .array(of: .string()),
            "store_version": .storeVersion,
        ]),
        example: [
            "ok": true, "deleted": 1, "taskIds": ["20261124T001832996-xiixx-fix-the-login"], "store_version": 4,
        ],
        problems: [.storageFull])

    static let showUsage = Operation(
        "showUsage", .usage, "Tokens and cost of all attempts at all tasks, from their directories.",
        text: "By the daemon's clock. The first time after a start every ended task is read once.",
        parameters: [
            Parameter(
                name: "by", schema: .word(UsageQuery.Grouping.allCases.map(\.rawValue)), text: "`day` if left out."),
            Parameter(
                name: "from", schema: .string(pattern: moment), text: "A day, or a moment; what ended then or later."),
            Parameter(name: "to", schema: .string(pattern: moment), text: "The same; what ended before."),
            Parameter(
                name: "limit", schema: .integer(1...UsageQuery.mostGroups),
                text: "How many groups at most: the first days, or those that used most."),
        ],
        answer: .ref("Usage"),
        example: [
            "by": "model", "from": "2026-11-01T00:00:00.000Z", "to": nil, "timezone": "UTC", "total": exampleSums,
            "groups": [exampleGroup],
        ],
        problems: [.invalidQuery])

    private static let moment =
        "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
        + "(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,3})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]))?$"

    static let exampleSums: JSONValue = [
        "cost": 0.0125, "sessionCount": 1,
        "tokens": ["input": 100, "output": 20, "reasoning": 5, "cacheRead": 50, "cacheWrite": 7], "totalTokens": 182,
    ]

    private static let exampleGroup: JSONValue = [
        "key": "anthropic/claude-opus-4-5", "cost": 0.0125, "sessionCount": 1,
        "tokens": ["input": 100, "output": 20, "reasoning": 5, "cacheRead": 50, "cacheWrite": 7], "totalTokens": 182,
    ]
}
