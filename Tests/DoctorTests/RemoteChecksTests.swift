import Connectors
import Glibc
import JSON
import LoopbackServer
import Spool
import Synchronization
import SystemPackage
import Testing
import Webhooks

@testable import Curl
@testable import DaemonConfiguration
@testable import Doctor

/// Storage in memory, with operations that fail.
private final class MemoryConnector: Connector {
    private let files: Mutex<[String: [UInt8]]>
    private let failing: Set<String>
    private let directories: Set<String>

    init(_ files: [String] = [], directories: Set<String> = ["in", "out"], failing: Set<String> = []) {
        self.files = Mutex(Dictionary(uniqueKeysWithValues: files.map { ($0, []) }))
        self.directories = directories
        self.failing = failing
    }

    var names: [String] { files.withLock { $0.keys.sorted() } }

    private func fail(_ operation: String) throws(ConnectorError) {
        if failing.contains(operation) { throw ConnectorError(.failed, "\(operation): no such host") }
    }

    func list(_ directory: String) async throws(ConnectorError) -> [RemoteFile]? {
        try fail("ls \(directory)")
        guard directories.contains(directory) else { return nil }
        return names.filter { $0.hasPrefix(directory + "/") }.map { RemoteFile(path: $0) }
    }

    func download(_ path: String, limit: Int) async throws(ConnectorError) -> [UInt8]? {
        try fail("download")
        return files.withLock { $0[path] }
    }

    func upload(_ bytes: [UInt8], to path: String) async throws(ConnectorError) {
        try fail("upload")
        files.withLock { $0[path] = bytes }
    }

    func move(_ path: String, to target: String) async throws(ConnectorError) {
        try fail("move")
        files.withLock { $0[target] = $0.removeValue(forKey: path) }
    }

    func delete(_ path: String) async throws(ConnectorError) {
        try fail("delete")
        files.withLock { $0[path] = nil }
    }
}

/// Checks of what is not this machine's.
@Suite struct RemoteChecksTests {
    // MARK: connectors

    private var remote: ConfigurationRemote {
        var remote = ConfigurationRemote(name: "share", program: "x")
        remote.inbox = "in"
        remote.outbox = "out"
        return remote
    }

    private func look(_ connector: MemoryConnector) async -> [DoctorFinding] {
        await ConnectorsCheck.look(at: remote, connector, shown: "storage", limit: 1 << 20).findings
    }

    @Test func connector_isListed() async {
        let good = await look(MemoryConnector(["in/a.md", "in/b.md", "out/c"]))
        #expect(good.isGood && good[0].message.contains("2 files in in, 1 in out"), "\(good.text)")
        #expect(good[0].name == "connector share")
        let missing = await look(MemoryConnector(directories: ["out"]))
        #expect(missing.levels == [.warning] && missing[0].mend?.contains("connectors.share.inbox") == true)
        #expect(await look(MemoryConnector(failing: ["ls in"])).levels == [.problem])
        #expect(await look(MemoryConnector(failing: ["ls out"])).levels == [.problem])
        #expect(await look(MemoryConnector(directories: ["in"])).isGood)
    }

    @Test(arguments: ["upload", "download", "move", "delete"])
    func operationOfAConnectorThatFails_isNamed(_ operation: String) async {
        let storage = MemoryConnector(failing: [operation])
        let finding = await ConnectorsCheck.write(to: remote, storage, "connector share")
        #expect(finding.level == .problem && finding.message.hasPrefix("\(operation) fails in out"), "\(finding)")
        if operation != "delete" { #expect(storage.names == []) }
    }

    @Test func writing_leavesNothing_andNeedsAnOutbox() async {
        let storage = MemoryConnector(["out/theirs"])
        let finding = await ConnectorsCheck.write(to: remote, storage, "connector share")
        #expect(finding.level == .good && storage.names == ["out/theirs"])
        var readOnly = remote
        readOnly.outbox = nil
        #expect(await ConnectorsCheck.write(to: readOnly, storage, "connector share").level == .skipped)
    }

    @Test func programOfAConnector_mustBeOurs() async throws {
        let world = try DoctorWorld("connectors: {share: {program: mine, inbox: in, workspace: /tmp}}")
        let missing = await ConnectorsCheck().examine(world.scene)
        #expect(
            missing.levels == [.problem] && missing[0].message.contains("is not there; put the connector's program"))
        try DoctorWorld.write(
            "#!/bin/sh\necho in/a.md\n", to: world.home.appending(".openloom/connectors/mine"), mode: 0o722)
        chmod(world.home.appending(".openloom/connectors").string, 0o700)
        let open = await ConnectorsCheck().examine(world.scene)
        #expect(open[0].message.contains("chmod go-w"), "\(open.text)")
        chmod(world.home.appending(".openloom/connectors/mine").string, 0o700)
        #expect(await ConnectorsCheck().examine(world.scene).isGood)
        #expect(await ConnectorsCheck().examine(try DoctorWorld().scene).isGood)
    }

