import Connectors
import Curl
import RemoteStorage
import Spool
import StorageServers
import Testing

/// Against OpenStack Swift, which verifies signatures.
@Suite(.timeLimit(.minutes(2))) struct S3ConnectorTests {
    private static let secret = "a-secret-for-tests"
    private static let server = Result { try StorageServer("s3-server.py", [secret, "tasks", "many=many/in/:1100"]) }
    private static let client = CurlClient()

    /// In a part of the bucket that is a test's own.
    private func storage(
        _ prefix: String, bucket: String = "tasks", access: String = "test:tester", secret: String = secret,
        region: String = "us-east-1", now: @escaping @Sendable () -> Timestamp = { .now() }
    ) throws -> S3Connector {
        let port = try Self.server.get().port
        return S3Connector(
            S3Settings(
                bucket: bucket, prefix: [prefix], endpoint: "http://127.0.0.1:\(port)", region: region,
                credentials: S3Credentials(accessKey: access, secretKey: secret)),
            client: Self.client, now: now)
    }

    @Test func files_arePutListedReadMovedAndRemoved_whateverTheyAreCalled() async throws {
        let storage = try storage("names")
        for name in StorageNames.odd { try await StorageNames.check(storage, name) }
    }

    @Test func changedFile_hasAnotherVersion_andTheSameContentTheSame() async throws {
        let storage = try storage("versions")
        var versions: [String?] = []
        for text in ["one", "two", "one"] {
            try await storage.upload(Array(text.utf8), to: "a.md")
            versions.append(try await storage.list("")?.first?.version)
        }
        #expect(versions[0] != versions[1] && versions[0] == versions[2] && versions[0] != nil)
    }

    @Test func directoryOfManyPages_isListedWhole_withoutSubdirectories() async throws {
        let storage = try storage("many", bucket: "many")
        try await storage.upload([], to: "in/deeper/x.md")
        let files = try #require(try await storage.list("in"))
        #expect(Set(files.map(\.name)) == Set((0..<1100).map { "\($0).md" }) && files.count == 1100)
        #expect(files.first { $0.name == "1099.md" }?.size == 1099)
    }

    @Test func whatIsNotThere_isNoError_butNoMove() async throws {
        let storage = try storage("nothing")
        #expect(try await storage.list("in") == [])
        #expect(try await storage.download("in/a.md", limit: 10) == nil)
        try await storage.delete("in/a.md")
        let error = await #expect(throws: ConnectorError.self) { try await storage.move("in/a.md", to: "old/a.md") }
        #expect(error?.message == "move: it is not there")
    }

    @Test func largeFile_isRefusedBeforeItIsReadWhole() async throws {
        let storage = try storage("large")
        try await storage.upload([UInt8](repeating: 7, count: 300_000), to: "a.md")
        for limit in [100, 299_999] {
            let error = await #expect(throws: ConnectorError.self) {
                _ = try await storage.download("a.md", limit: limit)
            }
            #expect(error?.kind == .tooLarge)
        }
        #expect(try await storage.download("a.md", limit: 300_000)?.count == 300_000)
    }

    @Test func wrongSettings_areSaidAsWhatTheyAre_withoutTheSecret() async throws {
        let cases: [(S3Connector, String)] = [
            (try storage("x", secret: "hunter2"), "list: the secret key is not the access key's"),
            (try storage("x", bucket: "none"), "list: there is no bucket none at 127.0.0.1"),
            (try storage("x", region: "eu-west-1"), "list: the bucket is in region us-east-1; set region: us-east-1"),
            (
                try storage("x", now: { Timestamp.now().adding(seconds: -3600) }),
                "list: this machine's clock is wrong by the storage's"
            ),
        ]
        for (storage, message) in cases {
            let error = await #expect(throws: ConnectorError.self) { _ = try await storage.list("in") }
            #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("hunter2") == false)
        }
    }

    @Test(arguments: ["../a.md", "in/../../a.md", "a\r\nb.md", "in/\u{0}", "", "/"])
    func path_neverLeavesTheRoot(_ path: String) async throws {
        let storage = try storage("root")
        await #expect(throws: ConnectorError.self) { try await storage.upload([1], to: path) }
        await #expect(throws: ConnectorError.self) { try await storage.delete(path) }
    }

    @Test func serverThatDied_isAnError() async throws {
        let server = try StorageServer("s3-server.py", [Self.secret, "tasks"])
        let storage = S3Connector(
            S3Settings(
                bucket: "tasks", endpoint: "http://127.0.0.1:\(server.port)",
                credentials: S3Credentials(accessKey: "test:tester", secretKey: Self.secret)),
            client: Self.client)
        try await storage.upload([1, 2, 3], to: "a.md")
        #expect(try await storage.list("")?.count == 1)
        server.kill()
        await #expect(throws: ConnectorError.self) { _ = try await storage.list("") }
        await #expect(throws: ConnectorError.self) { try await storage.upload([1], to: "b.md") }
    }
}
