package import JSON
import SystemPackage

/// An endpoint's queue as the tree showed it at one moment.
package struct EndpointStatus: Sendable {
    package var name: EndpointName
    package var counts: [DeliveryState: Int]
    /// Why nothing is sent to it; nil if it is not disabled.
    package var disabled: String?
    /// `endpoint.json`.
    package var about: JSONValue?

    package func count(_ state: DeliveryState) -> Int { counts[state] ?? 0 }

    package var json: JSONValue {
        [
            "name": .string(name.rawValue), "url": about?["url"] ?? .null, "origin": about?["origin"] ?? .null,
            "format": about?["format"] ?? .null, "signed": about?["signed"] ?? .null,
            "disabled": JSONValue(disabled), "new": .int(count(.new)), "done": .int(count(.done)),
            "failed": .int(count(.failed)),
        ]
    }
}

/// What commands and REST show of the outbox, and how they name what is in it.
extension SpoolDirectory {
    package func endpointStatus(_ name: EndpointName) throws(SpoolError) -> EndpointStatus {
        var counts: [DeliveryState: Int] = [:]
        for state in DeliveryState.allCases { counts[state] = try countDeliveries(of: name, in: state) }
        return EndpointStatus(
            name: name, counts: counts, disabled: try disablement(of: name),
            about: try readJSON(paths.endpoint(name).about, limit: 1 << 20))
    }

    /// The endpoint that a person means: its name, or the beginning of one that no other has.
    package func endpoint(named text: String) throws(SpoolError) -> EndpointName {
        let all = try endpoints()
        if let name = all.first(where: { $0.rawValue == text }) { return name }
        let found = all.filter { $0.rawValue.hasPrefix(text) }
        let shown = paths.outbox.appending(String(text.filter { $0 != "/" && $0 != "\0" }.prefix(80)))
        guard let name = found.first, !text.isEmpty else {
            throw SpoolError(
                .deliveryNotFound, "find", shown, advice: "`openloom webhooks ls` lists the endpoints")
        }
        if found.count > 1 {
            let some = found.prefix(5).map(\.rawValue).joined(separator: ", ")
            throw SpoolError(.ambiguous, "find", shown, advice: "say more: \(some)")
        }
        return name
    }

    /// The delivery of an endpoint with an event's number, and where it lies.
    package func delivery(
        _ number: Int, of endpoint: EndpointName
    ) throws(SpoolError) -> (name: DeliveryName, state: DeliveryState) {
        for state in DeliveryState.allCases {
            var found: DeliveryName?
            try Syscalls.eachEntry(in: paths.endpoint(endpoint).deliveries(state)) { raw, _ in
                guard DeliveryName.number(ofRaw: raw) == number else { return }
                found = found ?? String(validating: raw, as: UTF8.self).flatMap { DeliveryName($0) }
            }
            if let found { return (found, state) }
        }
        throw SpoolError(
            .deliveryNotFound, "find", paths.endpoint(endpoint).directory.appending(String(number)),
            advice: "`openloom webhooks show \(endpoint)` lists its deliveries")
    }

    /// What a list shows of a delivery: what its name says, and how often it was tried.
    package func deliverySummary(
        _ name: DeliveryName, of endpoint: EndpointName, in state: DeliveryState
    ) throws(SpoolError) -> JSONObject {
        let attempts = try attempts(name, of: endpoint)
        var object: JSONObject = [
            "number": .int(name.number), "event": .string(name.kind.rawValue), "task_id": .string(name.task.rawValue),
            "state": .string(state.rawValue),
            "attempts": .int(attempts.filter { $0.outcome != .requested }.count),
            "last": attempts.last.map(\.json) ?? .null,
        ]
        object["path"] = .string("outbox/\(endpoint)/\(state.rawValue)/\(name)")
        return object
    }

    /// Everything about a delivery.
    package func deliveryDocument(_ number: Int, of endpoint: EndpointName) throws(SpoolError) -> JSONObject {
        let (name, state) = try delivery(number, of: endpoint)
        var object = try deliverySummary(name, of: endpoint, in: state)
        object["last"] = nil
        object["attempts"] = .array(try attempts(name, of: endpoint).map(\.json))
        object["delivery"] = try readDelivery(name, of: endpoint, in: state)?.json ?? .null
        return object
    }
}
