import API
import Dispatcher
import JSON
import OpenCode

/// What `/readyz` says of the agent's server: without it tasks are accepted, and wait.
struct ReadinessReport {
    let monitor: ServerMonitor

    func make() -> Readiness {
        let condition = monitor.condition
        return Readiness(
            isReady: condition.identity != nil,
            details: ["version": .string(OpenLoomVersion.text), "opencode": describe(condition)]
        )
    }

    private func describe(_ condition: ServerCondition) -> JSONValue {
        switch condition {
        case .unknown: ["ok": false, "message": "not asked yet"]
        case .down(let error): ["ok": false, "message": .string(error.message)]
        case .up(let identity, let hasStream):
            [
                "ok": true, "wire": .int(identity.wire), "version": .string(identity.version),
                "events": .bool(hasStream),
            ]
        }
    }
}
