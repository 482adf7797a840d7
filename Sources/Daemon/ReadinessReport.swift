import API
import Dispatcher
import JSON
import OpenCode

/// What `/readyz` says of the agent's server: without it tasks are accepted, and wait.
struct ReadinessReport {
    let backends: [Backend]

    /// Ready as long as one server is there: the tasks of the others wait.
    func make() -> Readiness {
        var details: JSONObject = ["version": .string(OpenLoomVersion.text)]
        if let first = backends.first { details["opencode"] = describe(first.monitor.condition) }
        if backends.count > 1 {
            details["servers"] = .array(
                backends.map { backend in
                    var object = describe(backend.monitor.condition).object ?? [:]
                    object["name"] = .string(backend.name)
                    return .object(object)
                })
        }
        return Readiness(
            isReady: backends.contains { $0.monitor.condition.identity != nil }, details: .object(details))
    }

    private func describe(_ condition: ServerCondition) -> JSONValue {
        switch condition {
        case .unknown: ["ok": false, "message": "not asked yet"]
        case .down(let error): ["ok": false, "message": .string(error.message)]
        case .up(let identity, let hasStream):
            .object((Self.describe(identity).object ?? [:]).setting("events", .bool(hasStream)))
        }
    }

    static func describe(_ identity: ServerIdentity) -> JSONValue {
        [
            "ok": true, "wire": .int(identity.wire), "version": .string(identity.version),
            "pid": JSONValue(identity.pid), "url": .string(identity.url),
            "authentication": .string(identity.authentication),
        ]
    }
}

extension JSONObject {
    fileprivate func setting(_ name: String, _ value: JSONValue) -> JSONObject {
        var copy = self
        copy[name] = value
        return copy
    }
}
