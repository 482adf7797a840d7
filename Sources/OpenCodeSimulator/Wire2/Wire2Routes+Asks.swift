import JSON

extension Wire2Routes {
    /// Permissions and forms.
    static func askOperations(_ version: SimulatorVersion) -> [Wire2Operation] {
        let session = "/api/session/{sessionID}"
        let both: [Wire2Operation] = [
            Wire2Operation("GET", "/api/permission/request", located: true) { call, server async throws(Wire2Failure) in
                located(call, .array(await server.instance(try location(call)).permissions.map(\.json)))
            },
            Wire2Operation("GET", "/api/permission/saved", query: ["projectID"]) { _, server async in
                data(.array(await server.savedPermissions))
            },
            Wire2Operation("DELETE", "/api/permission/saved/{id}") { call, server async in
                await server.forgetSaved(call["id"])
                return .noContent
            },
            Wire2Operation("GET", "\(session)/permission") { call, server async throws(Wire2Failure) in
                data(.array(try await permissions(call, server)))
            },
            Wire2Operation("GET", "\(session)/permission/{requestID}") { call, server async throws(Wire2Failure) in
                let id = call["requestID"]
                guard let found = try await permissions(call, server).first(where: { $0["id"]?.string == id }) else {
                    throw .noPermission(id)
                }
                return data(found)
            },
            Wire2Operation(
                "POST", "\(session)/permission/{requestID}/reply",
                body: [version.isEarlyWire2 ? "reply" : "decision", "message"], decide),
            Wire2Operation("GET", "\(session)/form") { call, server async throws(Wire2Failure) in
                let session = try await Self.session(call, server)
                let forms = await server.instance(session.directory).questions.filter { $0.session == session.id }
                return data(.array(forms.map(\.json)))
            },
            Wire2Operation("GET", "\(session)/form/{formID}") { call, server async throws(Wire2Failure) in
                data(try await server.form(call["formID"], of: try await Self.session(call, server)).json)
            },
            Wire2Operation("POST", "\(session)/form/{formID}/reply", body: ["answer"]) {
                call, server async throws(Wire2Failure) in
                let session = try await Self.session(call, server)
                guard let answer = call.body["answer"]?.object else {
                    throw .invalid("answer must be an object", field: "answer")
                }
                try await server.settle(call["formID"], of: session, answer)
                return .noContent
            },
        ]
        let refuse: Wire2Operation.Handler = { call, server async throws(Wire2Failure) in
            try await server.settle(call["formID"], of: try await Self.session(call, server), nil)
            return .noContent
        }
        let forms: Wire2Operation.Handler = { call, server async throws(Wire2Failure) in
            located(call, .array(await server.instance(try location(call)).questions.map(\.json)))
        }
        if version.isEarlyWire2 {
            return both + [
                Wire2Operation("GET", "/api/form/request", located: true, forms),
                Wire2Operation("POST", "\(session)/form/{formID}/cancel", refuse),
            ]
        }
        return both + [
            Wire2Operation("GET", "/api/form", located: true, forms),
            Wire2Operation("DELETE", "\(session)/form/{formID}", query: ["message"], refuse),
        ]
    }

    private static func permissions(
        _ call: Wire2Call, _ server: SimulatedServer
    ) async throws(Wire2Failure) -> [JSONValue] {
        let session = try await session(call, server)
        return await server.instance(session.directory).permissions.filter { $0.session == session.id }.map(\.json)
    }

    private static func decide(_ call: Wire2Call, _ server: SimulatedServer) async throws(Wire2Failure) -> Answer {
        let session = try await session(call, server)
        let name = call.version.isEarlyWire2 ? "reply" : "decision"
        guard let reply = try call.text(name).flatMap({ PermissionReply(rawValue: $0) }) else {
            throw .invalid("\(name) must be once, always or reject", field: name)
        }
        let message = try call.text("message")
        guard await server.decide(call["requestID"], of: session, reply, message: message) else {
            throw .noPermission(call["requestID"])
        }
        return .noContent
    }
}
