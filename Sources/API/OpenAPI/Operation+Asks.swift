import JSON

extension Operation {
    static let listAsks = Operation(
        "listAsks", .asks, "What the agent asked and nobody has answered.",
        answer: .object(["asks": .array(of: .ref("Ask")), "store_version": .storeVersion]),
        example: [
            "asks": [
                [
                    "id": "per_20af34b81004", "kind": "permission", "permission": "external_directory",
                    "patterns": ["/etc"], "answers": ["once", "reject"],
                ]
            ],
            "store_version": 5,
        ])

    static let answerAsk = Operation(
        "answerAsk", .asks, "Answer what the agent asks.",
        text: "A permission is answered with `once` or `reject`, a question with one of its options or other words.",
        body: [Content(schema: .ref("AskAnswer"), example: ["answer": "once"])],
        answer: .object([
            "ok": .constant(true), "taskId": .string(), "ask": .string(), "store_version": .storeVersion,
        ]),
        example: [
            "ok": true, "taskId": "20261124T001832996-xiixx-fix-the-login", "ask": "per_20af34b81004",
            "store_version": 5,
        ],
        problems: [.badJSON, .invalidBody, .askNotFound, .wrongState, .storageFull])
}

extension Schema {
    private static let words = Schema.string(pattern: "^[^\\x00]*[^\\s\\x00][^\\x00]*$")

    static let askAnswer = Schema.any(
        of: .object(["answer": words.described("A word, an option, or other words.")], isClosed: true),
        .object(["reply": .word(["once", "reject"])], optional: ["message": .string()], isClosed: true),
        .object(
            [
                "answers": Schema.array(of: .array(of: .string()), shortest: 1).described(
                    "For each question, its answers.")
            ],
            isClosed: true))
}
