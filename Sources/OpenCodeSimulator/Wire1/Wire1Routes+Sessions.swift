import JSON
import ServiceLifecycle

extension Wire1Routes {
    static func sessionAnswer(_ call: SimulatorRequest, _ server: SimulatedServer) async throws -> Answer? {
        let path = Array(call.segments.dropFirst())
        switch (call.method, path.count) {
        case ("GET", 0): return await list(call, server)
        case ("POST", 0): return await create(call, server)
        case ("GET", 1) where path[0] == "status": return .json(await server.statusMap(call.directory))
        case (_, 0): return nil
        default: break
        }
        let id = path[0]
        if path.count == 2, call.method == "POST", path[1] == "abort" {
            return await abort(id, call, server)
        }
        guard let session = await server.sessions[id] else { return .notFound("Session not found: \(id.prefix(80))") }
        switch (call.method, Array(path.dropFirst())) {
        case ("GET", []): return .json(await server.json(of: session))
        case ("PATCH", []): return await change(session, call, server)
        case ("DELETE", []):
            await server.deleteSession(session)
            return .yes
        case ("GET", ["children"]):
            var children: [JSONValue] = []
            for child in await server.children(of: id) { children.append(await server.json(of: child)) }
            return .json(.array(children))
        case ("GET", ["diff"]):
            return .json(await server.diff(session, messageID: call.query["messageID"]))
        case ("GET", ["message"]): return await messages(session, call, server)
        case ("POST", ["message"]): return await promptAndWait(session, call, server)
        case ("POST", ["prompt_async"]): return await prompt(session, call, server)
        case ("GET", let rest) where rest.count == 2 && rest[0] == "message":
            guard let message = session.messages.last(where: { $0.id == rest[1] }) else {
                return .notFound("Message not found: \(rest[1].prefix(80))")
            }
            return .json(message.json)
        case ("POST", let rest) where rest.count == 2 && rest[0] == "permissions":
            return await reply(rest[1], call.body?["response"], call, server)
        default: return nil
        }
    }

    private static func list(_ call: SimulatorRequest, _ server: SimulatedServer) async -> Answer {
        var filter = SessionFilter(directory: call.directory)
        filter.rootsOnly = call.query["roots"] == "true"
        filter.since = number(call.query["start"]) ?? 0
        filter.search = call.query["search"]
        filter.limit = max(0, number(call.query["limit"]) ?? filter.limit)
        var list: [JSONValue] = []
        for session in await server.list(filter) { list.append(await server.json(of: session)) }
        return .json(.array(list))
    }

    private static func create(_ call: SimulatorRequest, _ server: SimulatedServer) async -> Answer {
        let parent = call.body?["parentID"]
        if let parent, !(parent.string?.hasPrefix("ses") ?? false) {
            return .badRequest("parentID must begin with ses")
        }
        guard let rules = rules(call.body?["permission"]) else { return badRules }
        let session = await server.createSession(
            in: call.directory, parent: parent?.string, title: call.body?["title"]?.string, rules: rules)
        return .json(await server.json(of: session))
    }

    private static func change(
        _ session: StoredSession, _ call: SimulatorRequest, _ server: SimulatedServer
    ) async -> Answer {
        guard let rules = rules(call.body?["permission"]) else { return badRules }
        var session = session
        session.rules += rules
        if let title = call.body?["title"]?.string { session.title = title }
        if let archived = call.body?["time"]?["archived"]?.int { session.archived = archived }
        await server.update(session)
        return .json(await server.json(of: session))
    }

    private static let badRules = Answer.badRequest(
        "permission must be a list of {permission, pattern, action: allow | deny | ask}")

    /// No rules for no value; nil for what are no rules.
    private static func rules(_ json: JSONValue?) -> [PermissionRule]? {
        guard let json else { return [] }
        guard let list = json.array else { return nil }
        let rules = list.compactMap { PermissionRule($0) }
        return rules.count == list.count ? rules : nil
    }

    private static func abort(_ id: String, _ call: SimulatorRequest, _ server: SimulatedServer) async -> Answer {
        await server.abort(id, in: call.directory)
        let seconds = await server.faults.abortSeconds
        if seconds > 0 { try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(seconds)) } }
        return .yes
    }
}
