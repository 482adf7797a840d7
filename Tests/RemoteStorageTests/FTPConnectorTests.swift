import Connectors
import Curl
import LoopbackServer
import RemoteStorage
import StorageServers
import TestSupport
import Testing

/// Against pyftpdlib's server.
@Suite(.timeLimit(.minutes(2))) struct FTPConnectorTests {
    /// The kinds of servers.
    enum Kind: CaseIterable { case explicit, implicit, plain, old }

    private static let password = "a password for tests"
    private static let servers = [
        Kind.explicit: start(), .implicit: start("implicit"), .plain: start("plain"), .old: start("no-mlsd"),
    ]

    private static func start(_ options: String...) -> Result<StorageServer, any Error> {
        Result { try StorageServer("ftp-server.py", [password] + options) }
    }

    private func server(_ kind: Kind) throws -> StorageServer { try #require(Self.servers[kind]).get() }

    /// In a directory that is a test's own.
    private func storage(
        _ kind: Kind, _ directory: String, of other: StorageServer? = nil, password: String = password,
        security: FTPSettings.Security? = nil, isTrusted: Bool = true
    ) throws -> FTPConnector {
        let server = try other ?? server(kind)
        try StorageFiles.makeDirectory("\(server.facts["home"] ?? "")/\(directory)")
        let usual: FTPSettings.Security =
            switch kind {
            case .explicit, .old: .explicit
            case .implicit: .implicit
            case .plain: .none
            }
        return FTPConnector(
            FTPSettings(
                host: "127.0.0.1", port: server.port, root: [directory],
                credentials: CurlCredentials(user: "me", password: password), security: security ?? usual,
                caFile: isTrusted ? server.facts["ca"] : nil),
            client: CurlClient(), isCandidate: { $0.hasPrefix("in/") })
    }

    @Test func files_arePutListedReadMovedAndRemoved_whateverTheyAreCalled() async throws {
        let storage = try storage(.explicit, "names")
        for name in StorageNames.odd { try await StorageNames.check(storage, name) }
    }

    @Test(arguments: [Kind.implicit, .plain, .old])
    func otherServers_areNoOther(_ kind: Kind) async throws {
        try await StorageNames.check(try storage(kind, "names"), StorageNames.odd[1])
    }

    @Test(arguments: [Kind.explicit, .old])
    func changedFile_hasAnotherVersion_toTheSecond(_ kind: Kind) async throws {
        let storage = try storage(kind, "versions")
        try await storage.upload([1], to: "in/a.md")
        let home = try server(kind).facts["home"] ?? ""
        var versions: Set<String> = []
        for second in [1_000_000_000, 1_000_000_001, 1_000_000_000] {
            try StorageFiles.setTime(of: "\(home)/versions/in/a.md", to: second)
            versions.insert(try #require(try await storage.list("in")?.first?.version))
        }
        #expect(versions.count == 2)
    }

    @Test(arguments: [Kind.explicit, .old])
    func directoriesAreNotListed_andThousandFilesAre(_ kind: Kind) async throws {
        let storage = try storage(kind, "many")
        let home = try server(kind).facts["home"] ?? ""
        try await storage.upload([1], to: "in/a.md")
        try await storage.upload([1], to: "in/deeper.md/b.md")
        #expect(try await storage.list("in")?.map(\.name) == ["a.md"])
        try StorageFiles.makeDirectory("\(home)/many/old")
        for number in 0..<1100 { try StorageFiles.write("x", to: "\(home)/many/old/\(number).md") }
        #expect(Set(try await storage.list("old")?.map(\.path) ?? []) == Set((0..<1100).map { "old/\($0).md" }))
    }

    @Test(arguments: [Kind.explicit, .old])
    func whatIsNotThere_isNoError_butNoMove(_ kind: Kind) async throws {
        let storage = try storage(kind, "nothing")
        #expect(try await storage.list("in") == nil)
        #expect(try await storage.list("") == [])
        #expect(try await storage.download("in/a.md", limit: 10) == nil)
        try await storage.delete("in/a.md")
        let move = await #expect(throws: ConnectorError.self) { try await storage.move("in/a.md", to: "old/a.md") }
        #expect(move?.message == "move: it is not there")
    }

    /// A server is asked whether an empty directory is one, which must not change where what follows goes.
    @Test(arguments: [Kind.explicit, .old])
    func emptyDirectory_isNotMissing_andWhatIsPutThereNextIsThere(_ kind: Kind) async throws {
        let storage = try storage(kind, "empty")
        let place = "\(try server(kind).facts["home"] ?? "")/empty/out"
        try StorageFiles.makeDirectory(place)
        for _ in 0..<2 {
            #expect(try await storage.list("out") == [])
            #expect(try await storage.names(in: "out") == [])
        }
        try await storage.upload([5], to: "out/a.md")
        #expect(try await storage.names(in: "out") == ["a.md"])
        #expect(StorageFiles.names(in: place) == ["a.md"])
    }

    @Test func largeFile_isRefusedBeforeItIsReadWhole() async throws {
        let storage = try storage(.explicit, "large")
        try await storage.upload([UInt8](repeating: 7, count: 300_000), to: "a.md")
        let error = await #expect(throws: ConnectorError.self) {
            _ = try await storage.download("a.md", limit: 299_999)
        }
        #expect(error?.kind == .tooLarge)
        #expect(try await storage.download("a.md", limit: 300_000)?.count == 300_000)
    }

    @Test func upload_replacesWhatIsThere_andLeavesNothingElse() async throws {
        let storage = try storage(.explicit, "replacing")
        try await storage.upload([2], to: "b.md")
        try await storage.upload([3, 3], to: "b.md")
        #expect(try await storage.download("b.md", limit: 10) == [3, 3])
        #expect(try await storage.list("")?.map(\.name) == ["b.md"])
    }

    @Test func wrongSettings_areSaidAsWhatTheyAre_withoutThePassword() async throws {
        let cases: [(FTPConnector, String)] = [
            (try storage(.explicit, "x", password: "hunter2"), "list: 127.0.0.1 does not let me in; look at user"),
            (try storage(.explicit, "x", isTrusted: false), "list: the certificate of 127.0.0.1 is not believed"),
            (try storage(.plain, "x", security: .explicit), "list: 127.0.0.1 does not encrypt"),
        ]
        for (storage, message) in cases {
            let error = await #expect(throws: ConnectorError.self) { _ = try await storage.list("in") }
            #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("hunter2") == false)
        }
    }

    @Test func passwordIsNotSent_whereNothingEncrypts() async throws {
        let commands = Facts(of: String.self)
        let server = try TestServer { connection in
            connection.write("220 hello\r\n")
            while let line = connection.readLine() {
                commands.report(line)
                if line == "QUIT" { break }
                connection.write("502 no\r\n")
            }
            commands.report("end")
        }
        let storage = FTPConnector(
            FTPSettings(
                host: "127.0.0.1", port: Int(server.port), root: [],
                credentials: CurlCredentials(user: "me", password: "hunter2")),
            client: CurlClient(), isCandidate: { _ in true })
        await #expect(throws: ConnectorError.self) { _ = try await storage.list("in") }
        var said: [String] = []
        while said.last != "end" { said.append(try await commands.next()) }
        #expect(
            said.contains { $0.hasPrefix("AUTH") } && !said.contains { $0.hasPrefix("USER") || $0.hasPrefix("PASS") })
    }

    @Test(arguments: ["../a.md", "in/../../a.md", "a\r\nDELE b.md", "in/\u{0}", "", "/"])
    func path_neverLeavesTheRoot(_ path: String) async throws {
        let storage = try storage(.explicit, "root")
        await #expect(throws: ConnectorError.self) { try await storage.upload([1], to: path) }
        await #expect(throws: ConnectorError.self) { try await storage.delete(path) }
    }

    @Test func serverThatDied_isAnError() async throws {
        let server = try StorageServer("ftp-server.py", [Self.password])
        let storage = try storage(.explicit, "dying", of: server)
        try await storage.upload([1, 2, 3], to: "a.md")
        server.kill()
        await #expect(throws: ConnectorError.self) { _ = try await storage.list("") }
        await #expect(throws: ConnectorError.self) { try await storage.upload([1], to: "b.md") }
    }
}
