import JSON
import SystemPackage

/// What a scripted agent can do to the conversation that it runs in. Each wire has its own; the agent knows none.
///
/// Every call throws `CancellationError` once the turn was aborted or the server restarted: the agent must then stop.
protocol AgentStage: Sendable {
    /// Where the session's files lie.
    var workspace: FilePath { get }
    /// How long the agent thinks before each step.
    var think: Duration { get }
    /// Whether the agent may run commands.
    var runsCommands: Bool { get }

    /// Says that the script's instruction with this number is about to be done; for those who resume the turn later.
    func reached(_ instruction: Int) async

    /// Begins a message of the assistant.
    func beginStep() async throws
    /// Adds text to the message.
    func say(_ text: String) async throws
    /// Adds a running tool to the message, and gives its call id.
    func openTool(_ name: String, input: JSONObject, title: String) async throws -> String
    /// Ends a tool well.
    func closeTool(_ call: String, output: String, change: WorkspaceFiles.Change?) async throws
    /// Ends a tool with an error.
    func failTool(_ call: String, error: String) async throws
    /// Waits for the permission to be given or refused.
    func ask(_ request: PermissionAsk) async throws -> PermissionOutcome
    /// Waits for the answers, a list of texts per field; nil if the form was refused.
    func question(_ form: AgentForm, call: String, always: Bool) async throws -> [[String]]?
    /// Says that the provider is asked again at that moment, in milliseconds since 1970.
    func retry(attempt: Int, message: String, next: Int) async throws
    /// Says that the retry was made.
    func retryIsOver() async throws
    /// Completes the message.
    func endStep(finish: String, usage: TokenUsage) async throws
    /// Completes the message with an error.
    func fail(_ failure: AgentFailure) async throws
    /// A child session with a stage of its own, in the same workspace.
    func beginSubagent(title: String) async throws -> any AgentStage
    /// Ends this stage's session, which is a child: it becomes idle.
    func endSubagent() async throws
    /// Sends one event frame of about this size.
    func sendFrame(bytes: Int) async throws
    /// Cuts off every event stream.
    func cutStreams() async throws
    /// Restarts the server under the turn; always throws.
    func restartServer() async throws
}

/// A permission that the agent wants.
struct PermissionAsk: Sendable {
    var permission: String
    var pattern: String
    var call: String
    /// Ask although a rule of the session decides it.
    var always: Bool
}

enum PermissionOutcome: Sendable, Hashable {
    case allowed
    /// By a rule, without asking.
    case denied
    case rejected(message: String?)
}
