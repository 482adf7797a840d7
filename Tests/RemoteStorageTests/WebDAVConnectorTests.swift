import Connectors
import RemoteStorage
import StorageServers
import Testing

/// Against real servers of WebDAV.
@Suite(.timeLimit(.minutes(3))) struct WebDAVConnectorTests {
    static let servers = ["apache", "rclone"]
    /// What has a meaning in a URL, or is none of ASCII.
    static let name = "Größe 100% #1 ?&+;=ü.md"

    @Test(arguments: servers)
    func file_goesThereAndBack_moves_andGoes(kind: String) async throws {
        let server = try StorageServer("http-server.py", [kind])
        let storage = try HTTPStorage.webDAV(kind, server)
        let path = "in/deep er/\(Self.name)"
        try await storage.upload(Array("one".utf8), to: path)
        #expect(try await storage.download(path, limit: 3) == Array("one".utf8))
        let listed = try #require(try await storage.list("in/deep er"))
        #expect(listed.map(\.path) == [path] && listed.first?.size == 3 && listed.first?.version != nil)
        try await storage.upload(Array("other".utf8), to: path)
        let changed = try #require(try await storage.list("in/deep er"))
        #expect(changed.count == 1 && changed.first?.version != listed.first?.version)
        try await storage.move(path, to: "old/new/\(Self.name)")
        #expect(try await storage.list("in/deep er") == [])
        #expect(try await storage.download("old/new/\(Self.name)", limit: 9) == Array("other".utf8))
        try await storage.delete("old/new/\(Self.name)")
        try await storage.delete("old/new/\(Self.name)")
        #expect(try await storage.download("old/new/\(Self.name)", limit: 9) == nil)
    }

    @Test(arguments: servers)
    func listing_hasTheFilesOfOneDirectory_andNilForOneThatIsNotThere(kind: String) async throws {
        let server = try StorageServer("http-server.py", [kind])
        let storage = try HTTPStorage.webDAV(kind, server)
        #expect(try await storage.list("") == [])
        try await storage.upload([1], to: "a.md")
        try await storage.upload([1], to: "sub/b.md")
        let first = try #require(try await storage.list(""))
        #expect(first.map(\.path) == ["a.md"])
        #expect(try await storage.list("") == first)
        #expect(try await storage.list("sub")?.map(\.path) == ["sub/b.md"])
        #expect(try await storage.list("nowhere") == nil)
        #expect(try await storage.download("nowhere/a.md", limit: 9) == nil)
    }

    @Test(arguments: servers)
    func move_neverReplaces(kind: String) async throws {
        let server = try StorageServer("http-server.py", [kind])
        let storage = try HTTPStorage.webDAV(kind, server)
        try await storage.upload(Array("one".utf8), to: "a.md")
        try await storage.upload(Array("two".utf8), to: "b.md")
        let taken = await HTTPStorage.error { try await storage.move("a.md", to: "b.md") }
        #expect(taken?.message == "move: there is a file already (HTTP 412)")
        let gone = await HTTPStorage.error { try await storage.move("gone.md", to: "c.md") }
        #expect(gone?.kind == .failed)
        #expect(try await storage.download("a.md", limit: 9) == Array("one".utf8))
        #expect(try await storage.download("b.md", limit: 9) == Array("two".utf8))
    }

    @Test(arguments: servers)
    func largeFile_isNotReadWhole(kind: String) async throws {
        let server = try StorageServer("http-server.py", [kind])
        let storage = try HTTPStorage.webDAV(kind, server)
        try await storage.upload([UInt8](repeating: 7, count: 300_000), to: "a.md")
        #expect(try await storage.download("a.md", limit: 300_000)?.count == 300_000)
        #expect(await HTTPStorage.error { _ = try await storage.download("a.md", limit: 1000) }?.kind == .tooLarge)
    }

    @Test(arguments: servers)
    func refusedUser_isToldWhatToSet_withoutThePassword(kind: String) async throws {
        let server = try StorageServer("http-server.py", [kind])
        let url = "dav://127.0.0.1:\(server.port)\(kind == "apache" ? "/dav" : "")"
        let nobody = WebDAVConnector(try HTTPStorage.http(url))
        let unknown = await HTTPStorage.error { _ = try await nobody.list("") }
        #expect(unknown?.message.contains("set user, and password_file or password_env, or token_file") == true)
        let wrong = WebDAVConnector(try HTTPStorage.http(url, HTTPStorage.user("hunter2")))
        let refused = await HTTPStorage.error { try await wrong.upload([1], to: "a.md") }
        #expect(refused?.message.contains("refuses the user me with that password") == true)
        let token = WebDAVConnector(try HTTPStorage.http(url, .bearer("hunter2")))
        let second = await HTTPStorage.error { _ = try await token.list("") }
        #expect(second?.message.contains("check what token_file names") == true)
        #expect(
            "\(refused?.message ?? "")\(second?.message ?? "")\(HTTPStorage.user("hunter2"))".contains("hunter2")
                == false)
    }

    @Test func certificateOfAnAuthorityOfOnesOwn_isBelieved_onlyIfItIsNamed() async throws {
        let server = try StorageServer("http-server.py", ["apache-tls"])
        let url = "davs://127.0.0.1:\(server.port)/dav"
        let storage = WebDAVConnector(try HTTPStorage.http(url, HTTPStorage.user(), ca: server.facts["ca"]))
        try await storage.upload([1], to: "a.md")
        #expect(try await storage.list("")?.map(\.path) == ["a.md"])
        let other = WebDAVConnector(try HTTPStorage.http(url, HTTPStorage.user()))
        let refused = await HTTPStorage.error { _ = try await other.list("") }
        #expect(refused?.message.hasSuffix("name it as ca_file") == true)
    }

    @Test func directoryThatIsNoWebDAV_isToldFromOne() async throws {
        let server = try StorageServer("http-server.py", ["apache"])
        let storage = WebDAVConnector(try HTTPStorage.http("dav://127.0.0.1:\(server.port)/index"))
        let error = await HTTPStorage.error { _ = try await storage.list("") }
        #expect(error?.message == "list: the server knows no such operation there; check url (HTTP 405)")
    }
}
