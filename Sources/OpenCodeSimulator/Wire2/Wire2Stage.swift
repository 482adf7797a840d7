import JSON
import SystemPackage

/// The conversation of one turn, in wire 2.
struct Wire2Stage: AgentStage {
    let server: SimulatedServer
    let turn: Int
    let workspace: FilePath

    var think: Duration { server.options.think }
    var runsCommands: Bool { server.options.runsCommands }

    func reached(_ instruction: Int) async { await server.reached(turn, instruction) }

    func beginStep() async throws { try await server.beginRow(turn) }

    func say(_ text: String) async throws { try await server.addText(turn, text) }

    func openTool(_ name: String, input: JSONObject, title: String) async throws -> String {
        try await server.addTool(turn, Wire2Shapes.action(name), input)
    }

    func closeTool(_ call: String, output: String, change: WorkspaceFiles.Change?) async throws {
        try await server.completeTool(turn, call, output: output, change: change)
    }

    func failTool(_ call: String, error: String) async throws {
        try await server.breakTool(turn, call, Wire2Shapes.error("unknown", error))
    }

    func ask(_ request: PermissionAsk) async throws -> PermissionOutcome {
        var request = request
        request.permission = Wire2Shapes.action(request.permission)
        return try await server.request(turn, request)
    }

    func question(_ form: AgentForm, call: String, always: Bool) async throws -> [[String]]? {
        try await server.request(turn, form, always: always)
    }

    func retry(attempt: Int, message: String, next: Int) async throws {
        try await server.scheduleRetry(turn, attempt: attempt, message: message, at: next)
    }

    func retryIsOver() async throws { try await server.endRetry(turn) }

    func endStep(finish: String, usage: TokenUsage) async throws {
        try await server.completeRow(turn, finish: finish, usage: usage)
    }

    func fail(_ failure: AgentFailure) async throws { try await server.failRow(turn, Wire2Shapes.error(failure)) }

    func beginSubagent(title: String) async throws -> any AgentStage {
        Wire2Stage(server: server, turn: try await server.beginChild(turn, title: title), workspace: workspace)
    }

    func endSubagent() async throws { try await server.endChild(turn) }

    func sendFrame(bytes: Int) async throws { try await server.sendLargeEvent(turn, bytes: bytes) }

    func cutStreams() async throws { await server.cutStreams() }

    func restartServer() async throws {
        await server.restart()
        throw CancellationError()
    }
}
