import JSON

/// OpenCode's API as 2.0 speaks it, in the dialect of one version.
struct Wire2Routes: Sendable {
    let version: SimulatorVersion
    let operations: [Wire2Operation]

    init(_ version: SimulatorVersion) {
        self.version = version
        operations =
            Self.infoOperations(version) + Self.sessionOperations(version) + Self.promptOperations(version)
            + Self.askOperations(version)
    }

    /// Whether a request opens the event stream, which the server answers by itself.
    static func isStream(_ call: SimulatorRequest) -> Bool { call.method == "GET" && call.path == "/api/event" }

    func answer(_ request: SimulatorRequest, _ server: SimulatedServer) async -> Answer {
        do {
            return try await checked(request, server)
        } catch {
            return error.answer
        }
    }

    private func checked(_ request: SimulatorRequest, _ server: SimulatedServer) async throws(Wire2Failure) -> Answer {
        if request.path == "/openapi.json", request.method == "GET" { return .json(description) }
        guard request.segments.first == "api" else {
            // The web interface has every other page.
            if request.method == "GET" || request.method == "HEAD" { return .webPage }
            throw .noMethod
        }
        let fitting = operations.compactMap { operation in
            operation.parameters(of: request.segments).map { (operation: operation, parameters: $0) }
        }
        if fitting.isEmpty { throw .noRoute }
        // A path without names in braces is meant before one with them.
        let own = fitting.filter { $0.operation.method == request.method }
        guard let (operation, parameters) = own.min(by: { $0.parameters.count < $1.parameters.count }) else {
            throw .noMethod
        }
        let body = try operation.check(request)
        return try await operation.handler(
            Wire2Call(request: request, version: version, parameters: parameters, body: body), server)
    }

    // MARK: what handlers share

    static func data(_ value: JSONValue) -> Answer { .json(["data": value]) }

    static func located(_ call: Wire2Call, _ value: JSONValue) -> Answer {
        .json(["location": Wire2Shapes.location(call.request.location), "data": value])
    }

    /// The directory that a request is about.
    static func location(_ call: Wire2Call) throws(Wire2Failure) -> String {
        let directory = call.request.location
        guard SimulatedServer.isDirectory(directory) else { throw .noLocation(directory) }
        return directory
    }

    static func session(_ call: Wire2Call, _ server: SimulatedServer) async throws(Wire2Failure) -> StoredSession {
        guard let session = await server.sessions[call["sessionID"]] else { throw .noSession(call["sessionID"]) }
        return session
    }
}

extension Wire2Routes {
    /// For `GET /openapi.json`: the paths with what each takes.
    var description: JSONValue {
        var paths = JSONObject()
        let stream = Wire2Operation("GET", "/api/event") { _, _ in .noContent }
        for operation in operations + [stream] {
            var item = paths[operation.path]?.object ?? JSONObject()
            item[operation.method.lowercased()] = Self.description(of: operation)
            paths[operation.path] = .object(item)
        }
        return [
            "openapi": "3.1.0", "info": ["title": "opencode", "version": .string(version.description)],
            "paths": .object(paths),
        ]
    }

    private static func description(of operation: Wire2Operation) -> JSONValue {
        let names = operation.segments.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        // Members of an object in the query are described as that object.
        let query = Set(operation.query.map { String($0.prefix { $0 != "[" }) }).sorted()
        let parameters =
            names.map { ["name": .string($0), "in": "path", "required": true] as JSONValue }
            + query.map { ["name": .string($0), "in": "query", "required": false] as JSONValue }
        var object: JSONObject = ["parameters": .array(parameters), "responses": [:]]
        if let body = operation.body {
            var properties = JSONObject()
            for name in body { properties[name] = [:] }
            object["requestBody"] = [
                "content": ["application/json": ["schema": ["type": "object", "properties": .object(properties)]]]
            ]
        }
        return .object(object)
    }
}
