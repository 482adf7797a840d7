import Curl
import Glibc
import JSON
import Spool
import SystemPackage

/// A home of its own with a spool, a simulated OpenCode server and, when started, a daemon: the built program each time,
/// over real sockets, on ports that the system chooses.
final class World {
    let root: FilePath
    let spool: FilePath
    let curl = CurlClient()
    private(set) var simulator: Child
    private(set) var agentPort = 0
    private(set) var daemon: Child?
    private(set) var port = 0
    /// Keys of the configuration file, beside those that every world has.
    var configuration: [String]
    /// Members of its `levels.storage`, likewise.
    var storage: [String] = []
    /// Whether the spool and the inbox are looked at on a timer instead of by inotify.
    let watch: String
    private let simulatorOptions: [String]
    private var starts = 0

    /// The dialect of the simulated server.
    let wire: Int

    /// The dialect that the whole suite is run over: that of `OPENLOOM_TEST_WIRE`, or 1.
    static let suiteWire = getenv("OPENLOOM_TEST_WIRE").flatMap { Int(String(cString: $0)) } ?? 1

    /// How the whole suite's daemons notice changes: that of `OPENLOOM_TEST_WATCH`, or inotify.
    static let suiteWatch = getenv("OPENLOOM_TEST_WATCH").map { String(cString: $0) } ?? "inotify"

    /// Servers of wire 2 always have one.
    static let password = "a password for tests"

    /// Long enough for a loaded machine; nothing waits for it when all is well.
    static let patience = Duration.seconds(60)

    init(
        wire: Int = World.suiteWire, simulator options: [String] = [], configuration: [String] = [],
        watch: String = World.suiteWatch
    ) throws {
        root = try Files.makeTemporaryDirectory("openloom-e2e")
        spool = root.appending("spool")
        self.configuration = configuration
        self.watch = watch
        self.wire = wire
        simulatorOptions = (options.contains("--opencode-version") ? [] : ["--wire", String(wire)]) + options
        simulator = try Self.startSimulator(root: root, options: simulatorOptions, port: 0, name: "simulator0")
        agentPort = try Self.port(of: simulator, in: root)
    }

    deinit {
        curl.close()
        daemon = nil
        try? Files.remove(root)
    }

