import Foundation
import Glibc
import JSON
import Logging
import OpenCodeSimulator
import SystemPackage
import Testing

let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A directory of the test's own, removed at its end.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/openloom-simulator-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template), let resolved = realpath(made, nil) else {
            throw SocketConnection.Failure(what: "mkdtemp")
        }
        path = String(cString: resolved)
        free(resolved)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func text(_ name: String) -> String? {
        guard let file = fopen("\(path)/\(name)", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func exists(_ name: String) -> Bool { faccessat(AT_FDCWD, "\(path)/\(name)", F_OK, AT_SYMLINK_NOFOLLOW) == 0 }
}

/// A simulator on a port of its own, and a client of it for one workspace.
struct RunningSimulator: Sendable {
    let client: TestClient
    let workspace: TemporaryDirectory

    /// Runs the body against a simulator, then stops it.
    static func with<Value: Sendable>(
        _ options: SimulatorOptions = SimulatorOptions(), think: Duration = .zero,
        _ body: @Sendable @escaping (RunningSimulator) async throws -> Value
    ) async throws -> Value {
        var options = options
        options.port = 0
        options.think = think
        let simulator = try OpenCodeSimulator(options: options, logger: silentLogger)
        let workspace = try TemporaryDirectory()
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let running = Task {
            defer { continuation.finish() }
            try await simulator.run { continuation.yield($0) }
        }
        guard let port = await ports.first(where: { _ in true }) else {
            try await running.value
            throw SocketConnection.Failure(what: "the simulator ended before it was ready")
        }
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await body(
                    RunningSimulator(client: TestClient(port: port, directory: workspace.path), workspace: workspace)))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        _ = try? await running.value
        return try result.get()
    }

    func newSession(_ body: JSONValue = [:]) async throws -> String {
        let answer = try await client.post("/session", body)
        return try #require(answer.json["id"]?.string)
    }

    func prompt(_ session: String, _ text: String, id: String? = nil) async throws -> TestAnswer {
        var body: JSONObject = ["parts": [["type": "text", "text": .string(text)]]]
        body["messageID"] = id.map { .string($0) }
        return try await client.post("/session/\(session)/prompt_async", .object(body))
    }

    /// Prompts in a new session, waits until the turn is over, and gives the messages.
    func turn(_ script: String, session: String? = nil) async throws -> [JSONValue] {
        let events = try await client.events()
        _ = await events.first("server.connected")
        var id = session
        if id == nil { id = try await newSession() }
        let session = try #require(id)
        #expect(try await prompt(session, script).status == 204)
        _ = try #require(await events.first("session.idle", session: session))
        return try await messages(session)
    }

    func messages(_ session: String) async throws -> [JSONValue] {
        try #require(try await client.get("/session/\(session)/message").json.array)
    }

    func status(_ session: String) async throws -> JSONValue? {
        try await client.get("/session/status").json[session]
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

extension JSONValue {
    var role: String? { self["info"]?["role"]?.string }
    var finish: String? { self["info"]?["finish"]?.string }
    var errorName: String? { self["info"]?["error"]?["name"]?.string }
    var isComplete: Bool { self["info"]?["time"]?["completed"] != nil }
    /// The text parts of a message, one below the other.
    var text: String {
        (self["parts"]?.array ?? []).filter { $0["type"] == "text" }.compactMap { $0["text"]?.string }
            .joined(separator: "\n")
    }
    /// The tool parts of a message.
    var tools: [JSONValue] { (self["parts"]?.array ?? []).filter { $0["type"] == "tool" } }
}
