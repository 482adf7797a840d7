import JSON
import Spool

extension Operation {
    static let bulk = Operation(
        "changeTasks", .tasks, "Do something to all tasks that fit a filter, or say what would be done.",
        text: "What one task refuses is told, and the rest goes on. Go on with `next_cursor` until it is null.",
        body: [
            Content(
                schema: .ref("BulkRequest"),
                example: ["action": "retry", "filter": ["state": "failed", "verdict": "timeout"], "dry_run": true])
        ],
        answer: .ref("BulkResult"),
        example: [
            "ok": true, "action": "retry", "dry_run": true,
            "tasks": [
                [
                    "taskId": "20261124T001832996-xiixx-fix-the-login", "name": "Fix the login", "state": "failed",
                    "outcome": "would-be-done",
                ]
            ],
            "next_cursor": nil, "store_version": 8,
        ],
        problems: [.badJSON, .invalidBody])
}

extension Schema {
    static let bulkRequest = Schema.any(
        of: Schema.object(
            ["action": bulkAction, "filter": bulkFilter],
            optional: [
                "dry_run": .bool, "limit": .integer(1...TaskQuery.longestPage),
                "cursor": Schema.string(pattern: TaskCursor.pattern).orNull,
            ], isClosed: true),
        Schema.object(
            [
                "action": bulkAction,
                "ids": Schema.array(of: PathParameter(name: "id").schema, shortest: 1, longest: TaskQuery.longestPage)
                    .described("Tasks by name."),
            ], optional: ["dry_run": .bool], isClosed: true))

    private static let bulkAction = Schema.word(BulkAction.allCases.map(\.name))

    private static let bulkFilter = Schema.object(
        [:],
        optional: [
            "state": .words(TaskFilter.knownWords), "status": .words(TaskFilter.knownWords),
            "archived": .bool, "verdict": .words(TaskFilter.knownVerdicts),
            "workspace": .string(longest: 1000, pattern: "^/[^\\x00]*$"),
            "origin": .words(TaskFilter.knownOrigins), "key": .string(longest: 200),
            "q": .string(longest: SearchText.longest, pattern: SearchText.pattern),
        ], isClosed: true, fewest: 1
    ).described("As in the query of a list; at least one condition.")

    static let bulkResult = Schema.object([
        "ok": .constant(true), "action": .word(BulkAction.allCases.map(\.name)), "dry_run": .bool,
        "tasks": .array(
            of: .object(
                [
                    "taskId": .string(),
                    "outcome": .word(["done", "would-be-done", "refused"]),
                ],
                optional: [
                    "name": .string(),
                    "state": Schema.word(TaskState.allCases.map(\.rawValue)).described("Before."),
                    "problem": .word(Problem.Kind.allCases.map(\.rawValue)), "detail": .string(),
                ])),
        "next_cursor": .string().orNull, "store_version": storeVersion,
    ])
}
