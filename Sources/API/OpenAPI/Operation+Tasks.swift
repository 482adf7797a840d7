import JSON

extension Operation {
    static let createTask = Operation(
        "createTask", .tasks, "Create a task.",
        text:
            "When the answer is there, the task survives a power cut. A file as the inbox takes it can be sent as well: "
            + "as `text/markdown`, `application/yaml` or docx, with `?workspace=` and `?name=`; or in a form "
            + "(`multipart/form-data`, the fields `file` and `workspace`), with the header `X-OpenLoom-Request: 1`. "
            + "With the header `Idempotency-Key` the same key and body again is the same task; with another body it is 422.",
        body: [
            Content(
                schema: .ref("NewTask"),
                example: ["name": "Fix the login", "workspace": "/srv/shop", "goal": "Make the tests pass."])
        ],
        answer: .ref("TaskChange"),
        example: [
            "ok": true, "taskId": "20261124T001832996-xiixx-fix-the-login", "status": "pending",
            "name": "Fix the login", "workspace": "/srv/shop", "sessionId": nil, "store_version": 1,
        ],
        problems: [
            .badJSON, .badForm, .invalidTask, .sessionNotFound, .unusableWorkspace, .invalidHeader, .keyReused, .closed,
            .storageFull, .agentUnavailable, .agentRefused,
        ])

    static let listTasks = Operation(
        "listTasks", .tasks, "The tasks, newest first.",
        text: "All that fit, streamed, unless `limit` asks for a page. A page may be short, or empty, before the last.",
        parameters: [
            Parameter(
                name: "state", schema: .words(TaskFilter.knownWords),
                text: "Directories and statuses, joined by commas. `running` and `failed` are the directories."),
            Parameter(name: "status", schema: .words(TaskFilter.knownWords), text: "The same as `state`."),
            Parameter(
                name: "archived", schema: .word(["0", "1", "true", "false", "yes", "no"]), text: "Archived too."),
            Parameter(name: "verdict", schema: .words(TaskFilter.knownVerdicts), text: "Joined by commas."),
            Parameter(
                name: "workspace", schema: .string(atMost: 1000, pattern: "^/[^\\x00]*$"),
                text: "Those that work in this directory, or in one inside."),
            Parameter(name: "origin", schema: .words(TaskFilter.knownOrigins), text: "Joined by commas."),
            Parameter(name: "key", schema: .string(longest: 200), text: "The one with this key."),
            Parameter(
                name: "q",
                schema: .string(
                    longest: SearchText.longest,
                    pattern: SearchText.pattern),
                text: "Words that are all in the name or the goal, in whatever case."),
            Parameter(
                name: "sort", schema: .word(TaskQuery.Order.allCases.map(\.rawValue)),
                text: "`-` is newest first; so is nothing."),
            Parameter(name: "limit", schema: .integer(1...TaskQuery.longestPage), text: "Length of the page."),
            Parameter(
                name: "cursor", schema: .string(pattern: TaskCursor.pattern), text: "A `next_cursor`."),
            .view,
            .ifNoneMatch,
        ],
        answers: [
            Answer(
                content: .ref("TaskList"),
                example: ["tasks": [exampleTask], "store_version": 1, "next_cursor": nil]),
            .notModified,
        ],
        problems: [.invalidQuery])

    static let showTask = Operation(
        "showTask", .tasks, "One task.",
        text: "With `?wait=SECONDS`, 1 to \(TaskWait.longest), the answer comes as soon as the task has ended.",
        parameters: [
            .view, .ifNoneMatch,
        ],
        answers: [
            Answer(
                content: .object([
                    "task": .any(of: .ref("Task"), .ref("BriefTask")), "store_version": .storeVersion,
                ]),
                example: ["task": exampleTask, "store_version": 1], headers: ["ETag": .string()]),
            .notModified,
        ],
        problems: [.invalidQuery])

    static let deleteTask = Operation(
        "deleteTask", .tasks, "Delete a task, in any state; one that runs loses its session.", text: ifMatch,
        answer: .ref("TaskChange"),
        example: [
            "ok": true, "taskId": "20261124T001832996-xiixx-fix-the-login", "deleted": true, "store_version": 3,
        ],
        problems: [.ambiguous, .preconditionFailed])

    static func change(_ operation: TaskOperation) -> Operation {
        Operation(
            "\(operation.rawValue)Task", .tasks, operation.summary, text: ifMatch, answer: .ref("TaskChange"),
            example: [
                "ok": true, "taskId": "20261124T001832996-xiixx-fix-the-login", "status": "pending",
                "store_version": 2,
            ],
            problems: [.wrongState, .taskExists, .preconditionFailed])
    }

    static let exampleTask: JSONValue = [
        "id": "20261124T001832996-xiixx-fix-the-login", "name": "Fix the login", "workspace": "/srv/shop",
        "goal": "Make the tests pass.", "status": "pending", "state": "new", "verdict": nil, "reason": nil,
        "progress": 0, "active_session_id": nil, "session_ids": [], "last_summary": nil, "error": nil,
        "check_log": [], "hold": false, "cancelling": false, "archived": false, "not_before": nil, "retry": nil,
        "provider_hold": nil, "blocked_by": [],
        "asks": [], "turn": nil, "checks": nil, "result": nil, "worktree": nil, "created_at": 1_795_479_512.995,
        "updated_at": 1_795_479_513.001,
        "spec": [
            "name": "Fix the login", "workspace": "/srv/shop", "goal": "Make the tests pass.", "priority": 5,
            "max_turns": 3, "created": "2026-11-24T00:18:32.995Z", "origin": ["kind": "rest"],
        ],
    ]
}