    // MARK: webhooks

    private func webhooks(_ url: String, _ more: String = "") throws -> DoctorWorld {
        try DoctorWorld("notify: {webhook: [{name: ci, url: \"\(url)\"\(more)}]}")
    }

    /// The whole point: a receiver must not take a look for an event.
    @Test func endpoint_isConnectedTo_andHearsNothing() async throws {
        let heard = Mutex<[String]>([])
        let ended = Facts(of: Bool.self)
        let server = try TestServer { connection in
            while let request = connection.read() {
                heard.withLock { $0.append(request.line) }
                connection.respond()
            }
            ended.report(true)
        }
        let findings = await WebhooksCheck().examine(try webhooks(server.url("/hook")).scene)
        #expect(findings.isGood, "\(findings.text)")
        #expect(findings[0].name == "webhook ci" && findings[0].message.contains("connected to 127.0.0.1"))
        _ = try await ended.next()
        #expect(server.connections == 1 && heard.withLock { $0 } == [])

        var scene = try webhooks(server.url("/hook")).scene
        scene.sendsTestEvents = true
        let sent = await WebhooksCheck().examine(scene)
        #expect(sent.isGood && sent[1].message == "a test event was taken with status 200", "\(sent.text)")
        #expect(heard.withLock { $0 } == ["POST /hook HTTP/1.1"])
    }

    @Test func endpointThatRefusesATest_isAProblem() async throws {
        let server = try TestServer { connection in
            while connection.read() != nil { connection.respond("500 No") }
        }
        var scene = try webhooks(server.url()).scene
        scene.sendsTestEvents = true
        let findings = await WebhooksCheck().examine(scene)
        #expect(findings.levels == [.good, .problem])
        #expect(findings[1].mend == "openloom webhooks test ci")
    }

    @Test func endpointThatCantBeReached_isTold_withWhatToDo() async throws {
        func look(_ url: String) async throws -> DoctorFinding {
            try #require(await WebhooksCheck().examine(try webhooks(url).scene).first)
        }
        let closed = try await look("http://127.0.0.1:1/hook")
        #expect(closed.level == .problem && closed.mend?.hasPrefix("start the receiver") == true, "\(closed)")
        let linkLocal = try await look("http://169.254.169.254/hook")
        #expect(linkLocal.level == .problem && linkLocal.message.contains("nothing is sent there"), "\(linkLocal)")
        let nameless = try await look("http://no-such-host.invalid/hook?token=geheim")
        #expect(nameless.level == .problem && nameless.mend?.contains("DNS") == true, "\(nameless)")
        #expect(!nameless.message.contains("geheim"))
        let plain = try TestServer { connection in
            connection.respond("400 Bad Request")
            _ = connection.waitForEnd()
        }
        let noTLS = try await look("https://127.0.0.1:\(plain.port)/")
        #expect(noTLS.level == .problem && noTLS.mend?.contains("certificate") == true, "\(noTLS)")
        #expect(await WebhooksCheck().examine(try DoctorWorld().scene).isGood)
    }

    @Test func certificateThatEndsSoon_isAWarning() throws {
        let endpoint = WebhookEndpoint(name: try #require(EndpointName("ci")), url: "https://ci.example/")
        var connection = CurlConnection()
        connection.address = "192.0.2.1"
        connection.certificateEnd = 1_800_000_000
        let check = WebhooksCheck()
        let soon = check.judge(endpoint, connection, now: 1_800_000_000 - 13 * 86_400)
        #expect(soon.level == .warning && soon.message == "its certificate ends on 2027-01-15, in 13 days")
        #expect(check.judge(endpoint, connection, now: 1_800_000_000 - 15 * 86_400).level == .good)
    }
}
