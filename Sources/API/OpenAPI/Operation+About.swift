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

    static let state = Operation(
        "showState", .health, "How many tasks there are in each state, and whether they can be worked on.",
        answer: .ref("State"),
        example: [
            "version": "0.1.0", "opencode": ["ok": true, "wire": 1, "version": "1.18.31"], "ok": true,
            "tasks": ["new": 0, "running": 1, "done": 7, "failed": 0], "closed": false, "paused": false,
            "store_version": 31,
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
