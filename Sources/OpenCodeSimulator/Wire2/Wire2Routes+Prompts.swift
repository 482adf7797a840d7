import JSON

extension Wire2Routes {
    /// Prompts, the inbox, messages, interrupts.
    static func promptOperations(_ version: SimulatorVersion) -> [Wire2Operation] {
        let early = version.isEarlyWire2
        let payload = ["text", "files", "agents"] + (early ? [] : ["skills", "metadata"])
        let session = "/api/session/{sessionID}"
        let item = "\(session)/inbox/{inboxID}"
        var operations: [Wire2Operation] = [
            Wire2Operation("POST", "\(session)/prompt", body: ["id", "delivery", "resume"] + payload) {
                call, server async throws(Wire2Failure) in
                try await prompt(call, server, payload)
            },
            Wire2Operation("GET", "\(session)/inbox") { call, server async throws(Wire2Failure) in
                let id = try await Self.session(call, server).id
                return data(.array(await server.inbox[id].map { $0.json(isEarly: early) }))
            },
            Wire2Operation("DELETE", item) { call, server async throws(Wire2Failure) in
                let session = try await Self.session(call, server)
                _ = await server.withdraw(call["inboxID"], in: session.id)
                return .noContent
            },
            Wire2Operation(
                "GET", "\(session)/message", query: ["limit", "order", "cursor"] + (early ? [] : ["type"]), messages),
            Wire2Operation("GET", "\(session)/message/{messageID}", message),
            Wire2Operation("GET", "\(session)/context") { call, server async throws(Wire2Failure) in
                data(.array(try await Self.session(call, server).messages.map { .object($0.info) }))
            },
            Wire2Operation("POST", "\(session)/interrupt", query: [early ? "continue" : "resume"], interrupt),
        ]
        if early {
            for delivery in [InboxItem.Delivery.steer, .queue] {
                operations.append(
                    Wire2Operation("POST", "\(item)/\(delivery.rawValue)") {
                        call, server async throws(Wire2Failure) in try await deliver(call, server, delivery)
                    })
            }
        } else {
            operations.append(
                Wire2Operation("PATCH", item, body: ["delivery"]) { call, server async throws(Wire2Failure) in
                    guard let delivery = try delivery(call) else {
                        throw .invalid("delivery is missing", field: "delivery")
                    }
                    return try await deliver(call, server, delivery)
                })
        }
        return operations
    }

    private static func delivery(_ call: Wire2Call) throws(Wire2Failure) -> InboxItem.Delivery? {
        guard let text = try call.text("delivery") else { return nil }
        guard let delivery = InboxItem.Delivery(rawValue: text) else {
            throw .invalid("delivery must be steer or queue", field: "delivery")
        }
        return delivery
    }

    private static func deliver(
        _ call: Wire2Call, _ server: SimulatedServer, _ delivery: InboxItem.Delivery
    ) async throws(Wire2Failure) -> Answer {
        let session = try await session(call, server)
        guard await server.change(call["inboxID"], in: session.id, to: delivery) else {
            throw .conflict("The item does not wait any more")
        }
        return .noContent
    }

    private static func prompt(
        _ call: Wire2Call, _ server: SimulatedServer, _ fields: [String]
    ) async throws(Wire2Failure) -> Answer {
        let session = try await session(call, server)
        _ = try call.requiredText("text")
        let given = try call.text("id", prefix: "msg_")
        let made = await server.newID(.message)
        var payload = JSONObject()
        for name in fields { payload[name] = call.body[name] }
        let item = InboxItem(
            id: given ?? made, session: session.id, payload: payload, delivery: try delivery(call) ?? .steer,
            created: WallClock.milliseconds())
        let resumes = try call.flag("resume") ?? true
        let trouble = await server.takePromptTrouble()
        var answer = trouble.map(refusal)
        if trouble?.taken ?? true {
            switch await server.admit(item, resumes: resumes) {
            case .new(let item), .repeated(let item):
                if answer == nil || trouble?.isLate == true {
                    let delivery = answer?.delivery ?? .prompt
                    answer = data(item.json(isEarly: call.version.isEarlyWire2))
                    answer?.delivery = delivery
                }
            case .conflict: throw .conflict("The id \(item.id.prefix(80)) is taken")
            }
        }
        return answer ?? .noContent
    }

    private static func refusal(_ trouble: SimulatorFaults.PromptTrouble) -> Answer {
        var answer = Wire2Failure.unknown(503).answer
        switch trouble.answer {
        case .status(let status): answer = Wire2Failure.unknown(status).answer
        case .late(let seconds): answer.delivery = .late(seconds)
        case .hang: answer.delivery = .never
        case .reset: answer.delivery = .dropped
        }
        return answer
    }

    private static func messages(_ call: Wire2Call, _ server: SimulatedServer) async throws(Wire2Failure) -> Answer {
        let type = call.request.query["type"]
        let rows = try await session(call, server).messages.map { JSONValue.object($0.info) }
            .filter { type == nil || $0["type"]?.string == type }
        return try Wire2Page(of: rows, call, defaultOrder: "asc", limits: 1...200, await server.faults).answer
    }

    private static func message(_ call: Wire2Call, _ server: SimulatedServer) async throws(Wire2Failure) -> Answer {
        let session = try await session(call, server)
        guard let found = session.messages.last(where: { $0.id == call["messageID"] }) else {
            throw .noMessage(call["messageID"], in: session.id)
        }
        return data(.object(found.info))
    }

    private static func interrupt(_ call: Wire2Call, _ server: SimulatedServer) async throws(Wire2Failure) -> Answer {
        let session = try await session(call, server)
        let word = call.request.query["resume"] ?? call.request.query["continue"]
        if let word, word != "true" && word != "false" { throw .invalid("resume must be true or false") }
        let interrupted = await server.interrupt(session.id, resuming: word == "true")
        var answer = Answer.json(["interrupted": .bool(interrupted)])
        let seconds = await server.faults.abortSeconds
        if seconds > 0 { answer.delivery = .late(seconds) }
        return answer
    }
}

extension SimulatorFaults.PromptTrouble {
    fileprivate var isLate: Bool {
        if case .late = answer { true } else { false }
    }
}

extension SimulatedServer {
    /// What a user's interrupt does; false if nothing ran.
    ///
    /// - Parameter resuming: What was meant to be steered in is begun right afterwards.
    func interrupt(_ session: String, resuming: Bool) -> Bool {
        record("abort", ["session": .string(session), "directory": .string(sessions[session]?.directory ?? "")])
        if faults.abortIgnored { return executions[session] != nil }
        let interrupted = interrupt(session, .interruptedByUser)
        if resuming {
            for item in inbox.change(session, { if $0.delivery == .steer { $0.isDormant = false } }) { keep(item) }
            wake(session, allowingDormant: false)
        }
        return interrupted
    }
}
