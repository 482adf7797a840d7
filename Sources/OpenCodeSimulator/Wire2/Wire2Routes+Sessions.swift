import JSON

extension Wire2Routes {
    static func sessionOperations(_ version: SimulatorVersion) -> [Wire2Operation] {
        let early = version.isEarlyWire2
        var made = ["id", "title", "agent", "model", "location", "permissions"]
        if !early { made.append("metadata") }
        if version.createsChildren { made.append("parentID") }
        let both: [Wire2Operation] = [
            Wire2Operation("POST", "/api/session", body: made, create),
            Wire2Operation(
                "GET", "/api/session", query: ["directory", "parentID", "search", "limit", "order", "cursor"], list),
            Wire2Operation("GET", "/api/session/active") { _, server async in data(await server.active) },
            Wire2Operation("GET", "/api/session/{sessionID}") { call, server async throws(Wire2Failure) in
                data(await server.info(of: try await session(call, server)))
            },
            Wire2Operation("DELETE", "/api/session/{sessionID}") { call, server async throws(Wire2Failure) in
                await server.remove(try await session(call, server))
                return .noContent
            },
            Wire2Operation("POST", "/api/session/{sessionID}/model", body: ["model"]) {
                call, server async throws(Wire2Failure) in
                let session = try await session(call, server)
                guard let json = call.body["model"] else { throw .invalid("model is missing", field: "model") }
                let (model, variant) = try model(json)
                await server.select(model, variant, in: session.id)
                return .noContent
            },
            Wire2Operation("POST", "/api/session/{sessionID}/agent", body: ["agent"]) {
                call, server async throws(Wire2Failure) in
                let session = try await session(call, server)
                await server.select(agent: try call.requiredText("agent"), in: session.id)
                return .noContent
            },
        ]
        return both + (early ? earlyOperations : currentOperations)
    }

    private static let earlyOperations: [Wire2Operation] = [
        Wire2Operation("POST", "/api/session/{sessionID}/rename", body: ["title"]) {
            call, server async throws(Wire2Failure) in
            let session = try await session(call, server)
            await server.rename(session.id, try call.requiredText("title"))
            return .noContent
        }
    ]

    private static let currentOperations: [Wire2Operation] = [
        Wire2Operation(
            "PATCH", "/api/session/{sessionID}", body: ["title", "metadata", "permissions"], change),
        Wire2Operation("PUT", "/api/session/{sessionID}/environment", body: ["variables"]) {
            call, server async throws(Wire2Failure) in
            _ = try await session(call, server)
            guard let variables = call.body["variables"]?.object, variables.allSatisfy({ $0.value.string != nil })
            else {
                throw .invalid("variables must be an object of strings", field: "variables")
            }
            return .noContent
        },
        Wire2Operation("GET", "/api/session/{sessionID}/diff", query: ["from", "to", "context"], diff),
    ]

    // MARK: handlers

    private static func create(_ call: Wire2Call, _ server: SimulatedServer) async throws(Wire2Failure) -> Answer {
        let id = try call.text("id", prefix: "ses_")
        var parent: StoredSession?
        if let name = try call.text("parentID", prefix: "ses_") {
            guard let found = await server.sessions[name] else { throw .noSession(name) }
            parent = found
        }
        var directory = parent?.directory ?? call.request.location
        if let json = call.body["location"] {
            guard let named = json["directory"]?.string, json.object?.count == 1 else {
                throw .invalid("location must be {directory}", field: "location")
            }
            directory = SimulatorRequest.resolve(named)
        }
        guard SimulatedServer.isDirectory(directory) else { throw .noLocation(directory) }
        var request = SessionRequest(id: await server.newID(.session), directory: directory)
        if let id { request.id = id }
        request.parent = parent?.id
        request.title = try call.text("title")
        request.agent = try call.text("agent")
        if let json = call.body["model"] { (request.model, request.variant) = try model(json) }
        request.metadata = try metadata(call)
        request.rules = try rules(call)
        return data(await server.info(of: await server.create(request)))
    }

    private static func change(_ call: Wire2Call, _ server: SimulatedServer) async throws(Wire2Failure) -> Answer {
        let session = try await session(call, server)
        let title = try call.text("title")
        let metadata = try metadata(call)
        let rules = try rules(call)
        if let title { await server.rename(session.id, title) }
        if let metadata { await server.set(metadata: metadata, of: session.id) }
        if let rules { await server.set(rules, of: session.id) }
        return .noContent
    }

    private static func list(_ call: Wire2Call, _ server: SimulatedServer) async throws(Wire2Failure) -> Answer {
        let query = call.request.query
        let directory = query["directory"].map { SimulatorRequest.resolve($0) }
        let found = await server.sessions.all.reversed().filter { session in
            (directory == nil || session.directory == directory)
                && (query["parentID"].map { $0 == "null" ? session.parentID == nil : session.parentID == $0 } ?? true)
                && (query["search"].map { session.title.lowercased().contains($0.lowercased()) } ?? true)
        }
        var infos: [JSONValue] = []
        for session in found { infos.append(await server.info(of: session)) }
        return try Wire2Page(of: infos, call, defaultOrder: "desc", limits: 1...1000, await server.faults).answer
    }

    private static func diff(_ call: Wire2Call, _ server: SimulatedServer) async throws(Wire2Failure) -> Answer {
        let session = try await session(call, server)
        _ = try call.number("context", in: 0...10_000)
        let prompts = session.messages.filter { $0.info["type"] == "user" }.map(\.id)
        func place(_ name: String) throws(Wire2Failure) -> Int? {
            guard let id = call.request.query[name] else { return nil }
            guard let place = prompts.firstIndex(of: id) else { throw .noMessage(id, in: session.id) }
            return place
        }
        let first = try place("from") ?? max(0, prompts.count - 1)
        let last = try place("to") ?? first
        if last < first { throw .invalid("to must not come before from", field: "to") }
        let range = prompts.isEmpty ? [] : prompts[first...last]
        return data(await server.diff(session, prompts: Set(range)))
    }

    // MARK: parts of bodies

    private static func model(_ json: JSONValue) throws(Wire2Failure) -> (ModelReference, variant: String?) {
        let known: Set = ["id", "providerID", "variant"]
        guard let object = json.object, object.keys.allSatisfy(known.contains), let id = json["id"]?.string,
            let provider = json["providerID"]?.string, json["variant"] == nil || json["variant"]?.string != nil
        else { throw .invalid("model must be {id, providerID, variant?}", field: "model") }
        return (ModelReference(providerID: provider, modelID: id), json["variant"]?.string)
    }

    private static func rules(_ call: Wire2Call) throws(Wire2Failure) -> [PermissionRule]? {
        guard let json = call.body["permissions"] else { return nil }
        let rules = json.array?.compactMap { PermissionRule(wire2: $0) }
        guard let rules, rules.count == json.array?.count else {
            throw .invalid(
                "permissions must be a list of {action, resource, effect: allow | deny | ask}", field: "permissions")
        }
        return rules
    }

    private static func metadata(_ call: Wire2Call) throws(Wire2Failure) -> JSONValue? {
        guard let json = call.body["metadata"] else { return nil }
        if json.object == nil { throw .invalid("metadata must be an object", field: "metadata") }
        return json
    }
}
