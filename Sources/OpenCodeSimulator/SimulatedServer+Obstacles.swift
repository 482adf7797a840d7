import JSON

/// What stands between a request and its route.
enum Obstacle: Sendable {
    case none
    /// The answer comes so many seconds later.
    case delay(Double)
    case answer(Answer)
    case hang
    case reset
}

extension SimulatedServer {
    /// Counts a request, and finds what the faults have for it.
    func obstacle(_ call: SimulatorRequest) -> Obstacle {
        count("\(call.method) \(call.path)")
        if isClosed { return .reset }
        if faults.unauthorized { return .answer(RequestGate.unauthorized(isWire2: version.isWire2)) }
        if faults.htmlEverywhere { return .answer(.webPage) }
        if let failure = takeFailure(call) {
            switch failure.action {
            case .status(let status): return .answer(.failure(status, "The simulator was told to fail"))
            case .hang: return .hang
            case .reset: return .reset
            }
        }
        if call.method == "POST", call.route == ["session"], SimulatorFaults.take(&faults.failCreateSession) {
            return .answer(.failure(500, "database is locked"))
        }
        if call.method == "GET", call.route.count == 3, call.route[0] == "session",
            call.route[2] == "message", SimulatorFaults.take(&faults.failMessages)
        {
            return .answer(.failure(500, "database is locked"))
        }
        return faults.delaySeconds > 0 ? .delay(faults.delaySeconds) : .none
    }

    private func takeFailure(_ call: SimulatorRequest) -> SimulatorFaults.Failure? {
        let age = Double(WallClock.milliseconds() - failuresSince) / 1000
        for (index, failure) in faults.fail.enumerated() {
            guard failure.method == nil || failure.method == call.method, failure.count != 0,
                failure.seconds.map({ age < $0 }) ?? true, Wildcard.matches(failure.path, call.path)
            else { continue }
            if let count = failure.count, count > 0 { faults.fail[index].count = count - 1 }
            return failure
        }
        return nil
    }

    /// Changes faults at run time. Times of `fail` count from now.
    func change(faults json: JSONValue) throws(SimulatorError) {
        try faults.apply(json)
        if json["fail"] != nil { failuresSince = WallClock.milliseconds() }
        record("faults", ["faults": json])
    }

    /// Back to what the options said.
    func resetFaults() {
        faults = options.misbehaviour
        failuresSince = WallClock.milliseconds()
    }

    /// For `GET /simulator/state`.
    var state: JSONValue {
        var counts = JSONObject()
        for (request, count) in requests.sorted(by: { $0.key < $1.key }) { counts[request] = .int(count) }
        let running = (Array(loops.keys) + Array(executions.keys)).sorted().map { JSONValue.string($0) }
        return [
            "version": .string(version.description), "wire": .int(version.wire), "faults": faults.json,
            "sessions": .int(sessions.count), "running": .array(running),
            "permissions": .array(instances.values.flatMap(\.permissions).map(\.json)),
            "questions": .array(instances.values.flatMap(\.questions).map(\.json)),
            "streams": .int(broadcast.count), "prompts": .int(prompts), "restarts": .int(restarts),
            "requests": .object(counts),
        ]
    }
}
