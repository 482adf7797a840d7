import JSON

extension Operation {
    private static let start = [
        Parameter(
            name: "after", schema: .integer(0...Int.max),
            text: "The number of an event: what came after it follows, instead of a snapshot."),
        Parameter(
            name: "Last-Event-ID", place: .header, schema: .string(pattern: "^[0-9]{0,19}$"),
            text: "The same, as a browser's EventSource says it; counts before `after`."),
        .view,
    ]

    private static let stream = [
        Answer(
            text: "Server-sent events `snapshot`, `task`, `resync` and `heartbeat`, until somebody ends it; with "
                + "`view=brief`, `activity` and `status`, too, and never a snapshot.",
            content: [
                Content(
                    mediaType: "text/event-stream", schema: .string(),
                    example: "event: heartbeat\ndata: {\"store_version\":4}\n\n")
            ])
    ]

    static let events = Operation(
        "followEvents", .events, "What happens to all tasks, as it happens.", parameters: start, answers: stream,
        problems: [.invalidQuery])

    static let taskEvents = Operation(
        "followTaskEvents", .events, "What happens to one task, as it happens.", parameters: start, answers: stream,
        problems: [.invalidQuery])
}
