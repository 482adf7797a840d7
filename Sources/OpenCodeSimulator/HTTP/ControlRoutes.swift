import JSON

/// `/simulator/…`: how a test looks behind the scenes. No part of OpenCode's API, and never subject to its faults.
enum ControlRoutes {
    static func answer(_ call: SimulatorRequest, _ server: SimulatedServer) async -> Answer {
        switch (call.method, Array(call.segments.dropFirst())) {
        case ("GET", ["state"]): return .json(await server.state)
        case ("POST", ["faults"]):
            do {
                try await server.change(faults: call.body ?? [:])
            } catch {
                return .badRequest(error.message)
            }
            return .json(await server.state)
        case ("DELETE", ["faults"]):
            await server.resetFaults()
            return .json(await server.state)
        case ("POST", ["restart"]):
            await server.restart()
            return .yes
        case ("POST", ["cut"]):
            await server.cutStreams()
            return .yes
        default:
            return .notFound(
                "There are GET /simulator/state, POST and DELETE /simulator/faults, POST /simulator/restart and"
                    + " POST /simulator/cut")
        }
    }
}
