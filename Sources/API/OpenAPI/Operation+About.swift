import JSON

extension Operation {
    static let description = Operation(
        "describeAPI", .about, "This description.", answer: .map(),
        example: ["openapi": "3.1.0", "info": ["title": "openloom", "version": "0.1.0"], "paths": [:]])

    static let livez = Operation(
        "isAlive", .health, "Whether the daemon lives. Needs no token.",
        answer: .object(["status": .constant("ok")]), example: ["status": "ok"])

    static let readyz = Operation(
        "isReady", .health, "Whether tasks that are accepted are also worked on.",
        text: "`degraded`: tasks are accepted, or shown, but not worked on at present; `details` says why.",
        answer: .ref("Readiness"),
        example: [
            "status": "ok", "spool": ["path": "/home/me/.openloom/spool", "closed": false, "paused": false],
            "details": ["version": "0.1.0", "opencode": ["ok": true, "wire": 2, "version": "2.0.27"]],
            "store_version": 3,
        ])

    private static let period: JSONValue = [
        "totalCost": 0.0125,
        "totalTokens": ["input": 100, "output": 20, "reasoning": 5, "cacheRead": 50, "cacheWrite": 7],
        "tokenTotal": 182, "sessionCount": 1, "sessionsWithUsage": 1, "cacheEfficiency": 0.3333,
        "byModel": [exampleSums], "topSessions": [],
    ]

    static let state = Operation(
        "showState", .health, "All at a glance: tasks, sessions, permissions, usage, and the servers.",
        text: "What OpenLoom's dashboard asks for every few seconds. What a server did not say within a second is left "
            + "out, and `missing` tells.",
        answer: .ref("State"),
        example: [
            "version": "0.1.0", "opencode": ["ok": true, "wire": 1, "version": "1.18.31"], "ok": true,
            "counts": ["new": 0, "running": 1, "done": 7, "failed": 0], "closed": false, "paused": false,
            "store_version": 31, "server": ["ok": true, "message": "reachable", "url": "http://127.0.0.1:4096"],
            "recentWorkspaces": ["/srv/shop"], "tasks": [], "sessions": [], "sessionsByDirectory": [:],
            "archivedSessions": [], "sessionStatus": [:], "permissions": [], "notify": ["webhooks": []],
            "metrics": [
                "running": 1, "waiting": 0, "failed": 0, "completedToday": 2, "sessionsBusy": 0, "sessionsIdle": 0,
                "sessionsRetry": 0,
            ],
            "usage": [
                "periods": ["today": period, "week": period, "month": period, "total": period],
                "now": 1_795_479_530.5, "complete": true,
            ],
            "now": 1_795_479_530.5, "missing": [],
        ])

    static let metrics = Operation(
        "showMetrics", .health, "Figures in Prometheus's text format.",
        answers: [
            Answer(
                text: "Families of samples.",
                content: [
                    Content(
                        mediaType: MetricsRoutes.mediaType, schema: .string(),
                        example: "# TYPE openloom_tasks gauge\nopenloom_tasks{state=\"new\"} 2\n")
                ])
        ])
}
