/// What conditional requests are described by.
extension Operation.Parameter {
    static let ifNoneMatch = Operation.Parameter(
        name: "If-None-Match", place: .header, schema: .string(),
        text: "An `ETag` that is known: 304 if it still is so.")

    static let view = Operation.Parameter(
        name: "view", schema: .word(TaskView.allCases.map(\.rawValue)),
        text: "`brief`: what a line has room for; `detail`: all, with long texts cut; `full` if left out.")
}

extension Operation {
    /// In words, as are the other headers and parameters whose good values depend on what was before: who makes values
    /// up from a description would be refused.
    static let ifMatch = "With the task's `ETag` as `If-Match` it is 412 if the task is another by now."
}

extension Operation.Answer {
    static let notModified = Operation.Answer(
        status: 304, text: "It is as the `ETag` of `If-None-Match` says.", headers: ["ETag": .string()])
}
