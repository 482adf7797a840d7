import JSON
import Spool

extension Operation {
    static let listEndpoints = Operation(
        "listWebhookEndpoints", .webhooks, "Who is told of events, and how many deliveries wait for each.",
        answer: .object(["endpoints": .array(of: .ref("WebhookEndpoint"))]),
        example: ["endpoints": [exampleEndpoint]])

    static let showEndpoint = Operation(
        "showWebhookEndpoint", .webhooks, "One endpoint, with the first of its deliveries.",
        parameters: [
            Parameter(
                name: "state", schema: .word(DeliveryState.allCases.map(\.rawValue)), text: "Those of one directory."),
            Parameter(
                name: "limit", schema: .integer(1...WebhookRoutes.mostListed), text: "How many of each directory; 50."),
            Parameter(name: "order", schema: .word(["oldest", "newest"]), text: "Which come first; `oldest`."),
        ],
        answer: .ref("WebhookEndpointPage"),
        example: [
            "name": "default", "url": "https://hooks.example/openloom", "origin": "bus", "format": "openloom",
            "signed": true, "disabled": nil, "new": 1, "done": 30, "failed": 0, "deliveries": [exampleDelivery],
        ],
        problems: [.notFound, .ambiguous, .invalidQuery])

    static let showDelivery = Operation(
        "showWebhookDelivery", .webhooks, "One delivery: what is sent, and what came of each attempt.",
        answer: .ref("WebhookDelivery"),
        example: [
            "number": 31, "event": "TASK_COMPLETED", "task_id": "20261124T001832996-xiixx-fix-the-login",
            "state": "done", "path": "outbox/default/done/31.TASK_COMPLETED.20261124T001832996-xiixx-fix-the-login",
            "attempts": [
                [
                    "attempt": 1, "time": "2026-11-24T00:19:02.118Z", "outcome": "delivered", "status": 204,
                    "latency_ms": 8,
                ]
            ],
            "delivery": ["webhook_id": "hal-31", "created": "2026-11-24T00:19:02.101Z", "body": [:]],
        ],
        problems: [.notFound, .ambiguous])

    static let retryDeliveries = Operation(
        "retryWebhookDeliveries", .webhooks, "Have everything sent again that an endpoint was not told.",
        text: "`mv outbox/ENDPOINT/failed/* outbox/ENDPOINT/new/`.", answer: retried,
        example: ["ok": true, "retried": 3], problems: [.notFound, .ambiguous])

    static let retryDelivery = Operation(
        "retryWebhookDelivery", .webhooks, "Have one delivery sent again.",
        text: "`mv outbox/ENDPOINT/failed/NAME outbox/ENDPOINT/new/`, or from `done/`.", answer: retried,
        example: ["ok": true, "retried": 1], problems: [.notFound, .ambiguous])

    static let testEndpoint = Operation(
        "testWebhookEndpoint", .webhooks, "Send a configured endpoint one webhook now, and say what it answers.",
        text:
            "It tells of a task that does not exist, `webhook-test`, and leaves nothing in the outbox. `ok` is whether "
            + "the answer was 200 to 299.",
        answer: .object(
            [
                "ok": .bool, "endpoint": .string(), "status": Schema.integer(100...999).orNull,
                "latency_ms": .integer(from: 0),
            ],
            optional: ["answer": .string(), "error": .string()]),
        example: ["ok": true, "endpoint": "default", "status": 204, "latency_ms": 12, "answer": ""],
        problems: [.notFound])

    static let listSources = Operation(
        "listWebhookSources", .webhooks, "Which services can have tasks made by sending a webhook here.",
        answer: .object(["sources": .array(of: .map())]),
        example: ["sources": [["name": "generic", "kind": "generic", "verification": "none", "rules": 0]]])

    static let takeWebhook = Operation(
        "takeWebhook", .webhooks, "Have a task made of what happened elsewhere.",
        text:
            "What the body must be, and what proves where it comes from, depends on the source; the schema is that of "
            + "`generic`. What fits no rule of a source is answered with `action: ignored`, so that it is not sent again.",
        body: [
            Content(schema: .envelope, example: ["goal": "Make the tests pass.", "workspace": "/srv/shop"])
        ],
        answer: .object(
            ["ok": .constant(true)],
            optional: [
                "taskId": .string(), "status": .string(), "name": .string(), "workspace": .string(),
                "sessionId": .string().orNull, "source": .string(), "store_version": .storeVersion,
                "action": .constant("ignored"), "reason": .string(),
            ]),
        example: [
            "ok": true, "taskId": "20261124T001832996-xiixx-fix-the-login", "status": "pending", "name": "webhook",
            "workspace": "/srv/shop", "sessionId": nil, "source": "generic", "store_version": 1,
        ],
        problems: [
            .badJSON, .invalidTask, .unusableWorkspace, .unauthorized, .notFound, .closed, .storageFull,
        ])

    private static let retried = Schema.object(["ok": .constant(true), "retried": .integer(from: 0)])

    private static let exampleEndpoint: JSONValue = [
        "name": "default", "url": "https://hooks.example/openloom", "origin": "bus", "format": "openloom",
        "signed": true,
        "disabled": nil, "new": 0, "done": 31, "failed": 0,
    ]

    private static let exampleDelivery: JSONValue = [
        "number": 31, "event": "TASK_COMPLETED", "task_id": "20261124T001832996-xiixx-fix-the-login", "state": "new",
        "attempts": 0, "last": nil,
        "path": "outbox/default/new/31.TASK_COMPLETED.20261124T001832996-xiixx-fix-the-login",
    ]
}

extension Schema {
    private static let endpointMembers: KeyValuePairs<String, Schema> = [
        "name": .string(), "url": .string().orNull, "origin": .string().orNull, "format": .string().orNull,
        "signed": Schema.bool.orNull, "disabled": .string().orNull.described("Why nothing is sent to it."),
        "new": .integer(from: 0), "done": .integer(from: 0), "failed": .integer(from: 0),
    ]

    static let webhookEndpoint = Schema.object(endpointMembers)

    static let webhookEndpointPage = Schema.object(
        endpointMembers, optional: ["deliveries": .array(of: .ref("WebhookDeliverySummary"))])

    static let webhookDeliverySummary = Schema.object([
        "number": .integer(from: 1).described("Of the event."), "event": .string(), "task_id": .string(),
        "state": .word(DeliveryState.allCases.map(\.rawValue)), "path": .string().described("In the spool."),
        "attempts": .integer(from: 0), "last": .any(of: .ref("WebhookAttempt")).orNull,
    ])

    static let webhookDelivery = Schema.object([
        "number": .integer(from: 1).described("Of the event."), "event": .string(), "task_id": .string(),
        "state": .word(DeliveryState.allCases.map(\.rawValue)), "path": .string().described("In the spool."),
        "attempts": .array(of: .ref("WebhookAttempt")),
        "delivery": Schema.map().orNull.described("The file in the outbox: id, time, and the body that is sent."),
    ])

    static let webhookAttempt = Schema.object(
        [
            "attempt": .integer(from: 1), "time": .string(format: "date-time"), "outcome": .string(),
            "status": Schema.integer(100...999).orNull, "latency_ms": .integer(from: 0),
        ],
        optional: [
            "error": .string(), "answer": .string(),
            "next": .string(format: "date-time"),
        ])
}
