import JSON

extension Operation {
    static let listFiles = Operation(
        "listFiles", .files, "The files in a task's directory.",
        text: "Regular files only. `truncated`: there are more than are told of.",
        answer: .object([
            "files": .array(
                of: .object([
                    "path": .string(), "size": .integer(from: 0), "modified_at": .number(),
                    "type": Schema.string().described("As which it is sent."),
                ])),
            "truncated": .bool, "store_version": .storeVersion,
        ]),
        example: [
            "files": [
                [
                    "path": "task.json", "size": 310, "modified_at": 1_795_479_513.001, "type": "application/json",
                ]
            ],
            "truncated": false, "store_version": 3,
        ])

    static let downloadFile = Operation(
        "downloadFile", .files, "One file, or a part of it.",
        text: "Sent so that no browser takes it for a page: as an attachment, sandboxed, without sniffing.",
        parameters: [
            Parameter(
                name: "Range", place: .header, schema: .string(),
                text: "`bytes=FIRST-LAST`: one part; several are none."),
            Parameter(name: "If-Range", place: .header, schema: .string(), text: "The part, if it is of this `ETag`."),
            .ifNoneMatch,
        ],
        answers: [
            Answer(text: "The file.", content: contents, headers: headers),
            Answer(
                status: 206, text: "The part.", content: contents,
                headers: headers.merging(["Content-Range": .string()]) { $1 }),
            .notModified,
            Answer(
                status: 416, text: "The file has nothing there.",
                headers: headers.merging(["Content-Range": .string()]) { $1 }),
        ],
        problems: [.notFound])

    static let showResult = Operation(
        "showResult", .files, "What became of a task, in Markdown: its `result.md`.",
        text: "Verdict, claim beside fact, checks, changed files, duration and cost. For a task that has ended.",
        parameters: [.ifNoneMatch],
        answers: [
            Answer(
                text: "The report.",
                content: [
                    Content(
                        mediaType: "text/markdown; charset=utf-8", schema: .string(),
                        example: "# Fix the login\n\n**verified**\n")
                ], headers: headers),
            .notModified,
        ],
        problems: [.notFound])

    private static let headers: [String: Schema] = [
        "ETag": .string(), "Accept-Ranges": .constant("bytes"), "Content-Disposition": .string(),
        "Last-Modified": .string(),
    ]

    private static let contents = [
        Content(mediaType: "application/json", schema: .anything, example: ["name": "Fix the login"]),
        Content(mediaType: "text/plain; charset=utf-8", schema: .anything, example: "changed\n"),
        Content(mediaType: "application/octet-stream", schema: .anything, example: "…"),
    ]
}
