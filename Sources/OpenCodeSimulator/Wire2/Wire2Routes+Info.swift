import Glibc
import JSON

extension Wire2Routes {
    /// The probe of the version, catalogues, version control.
    static func infoOperations(_ version: SimulatorVersion) -> [Wire2Operation] {
        [
            Wire2Operation("GET", version.probe) { call, server async in .json(await probe(call.version, server)) },
            Wire2Operation("GET", "/api/integration", located: true) { call, server async throws(Wire2Failure) in
                await server.makeReady(try location(call))
                return located(call, [])
            },
            Wire2Operation("GET", "/api/model", located: true) { call, server async throws(Wire2Failure) in
                located(call, .array(await server.models(in: try location(call)).map(model)))
            },
            Wire2Operation("GET", "/api/model/default", located: true) { call, server async throws(Wire2Failure) in
                located(call, await server.models(in: try location(call)).first.map(model) ?? .null)
            },
            Wire2Operation("GET", "/api/provider", located: true) { call, server async throws(Wire2Failure) in
                if await server.models(in: try location(call)).isEmpty { return located(call, []) }
                return located(call, .array(Catalogue(await server.faults).providers.map(provider)))
            },
            Wire2Operation("GET", "/api/agent", located: true) { call, _ async throws(Wire2Failure) in
                _ = try location(call)
                return located(call, .array(Catalogue.agents.map(agent)))
            },
            Wire2Operation("GET", "/api/vcs/diff", query: ["mode", "base", "context"], located: true) {
                call, server async throws(Wire2Failure) in
                guard ["working", "branch", "committed"].contains(call.request.query["mode"]) else {
                    throw .invalid("mode must be working, branch or committed", field: "mode")
                }
                return located(call, await server.changes(in: try location(call)))
            },
            Wire2Operation("GET", "/api/vcs/status", located: true) { call, server async throws(Wire2Failure) in
                let changes = await server.changes(in: try location(call)).array ?? []
                return located(call, .array(changes.map(withoutPatch)))
            },
            Wire2Operation("POST", "/api/location/reload", located: true) { call, server async throws(Wire2Failure) in
                await server.reload(try location(call))
                return .noContent
            },
        ]
    }

    private static func probe(_ version: SimulatorVersion, _ server: SimulatedServer) async -> JSONValue {
        var object: JSONObject = ["version": .string(version.description), "pid": .int(Int(getpid()))]
        switch version.probe {
        case "/api/health": object["healthy"] = true
        case "/api/status": object["urls"] = [.string(await server.url)]
        default:
            object["urls"] = [.string(await server.url)]
            object["paths"] = ["tmp": "/tmp"]
        }
        return .object(object)
    }

    private static func model(_ reference: ModelReference) -> JSONValue {
        [
            "id": .string(reference.modelID), "modelID": .string(reference.modelID),
            "providerID": .string(reference.providerID), "name": .string(reference.modelID),
            "capabilities": ["tools": true, "input": ["text"], "output": ["text"]],
            "variants": .array(Catalogue.variants.map { ["id": .string($0)] }), "time": ["released": 0],
            "cost": [["input": 1, "output": 5, "cache": ["read": 0, "write": 0]]], "status": "active", "enabled": true,
            "limit": ["context": 200_000, "output": 32_000],
        ]
    }

    private static func provider(_ id: String) -> JSONValue { ["id": .string(id), "name": .string(id)] }

    private static func agent(_ id: String, _ mode: String) -> JSONValue {
        [
            "id": .string(id), "mode": .string(mode), "hidden": false,
            "request": ["settings": [:], "headers": [:], "body": [:]],
            "permissions": [
                ["action": "*", "resource": "*", "effect": "allow"],
                ["action": "external_directory", "resource": "*", "effect": "ask"],
            ],
        ]
    }

    private static func withoutPatch(_ change: JSONValue) -> JSONValue {
        var object = change.object ?? JSONObject()
        object["patch"] = nil
        return .object(object)
    }
}

extension SimulatedServer {
    /// Where the server says that it is reached.
    var url: String {
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        return "http://\(host):\(port)"
    }

    func listens(on port: Int) { self.port = port }

    /// Reads a directory's configuration again: until then it has none.
    func reload(_ directory: String) {
        readyLocations.remove(directory)
        publish("config.updated", [:], in: directory)
    }
}
