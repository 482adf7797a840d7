import Glibc
import JSON
import OpenCodeSimulator
import Testing

/// A simulator that speaks wire 2, and a client that signs its requests.
struct Wire2Simulator: Sendable {
    let client: TestClient
    let workspace: TemporaryDirectory

    /// `opencode:secret`
    static let authorization = "Basic b3BlbmNvZGU6c2VjcmV0"

    /// Runs the body against a simulator, then stops it.
    static func with<Value: Sendable>(
        _ version: String = "2.0.27", _ options: SimulatorOptions = SimulatorOptions(),
        _ body: @Sendable @escaping (Wire2Simulator) async throws -> Value
    ) async throws -> Value {
        var options = options
        (options.wire, options.version, options.password) = (2, version, "secret")
        return try await RunningSimulator.with(options) { simulator async throws in
            var client = simulator.client
            client.directory = nil
            client.authorization = authorization
            client.wire2 = Wire2Schema(isEarly: version.hasPrefix("2.0.3") || version.hasPrefix("0.0.0-beta"))
            return try await body(Wire2Simulator(client: client, workspace: simulator.workspace))
        }
    }

    func `in`(_ workspace: TemporaryDirectory) -> Wire2Simulator {
        Wire2Simulator(client: client, workspace: workspace)
    }

    /// The query that names the workspace.
    var location: [String: String] { ["location[directory]": workspace.path] }

    func newSession(_ members: JSONValue = [:]) async throws -> String {
        var body = members.object ?? JSONObject()
        body["location"] = ["directory": .string(workspace.path)]
        let answer = try await client.post("/api/session", .object(body))
        return try #require(answer.json["data"]?["id"]?.string)
    }

    func prompt(
        _ session: String, _ text: String, id: String? = nil, delivery: String? = "queue", resume: Bool? = nil
    ) async throws -> TestAnswer {
        var body: JSONObject = ["text": .string(text)]
        body["id"] = id.map { .string($0) }
        body["delivery"] = delivery.map { .string($0) }
        body["resume"] = resume.map { .bool($0) }
        return try await client.post("/api/session/\(session)/prompt", .object(body))
    }

    func events() async throws -> EventReader {
        let events = try await client.events("/api/event")
        _ = await events.first("server.connected")
        return events
    }

    /// Prompts, waits until the execution has ended, and gives the rows.
    func turn(_ script: String, session: String? = nil) async throws -> [JSONValue] {
        let events = try await events()
        var id = session
        if id == nil { id = try await newSession() }
        let session = try #require(id)
        #expect(try await prompt(session, script).status == 200)
        _ = try #require(await events.end(of: session))
        return try await rows(session)
    }

    /// All rows, oldest first.
    func rows(_ session: String) async throws -> [JSONValue] {
        var rows: [JSONValue] = []
        var query = ["limit": "200"]
        while true {
            let page = try await client.get("/api/session/\(session)/message", query).json
            rows += try #require(page["data"]?.array)
            guard let next = page["cursor"]?["next"]?.string else { return rows }
            query = ["cursor": next]
        }
    }

    func info(_ session: String) async throws -> JSONValue {
        try #require(try await client.get("/api/session/\(session)").json["data"])
    }

    func isActive(_ session: String) async throws -> Bool {
        try await client.get("/api/session/active").json["data"]?[session] != nil
    }

    func inbox(_ session: String) async throws -> [String] {
        try await client.get("/api/session/\(session)/inbox").json["data"]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    func decide(_ id: String, of session: String, _ decision: String, message: String? = nil) async throws -> TestAnswer
    {
        var body: JSONObject = ["decision": .string(decision)]
        body["message"] = message.map { .string($0) }
        return try await client.post("/api/session/\(session)/permission/\(id)/reply", .object(body))
    }

    func set(_ faults: JSONValue) async throws {
        let answer = try await client.post("/simulator/faults", faults)
        #expect(answer.status == 200, "\(answer.text)")
    }

    /// Asks again and again until the answer is there; the suite's time limit bounds it.
    func wait<Value>(_ look: () async throws -> Value?) async throws -> Value {
        while true {
            if let value = try await look() { return value }
            try Task.checkCancellation()
        }
    }
}

extension EventReader {
    /// How the next execution of a session ends: `succeeded`, `failed` or `interrupted`.
    func end(of session: String) async -> String? {
        let ends = ["succeeded", "failed", "interrupted"]
        let event = await first { event in
            event.properties["sessionID"]?.string == session
                && ends.contains { event.type == "session.execution.\($0)" }
        }
        return event.map { String($0.type.split(separator: ".").last ?? "") }
    }

    func firstData(_ type: String) async -> JSONValue? { await first(type)?.properties }
}

extension JSONValue {
    var type: String? { self["type"]?.string }
    var rowFinish: String? { self["finish"]?.string }
    var outcome: String? { self["outcome"]?.string }
    var rowError: String? { self["error"]?["type"]?.string }
    /// The text of an assistant's row.
    var rowText: String {
        (self["content"]?.array ?? []).filter { $0.type == "text" }.compactMap { $0["text"]?.string }
            .joined(separator: "\n")
    }
    var rowTools: [JSONValue] { (self["content"]?.array ?? []).filter { $0.type == "tool" } }
}
