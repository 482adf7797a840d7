import Curl
import JSON
import SystemPackage

/// `openloom serve` on a spool of its own.
final class Daemon: Sendable {
    let spool: FilePath
    let port: Int
    let process: Child
    /// When it had printed its address.
    let announced: ContinuousClock.Instant
    private let curl = CurlClient()

    /// - Parameter workspace: That of tasks that name none.
    init(_ bench: Bench, agentPort: Int, workspace: FilePath) throws {
        spool = bench.home.appending("spool")
        let configuration = """
            spool: {path: \(spool)}
            opencode: {url: "http://127.0.0.1:\(agentPort)"}
            server: {port: 0}
            levels: {storage: {workspace: \(workspace)}}
            """
        let file = bench.home.appending("config.yaml")
        try Disk.write(configuration + "\n", to: file)
        process = try Child(
            [bench.program.string, "serve", "--config", file.string], name: "serve", home: bench.home)
        port = try process.announcedPort()
        announced = .now
    }

    deinit { curl.close() }

    /// Waits until it says that it can work: OpenCode is there.
    func waitUntilReady() async throws -> ContinuousClock.Instant {
        try await within("the daemon is not ready") { [self] in
            while try await send("GET", "/readyz").status != 200 { try await Task.sleep(for: .milliseconds(1)) }
            return .now
        }
    }

    func send(_ method: String, _ path: String, body: JSONValue? = nil) async throws -> CurlResponse {
        var request = CurlRequest(method: method, url: "http://127.0.0.1:\(port)\(path)", maximumBody: 1 << 30)
        if let body {
            request.headers = [(name: "Content-Type", value: "application/json")]
            request.body = Array(body.compact.utf8)
        }
        return try await curl.send(request)
    }

    func stop() { process.stop() }
}
