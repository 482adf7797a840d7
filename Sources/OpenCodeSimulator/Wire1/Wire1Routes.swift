import JSON

/// OpenCode's API as 1.15 to 1.18 speak it. Nil is a path that the server does not know.
enum Wire1Routes {
    static func answer(_ call: SimulatorRequest, _ server: SimulatedServer) async throws -> Answer? {
        switch call.segments.first {
        case "session": try await sessionAnswer(call, server)
        case "permission", "question": await askAnswer(call, server)
        default: await infoAnswer(call, server)
        }
    }

    /// A whole number, or nil; what is no number counts as absent.
    static func number(_ text: String?) -> Int? { text.flatMap { Int($0) } }
}
