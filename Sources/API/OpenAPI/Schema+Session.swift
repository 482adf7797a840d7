import JSON

/// What the agent's servers tell of sessions and permissions, in OpenLoom's form.
extension Schema {
    private static let seconds = Schema.number().described("Seconds since 1970.")
    private static let missing = Schema.array(of: .string())
        .described("What could not be asked about, and why. Empty if the answer is complete.")

    static let agentSession = Schema.object(
        [
            "id": .string(), "title": .string(), "directory": .string(), "parentID": .string().orNull,
            "created": seconds, "updated": seconds,
        ],
        optional: [
            "time": Schema.map().described("As the server has it, in milliseconds."), "tokens": .map(),
            "cost": .number(), "model": .map(), "agent": .string(),
        ]
    ).described("The server's own object, with these members added.")

    static let activity = Schema.word(["idle", "busy", "retry"])

    static let sessionList = Schema.object([
        "sessions": Schema.array(of: .ref("Session")).described(
            "Neither archived nor started by others; newest first."),
        "byDirectory": .map(of: .array(of: .ref("Session"))), "status": .map(of: activity), "missing": missing,
    ])

    static let permission = Schema.object([
        "id": .string(), "sessionId": .string(), "permission": .string(), "patterns": .array(of: .string()),
        "metadata": .map(), "taskId": Schema.string().orNull.described("The task whose agent asks; null for others."),
    ])

    static let permissionList = Schema.object([
        "permissions": .array(of: .ref("Permission")), "missing": missing,
    ])

    static let sessionChange = Schema.object(
        ["ok": .constant(true), "sessionId": .string()], optional: ["archived": .bool, "deleted": .bool])

    // MARK: workspaces

    static let folder = Schema.object([
        "path": .string(), "parent": Schema.string().orNull.described("Null where no more is shown."),
        "children": .array(of: .object(["name": .string(), "path": .string()])),
        "truncated": Schema.bool.described("Whether there are more than are shown."),
        "roots": Schema.array(of: .string()).described("What may be browsed, with all that lies in it."),
    ])

    // MARK: usage

    private static let tokens = Schema.object([
        "input": .integer(from: 0), "output": .integer(from: 0), "reasoning": .integer(from: 0),
        "cacheRead": .integer(from: 0), "cacheWrite": .integer(from: 0),
    ])

    private static let sums: KeyValuePairs<String, Schema> = [
        "cost": Schema.number(from: 0).described("US dollars."), "sessionCount": .integer(from: 0),
        "tokens": tokens, "totalTokens": .integer(from: 0),
    ]

    static let usageSums = Schema.object(
        sums,
        optional: [
            "key": Schema.string().described("The day on which it begins, the model, the workspace, or the task."),
            "from": .string(format: "date-time"), "to": .string(format: "date-time"),
            "done": Schema.integer(from: 0).described("Tasks that ended then, and lie in `done/`."),
            "failed": Schema.integer(from: 0).described("Tasks that ended then, and lie in `failed/`."),
            "model": .string(), "providerID": .string(), "modelID": .string(),
            "id": .string(), "title": .string(), "directory": .string(), "taskId": .string(), "updatedAt": seconds,
        ])

    static let usage = Schema.object([
        "by": .word(UsageQuery.Grouping.allCases.map(\.rawValue)),
        "from": Schema.string(format: "date-time").orNull, "to": Schema.string(format: "date-time").orNull,
        "timezone": .string(), "total": .ref("UsageSums"), "groups": .array(of: .ref("UsageSums")),
    ])

    static let usagePeriod = Schema.object([
        "totalCost": .number(from: 0), "totalTokens": tokens, "tokenTotal": .integer(from: 0),
        "sessionCount": .integer(from: 0), "sessionsWithUsage": .integer(from: 0),
        "cacheEfficiency": .number(from: 0, to: 1), "byModel": .array(of: .ref("UsageSums")),
        "topSessions": .array(of: .ref("UsageSums")),
    ])

    // MARK: state

    static let state = Schema.object([
        "ok": .constant(true),
        "counts": .object([
            "new": .integer(from: 0), "running": .integer(from: 0), "done": .integer(from: 0),
            "failed": .integer(from: 0),
        ]),
        "closed": .bool, "paused": .bool, "store_version": storeVersion,
        "server": .object(["ok": .bool, "message": .string(), "url": .string()]),
        "recentWorkspaces": .array(of: .string(), longest: WorkspaceRoutes.most),
        "tasks": Schema.array(of: .map()).described(
            "The newest, and all that run: as Task, without `result`, `spec` cut down, long texts cut off."),
        "sessions": .array(of: .ref("Session")),
        "sessionsByDirectory": .map(of: .array(of: .ref("Session"))),
        "archivedSessions": .array(
            of: .object([
                "id": .string(), "title": .string(), "directory": .string(), "archived_at": seconds,
            ])),
        "sessionStatus": .map(of: activity), "permissions": .array(of: .ref("Permission")),
        "notify": .object(["webhooks": .array(of: .object(["url": .string(), "events": .array(of: .string())]))]),
        "metrics": .object([
            "running": .integer(from: 0), "waiting": .integer(from: 0), "failed": .integer(from: 0),
            "completedToday": .integer(from: 0), "sessionsBusy": .integer(from: 0),
            "sessionsIdle": .integer(from: 0), "sessionsRetry": .integer(from: 0),
        ]),
        "usage": .object([
            "periods": .object([
                "today": .ref("UsagePeriod"), "week": .ref("UsagePeriod"), "month": .ref("UsagePeriod"),
                "total": .ref("UsagePeriod"),
            ]),
            "now": seconds,
            "complete": Schema.bool.described("False while tasks that ended long ago are still being read."),
        ]),
        "now": seconds, "missing": missing,
    ])
}
