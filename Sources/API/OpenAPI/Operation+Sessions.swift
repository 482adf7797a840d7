import JSON

extension Operation {
    private static let id = "ses_1f0c8a3b2ffe"

    private static let exampleSession: JSONValue = [
        "id": .string(id), "title": "Fix the login", "directory": "/srv/shop", "parentID": nil,
        "created": 1_795_479_513.2, "updated": 1_795_479_520.9,
        "time": ["created": 1_795_479_513_200, "updated": 1_795_479_520_900], "cost": 0.0125,
    ]

    private static let examplePermission: JSONValue = [
        "id": "per_20af34b81004", "sessionId": .string(id), "permission": "external_directory",
        "patterns": ["/etc"], "metadata": [:], "taskId": "20261124T001832996-xiixx-fix-the-login",
    ]

    /// What every route about one session may say.
    private static let troubles: [Problem.Kind] = [
        .sessionNotFound, .foreignDirectory, .agentUnavailable, .agentRefused,
    ]

    static let listSessions = Operation(
        "listSessions", .sessions, "The sessions in the workspaces of tasks and of the configuration.",
        answer: .ref("SessionList"),
        example: [
            "sessions": [exampleSession], "byDirectory": ["/srv/shop": [exampleSession]],
            "status": [id: "idle"], "missing": [],
        ],
        problems: [.agentUnavailable])

    static let showMessages = Operation(
        "showMessages", .sessions, "The last messages of a session, oldest first.",
        parameters: [
            Parameter(name: "limit", schema: .integer(1...1000), text: "How many; 50 if left out.")
        ],
        answer: .object(["messages": .array(of: .object(["info": .map(), "parts": .array(of: .map())]))]),
        example: [
            "messages": [
                [
                    "info": ["id": "msg_1", "sessionID": .string(id), "role": "user"],
                    "parts": [["id": "prt_1", "type": "text", "text": "Make the tests pass."]],
                ]
            ]
        ],
        problems: [.invalidQuery] + troubles)

    static let showDiff = Operation(
        "showDiff", .sessions, "What the server says that a session changed.",
        text: "A claim: what a shell command did is not in it. The facts are in the task's `evidence/`.",
        answer: .object(["diff": .array(of: .map())]),
        example: [
            "diff": [
                [
                    "file": "a.txt", "patch": "--- a/a.txt\n+++ b/a.txt\n", "additions": 1, "deletions": 0,
                    "status": "added",
                ]
            ]
        ],
        problems: troubles)

    static let archiveSession = Operation(
        "archiveSession", .sessions, "Put a session into the server's archive (OpenCode 1).",
        answer: .ref("SessionChange"), example: ["ok": true, "sessionId": .string(id), "archived": true],
        problems: troubles + [.unsupported])

    static let unarchiveSession = Operation(
        "unarchiveSession", .sessions, "Take a session out of the server's archive (OpenCode 1).",
        answer: .ref("SessionChange"), example: ["ok": true, "sessionId": .string(id), "archived": false],
        problems: troubles + [.unsupported])

    static let deleteSession = Operation(
        "deleteSession", .sessions, "Delete a session at the server, with those that it started.",
        answer: .ref("SessionChange"), example: ["ok": true, "sessionId": .string(id), "deleted": true],
        problems: troubles + [.sessionInUse])

    static let listPermissions = Operation(
        "listPermissions", .sessions, "What agents wait for a person to allow.",
        parameters: [Parameter(name: "sessionId", schema: .string(), text: "Only those of one session.")],
        answer: .ref("PermissionList"), example: ["permissions": [examplePermission], "missing": []])

    static let answerPermission = Operation(
        "answerPermission", .sessions, "Allow or refuse what an agent asked for, this once.",
        text: "`always` is taken for `once`: the server would keep it beyond the task, and nobody would see it.",
        body: [
            Content(
                schema: .object(["response": .word(["once", "always", "reject"])]), example: ["response": "once"])
        ],
        answer: .object(["ok": .constant(true), "response": .word(["once", "reject"])]),
        example: ["ok": true, "response": "once"],
        problems: [.badJSON, .invalidBody, .notFound, .taskNotFound, .wrongState, .storageFull] + troubles)
}
