import Connectors
import Curl
import RemoteStorage
import StorageServers
import SystemPackage
import TestSupport
import Testing

/// Against OpenSSH's server.
@Suite(.timeLimit(.minutes(2))) struct SFTPConnectorTests {
    private static let server = Result { try StorageServer("sftp-server.py", []) }

    /// In a directory that is a test's own.
    private func storage(
        _ directory: String, of server: StorageServer? = nil, key: String? = "user", password: String = "",
        known: String = "known", isThere: Bool = true
    ) throws -> SFTPConnector {
        let server = try server ?? Self.server.get()
        let (root, home) = (server.facts["root"] ?? "", server.facts["home"] ?? "")
        if isThere { try StorageFiles.makeDirectory("\(home)/\(directory)") }
        return SFTPConnector(
            SFTPSettings(
                host: "127.0.0.1", port: server.port,
                root: "\(home)/\(directory)".split(separator: "/").map(String.init),
                credentials: CurlCredentials(user: server.facts["user"] ?? "", password: password),
                keyFile: key.map { "\(root)/\($0)" }, knownHosts: "\(root)/\(known)"),
            client: CurlClient(), isCandidate: { $0.hasPrefix("in/") })
    }

    @Test func files_arePutListedReadMovedAndRemoved_whateverTheyAreCalled() async throws {
        let storage = try storage("names")
        for name in StorageNames.odd { try await StorageNames.check(storage, name) }
    }

    @Test func changedFile_hasAnotherVersion_toTheSecond() async throws {
        let storage = try storage("versions")
        try await storage.upload([1], to: "in/a.md")
        let home = try Self.server.get().facts["home"] ?? ""
        var versions: [String?] = []
        for second in [1_000_000_000, 1_000_000_001, 1_000_000_000] {
            try StorageFiles.setTime(of: "\(home)/versions/in/a.md", to: second)
            versions.append(try await storage.list("in")?.first?.version)
        }
        #expect(versions == ["1 1000000000", "1 1000000001", "1 1000000000"])
    }

    @Test func onlyRegularFiles_areListed() async throws {
        let storage = try storage("kinds")
        let home = try Self.server.get().facts["home"] ?? ""
        try await storage.upload([1], to: "in/a.md")
        try await storage.upload([1], to: "in/deeper/b.md")
        try StorageFiles.link("\(home)/kinds/in/link.md", to: "/etc/passwd")
        try StorageFiles.write("x", to: "\(home)/kinds/in/-rw-r--r-- 1 a b 7 Jan  1  2026 c.md")
        try StorageFiles.write("x", to: "\(home)/kinds/in/new\nline.md")
        let names = try await storage.list("in")?.map(\.name).sorted()
        #expect(names == ["-rw-r--r-- 1 a b 7 Jan  1  2026 c.md", "a.md"])
    }

    @Test func thousandFiles_areListed() async throws {
        let storage = try storage("many")
        let home = try Self.server.get().facts["home"] ?? ""
        try StorageFiles.makeDirectory("\(home)/many/old")
        for number in 0..<1100 { try StorageFiles.write("x", to: "\(home)/many/old/\(number).md") }
        #expect(Set(try await storage.list("old")?.map(\.path) ?? []) == Set((0..<1100).map { "old/\($0).md" }))
    }

    @Test func whatIsNotThere_isNoError_butNoMove_andNoRootIsMade() async throws {
        let storage = try storage("nothing")
        #expect(try await storage.list("in") == nil)
        #expect(try await storage.list("") == [])
        #expect(try await storage.download("in/a.md", limit: 10) == nil)
        try await storage.delete("in/a.md")
        let move = await #expect(throws: ConnectorError.self) { try await storage.move("in/a.md", to: "old/a.md") }
        #expect(move?.message == "move: it is not there")
        let unmounted = try self.storage("unmounted", isThere: false)
        let upload = await #expect(throws: ConnectorError.self) { try await unmounted.upload([1], to: "in/a.md") }
        #expect(upload?.message.hasSuffix("/unmounted is not there on 127.0.0.1; make it, or mend url") == true)
    }

    @Test func move_replacesNothing_andUploadDoes() async throws {
        let storage = try storage("replacing")
        try await storage.upload([1], to: "a.md")
        try await storage.upload([2], to: "b.md")
        await #expect(throws: ConnectorError.self) { try await storage.move("a.md", to: "b.md") }
        #expect(try await storage.download("b.md", limit: 10) == [2])
        try await storage.upload([3, 3], to: "b.md")
        #expect(try await storage.download("b.md", limit: 10) == [3, 3])
        #expect(try await storage.list("")?.map(\.name).sorted() == ["a.md", "b.md"])
    }

    @Test func largeFile_isRefusedBeforeItIsReadWhole() async throws {
        let storage = try storage("large")
        try await storage.upload([UInt8](repeating: 7, count: 300_000), to: "a.md")
        let error = await #expect(throws: ConnectorError.self) {
            _ = try await storage.download("a.md", limit: 299_999)
        }
        #expect(error?.kind == .tooLarge)
        #expect(try await storage.download("a.md", limit: 300_000)?.count == 300_000)
    }

    @Test func lockedKey_isOpenedWithThePassword() async throws {
        let storage = try storage("locked", key: "locked", password: "open sesame")
        #expect(try await storage.list("") == [])
    }

    @Test func wrongSettings_areSaidAsWhatTheyAre_withoutThePassword() async throws {
        let port = try Self.server.get().port
        let cases: [(SFTPConnector, String)] = [
            (try storage("x", known: "empty"), "ssh-keyscan -p \(port) 127.0.0.1 >> "),
            (try storage("x", known: "changed"), "ssh-keygen -R '[127.0.0.1]:\(port)' -f "),
            (try storage("x", key: "stranger"), "is the public key in authorized_keys there"),
            (try storage("x", key: "locked", password: "hunter2"), "is the public key in authorized_keys there"),
            (try storage("x", key: nil, password: "hunter2"), "in with the password; look at user, and password_file"),
        ]
        for (storage, message) in cases {
            let error = await #expect(throws: ConnectorError.self) { _ = try await storage.list("") }
            #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
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
        let server = try StorageServer("sftp-server.py", [])
        let storage = try storage("dying", of: server)
        try await storage.upload([1, 2, 3], to: "a.md")
        server.kill()
        await #expect(throws: ConnectorError.self) { _ = try await storage.list("") }
        await #expect(throws: ConnectorError.self) { try await storage.upload([1], to: "b.md") }
    }
}
