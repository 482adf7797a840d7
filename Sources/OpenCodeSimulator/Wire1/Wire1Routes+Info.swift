import Glibc
import JSON

extension Wire1Routes {
    static func infoAnswer(_ call: SimulatorRequest, _ server: SimulatedServer) async -> Answer? {
        switch (call.method, call.segments) {
        case ("GET", ["global", "health"]): return await health(server)
        case ("GET", ["api", "health"]):
            let faults = await server.faults
            let answers = faults.previewHealth ?? server.version.hasPreviewAPI
            return answers ? .json(["healthy": true]) : nil
        case ("GET", ["api", "info"]):
            guard await server.faults.health == .opencode2 else { return nil }
            return .json([
                "version": "2.0.27", "pid": .int(Int(getpid())), "urls": [], "paths": ["tmp": "/tmp"],
            ])
        case ("GET", ["path"]): return .json(paths(call.directory))
        case ("GET", ["vcs"]): return .json(["branch": .string(branch(call.directory))])
        case ("GET", ["config"]): return .json(["share": "disabled", "model": "simulator/scripted"])
        case ("GET", ["agent"]): return .json(.array(Catalogue.agents.map(agent)))
        case ("GET", ["config", "providers"]):
            let catalogue = Catalogue(await server.faults)
            return .json([
                "providers": .array(catalogue.providers.map { provider($0, catalogue) }),
                "default": ["simulator": "scripted"],
            ])
        case ("GET", ["provider"]):
            return .json(["all": [listedProvider], "default": ["simulator": "scripted"], "connected": ["simulator"]])
        case ("POST", ["instance", "dispose"]):
            await server.dispose(call.directory)
            return .yes
        case (_, ["doc"]): return .notFound("The simulator does not describe itself")
        default: return nil
        }
    }

    private static func health(_ server: SimulatedServer) async -> Answer? {
        switch await server.faults.health {
        case .normal: .json(["healthy": true, "version": .string(server.version.description)])
        case .html, .opencode2: nil
        case .noVersion: .json(["healthy": true])
        case .unhealthy: .json(["healthy": false, "version": .string(server.version.description)])
        }
    }

    private static func paths(_ directory: String) -> JSONValue {
        [
            "home": "/nonexistent", "state": "/nonexistent/state", "config": "/nonexistent/config",
            "worktree": .string(directory), "directory": .string(directory),
        ]
    }

    /// The branch that `.git/HEAD` names; empty where there is none.
    private static func branch(_ directory: String) -> String {
        let file = open("\(directory)/.git/HEAD", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if file < 0 { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        let prefix = "ref: refs/heads/"
        guard text.hasPrefix(prefix), let line = text.split(separator: "\n").first else { return "" }
        return String(line.dropFirst(prefix.count))
    }

    private static func agent(_ name: String, _ mode: String) -> JSONValue {
        [
            "name": .string(name), "mode": .string(mode), "native": true, "permission": [], "options": [:],
        ]
    }

    private static func model(_ id: String, of provider: String) -> JSONValue {
        var variants = JSONObject()
        for name in Catalogue.variants { variants[name] = [:] }
        return [
            "id": .string(id), "providerID": .string(provider), "api": ["id": .string(id), "url": "", "npm": ""],
            "name": .string(id),
            "capabilities": [
                "temperature": false, "reasoning": false, "attachment": false, "toolcall": true,
                "input": modalities, "output": modalities, "interleaved": false,
            ],
            "cost": ["input": 1, "output": 5, "cache": ["read": 0, "write": 0]],
            "limit": ["context": 200000, "output": 32000], "status": "active", "options": [:], "headers": [:],
            "release_date": "2026-01-01", "variants": .object(variants),
        ]
    }

    private static let modalities: JSONValue = [
        "text": true, "audio": false, "image": false, "video": false, "pdf": false,
    ]

    private static func provider(_ id: String, _ catalogue: Catalogue) -> JSONValue {
        var models = JSONObject()
        for name in catalogue.models(of: id) { models[name] = model(name, of: id) }
        return [
            "id": .string(id), "name": .string(id), "source": "custom", "env": [], "options": [:],
            "models": .object(models),
        ]
    }

    /// The catalogue's own form of a provider.
    private static let listedProvider: JSONValue = [
        "id": "simulator", "name": "OpenLoom's simulator", "env": [],
        "models": [
            "scripted": [
                "id": "scripted", "name": "Scripted agent", "release_date": "2026-01-01", "attachment": false,
                "reasoning": false, "temperature": false, "tool_call": true,
                "limit": ["context": 200000, "output": 32000], "options": [:],
            ]
        ],
    ]
}
