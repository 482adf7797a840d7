import JSON

extension Wire1Routes {
    static func messages(
        _ session: StoredSession, _ call: SimulatorRequest, _ server: SimulatedServer
    ) async -> Answer {
        let limit = number(call.query["limit"])
        if call.query["limit"] != nil, limit.map({ $0 < 0 }) ?? true {
            return .badRequest("limit must be a whole number")
        }
        // 0 is no limit.
        let size = limit.flatMap { $0 == 0 ? nil : $0 }
        let cursor = call.query["before"]
        if cursor != nil && size == nil { return .badRequest("before needs a limit") }
        guard let (page, next) = await server.page(of: session, limit: size, before: cursor) else {
            return .badRequest("before is no cursor of this listing")
        }
        var answer = Answer.json(.array(page.map(\.json)))
        if let next {
            let link = "\(call.path)?limit=\(size ?? page.count)&before=\(next)"
            answer.headers = [("X-Next-Cursor", next), ("Link", "<\(link)>; rel=\"next\"")]
        }
        return answer
    }

    static func prompt(_ session: StoredSession, _ call: SimulatorRequest, _ server: SimulatedServer) async -> Answer {
        switch await accepted(session, call, server) {
        case .success(let prompt):
            _ = await server.accept(prompt)
            return .noContent
        case .failure(let refusal): return refusal.answer
        }
    }

    static func promptAndWait(
        _ session: StoredSession, _ call: SimulatorRequest, _ server: SimulatedServer
    ) async -> Answer {
        switch await accepted(session, call, server) {
        case .success(let prompt):
            await server.accept(prompt).value
            let answer = await server.sessions[session.id]?.messages.last {
                prompt.noReply ? $0.id == prompt.messageID : $0.parentID == prompt.messageID
            }
            return answer.map { .json($0.json) } ?? .failure(500, "The prompt has no answer")
        case .failure(let refusal): return refusal.answer
        }
    }

    private struct Refusal: Error {
        var answer: Answer
        init(_ message: String) { answer = .badRequest(message) }
    }

    private static func accepted(
        _ session: StoredSession, _ call: SimulatorRequest, _ server: SimulatedServer
    ) async -> Result<AcceptedPrompt, Refusal> {
        guard let body = call.body, let list = body["parts"]?.array else {
            return .failure(Refusal("parts is missing"))
        }
        var parts: [JSONObject] = []
        for part in list {
            guard let part = part.object, let type = part["type"]?.string,
                type != "text" || part["text"]?.string != nil,
                part["id"].map({ $0.string?.hasPrefix("prt") ?? false }) ?? true
            else { return .failure(Refusal("each part needs a type, and a text part its text")) }
            parts.append(part)
        }
        var id = await server.newID(.message)
        if let given = body["messageID"] {
            guard let text = given.string, text.hasPrefix("msg") else {
                return .failure(Refusal("messageID must begin with msg"))
            }
            id = text
        }
        let model = ModelReference(body["model"])
        if body["model"] != nil && model == nil {
            return .failure(Refusal("model must be {providerID, modelID}"))
        }
        let chosen = model ?? session.model ?? .scripted
        let agent = body["agent"]?.string ?? "build"
        var info: JSONObject = [
            "id": .string(id), "sessionID": .string(session.id), "role": "user", "agent": .string(agent),
            "model": chosen.json,
        ]
        info["system"] = body["system"]?.string.map { .string($0) }
        info["variant"] = body["variant"]?.string.map { .string($0) }
        if let tools = body["tools"]?.object { info["tools"] = .object(tools) }
        let text = parts.compactMap { $0["text"]?.string }.joined(separator: "\n")
        return .success(
            AcceptedPrompt(
                session: session.id, directory: call.directory, messageID: id,
                script: await server.script(of: text, id: id, in: session.id),
                model: chosen, agent: agent, variant: body["variant"]?.string, info: info, parts: parts,
                noReply: body["noReply"]?.bool ?? false))
    }
}
