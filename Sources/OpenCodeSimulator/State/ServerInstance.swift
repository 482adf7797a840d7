import JSON

/// What OpenCode keeps in memory for one directory. A call that names another directory sees nothing of it.
struct ServerInstance: Sendable {
    enum Status: Sendable, Hashable {
        case busy
        case retry(attempt: Int, message: String, next: Int)
    }

    /// Working sessions; one that is absent is idle.
    var statuses: [String: Status] = [:]
    /// Open permission requests, oldest first.
    var permissions: [PendingPermission] = []
    /// Open questions, oldest first.
    var questions: [PendingQuestion] = []
    /// What was answered with `always`; in wire 1 it overrides even a deny.
    var approved: [PermissionRule] = []
}

/// A permission that somebody waits for.
struct PendingPermission: Sendable {
    let id: String
    let session: String
    let turn: Int
    let ask: PermissionAsk
    /// In the shape of the wire.
    let json: JSONValue
    let answer: CheckedContinuation<PermissionOutcome, any Error>
}

/// A question that somebody waits for; a form in wire 2.
struct PendingQuestion: Sendable {
    let id: String
    let session: String
    let turn: Int
    let form: AgentForm
    /// In the shape of the wire.
    let json: JSONValue
    let answer: CheckedContinuation<[[String]]?, any Error>
}

/// A prompt that was accepted.
struct AcceptedPrompt: Sendable {
    let session: String
    /// The instance that the call named.
    let directory: String
    let messageID: String
    let script: AgentScript
    let model: ModelReference
    let agent: String
    let variant: String?
    /// The whole of the user's message, but for the time.
    let info: JSONObject
    /// As they came; ids are given when they are kept.
    let parts: [JSONObject]
    let noReply: Bool
}

/// The prompts of one session that are being answered, one after the other.
struct PromptLoop: Sendable {
    /// Tells it from a later one of the same session.
    let number: Int
    let directory: String
    var waiting: [AcceptedPrompt]
    /// The one that is being answered.
    var current: AcceptedPrompt?
    var task: Task<Void, Never>?
    /// Blocking callers, woken when the loop ends.
    var callers: [CheckedContinuation<Void, Never>] = []
}

/// One turn that is under way.
struct RunningTurn: Sendable {
    let id: Int
    let session: String
    let directory: String
    let promptID: String
    let model: ModelReference
    let agent: String
    let variant: String?
    /// The turn whose agent started this one as a subagent.
    let parent: Int?
    /// The message of the step under way.
    var message: String?
    /// Wire 2: the error that ended the turn.
    var failure: JSONValue?
}