    static func environment(_ root: FilePath) -> [String: String] {
        var result = ["HOME": root.string, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"]
        // Both sides read OpenCode's own variable.
        result["OPENCODE_PASSWORD"] = password
        return result.merging(libraries) { $1 }
    }

    /// Where the built program finds what it is linked with, if that is somewhere else than usual.
    static let libraries: [String: String] =
        getenv("LD_LIBRARY_PATH").map { ["LD_LIBRARY_PATH": String(cString: $0)] } ?? [:]

    // MARK: the agent

    var agentURL: String { "http://127.0.0.1:\(agentPort)" }

    /// Has the simulated server work on something that no task of ours asked for.
    ///
    /// - Returns: The session.
    @discardableResult
    func promptByHand(_ text: String, in workspace: FilePath) async throws -> String {
        if wire == 2 {
            let made = try await askAgent(
                "POST", "/api/session", body: ["location": ["directory": .string(workspace.string)]])
            let id = made.json["data"]?["id"]?.string ?? ""
            _ = try await askAgent(
                "POST", "/api/session/\(id)/prompt", body: ["text": .string(text), "delivery": "queue"])
            return id
        } else {
            let made = try await askAgent("POST", "/session?directory=\(workspace)", body: [:])
            let id = made.json["id"]?.string ?? ""
            _ = try await askAgent(
                "POST", "/session/\(id)/prompt_async?directory=\(workspace)",
                body: ["parts": [["type": "text", "text": .string(text)]]])
            return id
        }
    }

    /// Permissions that the simulated server waits for.
    func openAsks(in workspace: FilePath) async throws -> Int? {
        if wire == 2 {
            let path = "/api/permission/request?location%5Bdirectory%5D=\(workspace)"
            return try await askAgent("GET", path).json["data"]?.array?.count
        }
        return try await askAgent("GET", "/permission?directory=\(workspace)").json.array?.count
    }

    func waitUntilReady() async throws {
        for _ in 0..<1000 {
            if try await api("GET", "/readyz").json["details"]?["opencode"]?["ok"]?.bool == true { return }
        }
        throw Child.Failure(description: "it does not become ready: \(story)")
    }

    static func startSimulator(
        root: FilePath, options: [String], port: Int, name: String
    ) throws -> Child {
        try Child(
            BuiltProgram.path,
            ["simulate", "--port", String(port), "--think", "0", "--log", root.appending("prompts.jsonl").string]
                + options,
            environment: environment(root), directory: root, name: name
        )
    }

    static func port(of child: Child, in root: FilePath) throws -> Int {
        var port: Int?
        let isUp = Eventually.blocking(within: patience) {
            let line = child.outputText.split(separator: "\n").first { $0.contains("http://") }
            port = line?.split(separator: ":").last?.prefix { $0.isNumber }.description.asPort
            if port == nil, let colon = line?.firstRange(of: "127.0.0.1:") {
                port = line?[colon.upperBound...].prefix { $0.isNumber }.description.asPort
            }
            return port != nil || child.waitForExit(within: .zero) != nil
        }
        guard isUp, let port else {
            throw Child.Failure(description: "it did not start: \(child.outputText)\(child.errorText)")
        }
        return port
    }

    /// Stops the agent's server as a crash does, and leaves its port free.
    func killAgent() { simulator.kill9() }

    /// Starts the agent's server again on the same port.
    ///
    /// - Parameter replacement: Options instead of those that it was started with.
    func restartAgent(instead replacement: [String]? = nil) throws {
        starts += 1
        simulator = try Self.startSimulator(
            root: root, options: replacement ?? simulatorOptions, port: agentPort, name: "simulator\(starts)"
        )
        _ = try Self.port(of: simulator, in: root)
    }

    /// Prompts that the agent's server has taken, oldest first.
    var prompts: [JSONValue] {
        (Files.text(root.appending("prompts.jsonl")) ?? "").split(separator: "\n")
            .compactMap { try? JSONValue(parsing: String($0)) }.filter { $0["event"]?.string == "prompt" }
    }

    func setFaults(_ faults: JSONValue) async throws {
        let answer = try await askAgent("POST", "/simulator/faults", body: faults)
        guard answer.status < 300 else { throw Child.Failure(description: "the simulator refuses \(faults.compact)") }
    }

    /// Asks the simulated server something.
    func askAgent(
        _ method: String, _ path: String, body: JSONValue? = nil
    ) async throws -> (status: Int, json: JSONValue, text: String) {
        try await request(
            method, "http://127.0.0.1:\(agentPort)\(path)", body: body,
            credentials: CurlCredentials(user: "opencode", password: Self.password))
    }

    /// How many sessions the simulated server works in.
    func workingSessions(in workspace: FilePath) async throws -> Int? {
        if wire == 2 { return try await askAgent("GET", "/api/session/active").json["data"]?.object?.count }
        return try await askAgent("GET", "/session/status?directory=\(workspace)").json.object?.count
    }

    // MARK: the daemon

    /// Starts the daemon and returns when it answers.
    ///
    /// - Parameters:
    ///   - opencode: The configuration's section on OpenCode, if it is another than this world's server.
    ///   - launcher: A program with its arguments that is to start the daemon.
    func serve(
        _ extra: [String: String] = [:], arguments: [String] = [], opencode: String? = nil,
        under launcher: [String] = []
    ) throws {
        starts += 1
        let keys = [
            "spool: {path: \(spool), watch: \(watch), poll_interval_s: 0.05}",
            "opencode: \(opencode ?? "{url: \"\(agentURL)\"}")", "server: {port: 0}",
            "levels: {storage: {\((["poll_interval_s: 0.05"] + storage).joined(separator: ", "))}}",
        ]
        try Files.write((keys + configuration).joined(separator: "\n") + "\n", to: root.appending("config.yaml"))
        // It may hold secrets of webhooks.
        chmod(root.appending("config.yaml").string, 0o600)
        let line =
            launcher + [BuiltProgram.path, "serve", "--config", root.appending("config.yaml").string] + arguments
        let child = try Child(
            line[0], Array(line.dropFirst()),
            environment: Self.environment(root).merging(extra) { $1 }, directory: root, name: "daemon\(starts)"
        )
        daemon = child
        if extra["OPENLOOM_CRASH_AT"] != nil { return }
        port = try Self.port(of: child, in: root)
    }

    func killDaemon() {
        daemon?.kill9()
        daemon = nil
    }

    /// Stops the daemon as a service manager does, and says how it went.
    func stopDaemon() -> Int32? {
        daemon?.signal(SIGTERM)
        defer { daemon = nil }
        return daemon?.waitForExit(within: .seconds(20))
    }

    // MARK: people

    func workspace(_ name: String = "work") throws -> FilePath {
        let path = root.appending("workspaces").appending(name)
        try Files.makeDirectory(path)
        return path
    }

    /// Drops a Markdown file, as an editor does: made, written, closed.
    func drop(_ name: String, workspace: FilePath, goal: String) throws {
        try Files.write("---\nworkspace: \(workspace)\n---\n# \(name)\n\n\(goal)\n", to: inbox.appending("\(name).md"))
    }

    var inbox: FilePath { spool.appending("inbox") }

    func openloom(_ arguments: [String], input: String? = nil) throws -> (code: Int32, output: String, errors: String) {
        starts += 1
        var file: FilePath?
        if let input {
            file = root.appending("input\(starts)")
            try Files.write(input, to: root.appending("input\(starts)"))
        }
        let child = try Child(
            BuiltProgram.path, arguments + ["--spool", spool.string], environment: Self.environment(root),
            directory: root, name: "command\(starts)", input: file
        )
        guard let code = child.waitForExit(within: Self.patience) else {
            throw Child.Failure(description: "openloom \(arguments) does not end")
        }
        return (code, child.outputText, child.errorText)
    }

    func shell(_ script: String) throws -> (code: Int32, output: String, errors: String) {
        starts += 1
        let child = try Child(
            "/bin/sh", ["-c", "cd '\(spool)' && " + script], environment: Self.environment(root), directory: root,
            name: "shell\(starts)"
        )
        guard let code = child.waitForExit(within: Self.patience) else {
            throw Child.Failure(description: "the script does not end: \(script)")
        }
        return (code, child.outputText, child.errorText)
    }

    func request(
        _ method: String, _ url: String, body: JSONValue? = nil, credentials: CurlCredentials? = nil
    ) async throws -> (status: Int, json: JSONValue, text: String) {
        var request = CurlRequest(method: method, url: url)
        request.basicAuth = credentials
        if let body {
            request.headers = [(name: "Content-Type", value: "application/json")]
            request.body = Array(body.compact.utf8)
        }
        let answer = try await curl.send(request)
        let json = try? JSONValue(parsing: answer.body)
        return (answer.status, json ?? .null, String(decoding: answer.body, as: UTF8.self))
    }

    func api(_ method: String, _ path: String, body: JSONValue? = nil) async throws -> (status: Int, json: JSONValue) {
        let answer = try await request(method, "http://127.0.0.1:\(port)\(path)", body: body)
        return (answer.status, answer.json)
    }

    // MARK: facts

    func names(_ state: TaskState) -> [String] { Files.names(spool.appending(state.rawValue)) }

    func task(_ id: String, _ state: TaskState) -> FilePath { spool.appending(state.rawValue).appending(id) }

    func verdict(_ id: String) -> String? {
        for state in [TaskState.done, .failed] {
            if let text = Files.text(task(id, state).appending("verdict")) {
                return String(text.filter { !$0.isWhitespace })
            }
        }
        return nil
    }

    /// The prompts' first lines, oldest first.
    var goals: [String] {
        prompts.compactMap { $0["text"]?.string?.split(separator: "\n").first.map(String.init) }
    }

    /// The events in a task's log, oldest first.
    func log(_ id: String, _ state: TaskState) -> [JSONValue] {
        (Files.text(task(id, state).appending("log.jsonl")) ?? "").split(separator: "\n")
            .compactMap { try? JSONValue(parsing: String($0)) }
    }

    func reason(_ id: String) -> String { Files.text(task(id, .failed).appending("reason")) ?? "" }

    /// Waits until a state holds so many tasks; returns their names.
    func wait(for count: Int, in state: TaskState, within patience: Duration = World.patience) throws -> [String] {
        let isSo = Eventually.blocking(within: patience) { self.names(state).count >= count }
        if !isSo { throw Child.Failure(description: "not \(count) tasks in \(state)/: \(story)") }
        return names(state)
    }

    func wait(_ what: String, within patience: Duration = World.patience, _ condition: () -> Bool) throws {
        if !Eventually.blocking(within: patience, condition) {
            throw Child.Failure(description: "\(what): it did not become so: \(story)")
        }
    }

    /// What a failed test needs to be understood.
    var story: String {
        var lines = TaskState.allCases.map { "\($0): \(names($0))" }
        lines.append(
            "tmp: \(Files.names(spool.appending("tmp"))) rejected: \(Files.names(spool.appending("rejected")))")
        for id in names(.failed) { lines.append("\(id): \(reason(id))") }
        lines.append("prompts: \(prompts.count)")
        lines.append("daemon: \(daemon?.errorText.suffix(3000) ?? "none")")
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate var asPort: Int? { Int(self).flatMap { (1...65_535).contains($0) ? $0 : nil } }
}
