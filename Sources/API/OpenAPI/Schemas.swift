import JSON

extension OpenAPIDocument {
    /// The components that operations name.
    static let schemas: [(name: String, schema: Schema)] = [
        ("NewTask", .newTask),
        ("NewCheck", .newCheck),
        ("Check", .check),
        ("CheckResult", .checkResult),
        ("Task", .task),
        ("BriefTask", .briefTask),
        ("Overview", .overview),
        ("Spec", .spec),
        ("Schedule", .schedule),
        ("Ask", .ask),
        ("AskAnswer", .askAnswer),
        ("BulkRequest", .bulkRequest),
        ("BulkResult", .bulkResult),
        ("TaskList", .taskList),
        ("TaskChange", .taskChange),
        ("State", .state),
        ("Readiness", .readiness),
        ("Session", .agentSession),
        ("SessionList", .sessionList),
        ("SessionChange", .sessionChange),
        ("Permission", .permission),
        ("PermissionList", .permissionList),
        ("Folder", .folder),
        ("Usage", .usage),
        ("UsageSums", .usageSums),
        ("UsagePeriod", .usagePeriod),
        ("WebhookEndpoint", .webhookEndpoint),
        ("WebhookEndpointPage", .webhookEndpointPage),
        ("WebhookDelivery", .webhookDelivery),
        ("WebhookDeliverySummary", .webhookDeliverySummary),
        ("WebhookAttempt", .webhookAttempt),
        ("Problem", .problem),
    ]
}

extension Schema {
    /// Number of the newest event.
    static let storeVersion = Schema.integer(from: 0).described("Number of the newest event.")

    static let problem = Schema.object(
        [
            "type": .string(pattern: "^urn:openloom:problem:[a-z-]+$"), "title": .string(),
            "status": .integer(400...599), "detail": .string().described("What is wrong and how to mend it."),
            "errors": .array(
                of: .object(
                    ["message": .string()],
                    optional: [
                        "pointer": .string().described("JSON pointer into the body."),
                        "line": .integer(from: 1), "column": .integer(from: 1),
                        "parameter": .string().described("Which part of the query."),
                    ])),
        ],
        optional: ["instance": .string().described("The request's id.")])

    static let readiness = Schema.object([
        "status": .word(["ok", "degraded"]),
        "spool": .object(["path": .string(), "closed": .bool, "paused": .bool]),
        "details": .map().described("For a person: what is well and what is not."),
        "store_version": storeVersion,
    ])
}
