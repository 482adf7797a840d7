import JSON
import SystemPackage

/// The conversation of one turn, in wire 1.
struct Wire1Stage: AgentStage {
    let server: SimulatedServer
    let turn: Int
    let workspace: FilePath

    var think: Duration { server.options.think }
    var runsCommands: Bool { server.options.runsCommands }

    /// Wire 1 resumes nothing.
    func reached(_ instruction: Int) {}

    func beginStep() async throws { try await server.beginStep(turn) }

    func say(_ text: String) async throws { try await server.say(turn, text) }

    func openTool(_ name: String, input: JSONObject, title: String) async throws -> String {
        try await server.openTool(turn, name, input, title: title)
    }

    func closeTool(_ call: String, output: String, change: WorkspaceFiles.Change?) async throws {
        try await server.closeTool(turn, call, output: output, change: change)
    }

    func failTool(_ call: String, error: String) async throws { try await server.failTool(turn, call, error) }

    func ask(_ request: PermissionAsk) async throws -> PermissionOutcome { try await server.ask(turn, request) }

    func question(_ form: AgentForm, call: String, always: Bool) async throws -> [[String]]? {
        try await server.question(turn, form, call: call, always: always)
    }

    func retry(attempt: Int, message: String, next: Int) async throws {
        try await server.retry(turn, .retry(attempt: attempt, message: message, next: next))
    }

    func retryIsOver() async throws { try await server.retry(turn, .busy) }

    func endStep(finish: String, usage: TokenUsage) async throws {
        try await server.endStep(turn, finish: finish, usage: usage)
    }

    func fail(_ failure: AgentFailure) async throws { try await server.fail(turn, failure) }

    func beginSubagent(title: String) async throws -> any AgentStage {
        Wire1Stage(
            server: server, turn: try await server.beginSubagent(turn, title: title), workspace: workspace)
    }

    func endSubagent() async throws { try await server.endSubagent(turn) }

    func sendFrame(bytes: Int) async throws { try await server.sendFrame(turn, bytes: bytes) }

    func cutStreams() async throws { await server.cutStreams() }

    func restartServer() async throws {
        await server.restart()
        throw CancellationError()
    }
}
