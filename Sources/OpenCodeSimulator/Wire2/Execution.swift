import JSON

/// What runs in a session: one prompt after the other, and one idle row at the end.
struct Execution: Sendable {
    /// Tells it from a later one of the same session.
    let number: Int
    /// The prompt that is being answered; nil in a subagent's session.
    var current: InboxItem?
    /// Prompts that were steered into the running turn: their rows are there, their turns come next.
    var steered: [InboxItem] = []
    /// How many of the script's instructions an earlier life of the server had done; nil if none has begun on it.
    var skipped: Int?
    /// Nil in a subagent's session: its parent's task does the work.
    var task: Task<Void, Never>?
}

/// How an execution ends.
enum ExecutionEnd: Sendable {
    case succeeded
    case failed(JSONValue)
    case interruptedByUser
    /// By a shutdown, or by a permission that was rejected without a word: no idle row tells of it.
    case interruptedByShutdown

    /// For the idle row and the session; nil where there is none.
    var outcome: String? {
        switch self {
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .interruptedByUser: "interrupted"
        case .interruptedByShutdown: nil
        }
    }

    var event: (type: String, data: JSONObject) {
        switch self {
        case .succeeded: ("session.execution.succeeded", [:])
        case .failed(let error): ("session.execution.failed", ["error": error])
        case .interruptedByUser: ("session.execution.interrupted", ["reason": "user"])
        case .interruptedByShutdown: ("session.execution.interrupted", ["reason": "shutdown"])
        }
    }
}
