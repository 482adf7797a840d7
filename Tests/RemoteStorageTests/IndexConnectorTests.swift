import Connectors
import FoundationEssentials
import LoopbackServer
import RemoteStorage
import StorageServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct IndexConnectorTests {
    private func put(_ text: String, _ path: String, _ server: StorageServer) throws {
        let file = "\(server.facts["root"] ?? "/nowhere")/\(path)"
        if let end = file.lastIndex(of: "/") {
            try FileManager.default.createDirectory(atPath: String(file[..<end]), withIntermediateDirectories: true)
        }
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    @Test(arguments: ["python", "apache"])
    func files_areListedAndRead_andNothingIsWritten(kind: String) async throws {
        let server = try StorageServer("http-server.py", [kind])
        let name = "Größe 100% #1 ?&+;='\"<ü>.md"
        try put("one", "in/\(name)", server)
        try put("two", "in/b.md", server)
        try put("no", "in/sub/c.md", server)
        try put("no", "d.md", server)
        let storage = IndexConnector(
            try HTTPStorage.http("http://127.0.0.1:\(server.port)\(kind == "apache" ? "/index" : "")"))
        let first = try #require(try await storage.list("in"))
        #expect(first.map(\.path).sorted() == ["in/\(name)", "in/b.md"].sorted())
        #expect(first.allSatisfy { $0.size == 3 && $0.version != nil })
        #expect(try await storage.list("in") == first)
        #expect(try await storage.download("in/\(name)", limit: 9) == Array("one".utf8))
        #expect(await HTTPStorage.error { _ = try await storage.download("in/b.md", limit: 2) }?.kind == .tooLarge)
        #expect(try await storage.list("nowhere") == nil)
        #expect(try await storage.download("nowhere.md", limit: 9) == nil)
        try put("three", "in/b.md", server)
        let second = try #require(try await storage.list("in"))
        #expect(Set(second).intersection(first).map(\.path) == ["in/\(name)"])
        #expect(await HTTPStorage.error { try await storage.upload([1], to: "in/b.md") }?.kind == .unsupported)
        #expect(await HTTPStorage.error { try await storage.move("in/b.md", to: "c.md") }?.kind == .unsupported)
        #expect(await HTTPStorage.error { try await storage.delete("in/b.md") }?.kind == .unsupported)
    }

    /// A server that shows one page for a directory, and has every file.
    private func storage(_ type: String, _ page: String) throws -> (TestServer, IndexConnector) {
        let server = try TestServer { connection in
            while let request = connection.read() {
                if request.line.hasPrefix("HEAD") {
                    connection.write("HTTP/1.1 200 OK\r\nETag: W/\"e\"\r\nContent-Length: 5\r\n\r\n")
                } else {
                    connection.respond(headers: ["Content-Type: \(type)"], page)
                }
            }
        }
        return (server, IndexConnector(try HTTPStorage.http("http://127.0.0.1:\(server.port)/a b")))
    }

    @Test func listingOfNginx_inJSON_isRead() async throws {
        let (server, storage) = try storage(
            "application/json",
            """
            [{ "name":"sub", "type":"directory", "mtime":"Fri, 27 Nov 2026 08:00:00 GMT" },
            { "name":"a b.md", "type":"file", "mtime":"Fri, 27 Nov 2026 08:00:01 GMT", "size":7 },
            { "name":"../x.md", "type":"file", "mtime":"", "size":7 }]
            """)
        #expect(
            try await storage.list("in") == [
                RemoteFile(path: "in/a b.md", size: 7, version: "Fri, 27 Nov 2026 08:00:01 GMT 7")
            ])
        #expect(server.connections == 1)
    }

    @Test func linksToOtherPlaces_areLeftAlone() async throws {
        let (server, storage) = try storage(
            "text/html; charset=utf-8",
            """
            <html><a href="../">up</a> <A class=x HREF='one.md'>1</A> <a href=two%20.md>2</a><a href="./3:.md">3</a>
            <a href="/a%20b/in/four.md">4</a> <a href="http://elsewhere/a%20b/in/five.md">5</a> <a href="?C=N;O=D">sort</a>
            <a href="sub/">d</a> <a href="sub/x.md">x</a> <a href="/etc/passwd.md">y</a> <a href="%2e%2e">z</a>
            <a href="mailto:me">m</a> <a href="one.md">again</a> <abbr href="no.md"> <a name="n"> <a href="a&amp;b.md">&</a>
            <a href="x%zz.md">x</a> <a href="x#y.md"> <a href=
            """)
        let paths = try #require(try await storage.list("in")).map(\.path)
        #expect(
            paths == ["in/3:.md", "in/a&b.md", "in/four.md", "in/one.md", "in/two .md"])
        #expect(server.connections > 0)
    }

    @Test(arguments: [("text/plain", "a.md"), ("application/json", "{\"name\": \"a.md\"}"), ("application/json", "[")])
    func pageThatIsNoIndex_isRefused(type: String, page: String) async throws {
        let (server, storage) = try storage(type, page)
        #expect(await HTTPStorage.error { _ = try await storage.list("in") }?.message.hasSuffix("check url") == true)
        #expect(server.connections == 1)
    }
}
