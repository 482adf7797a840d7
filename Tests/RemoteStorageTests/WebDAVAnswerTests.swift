import Connectors
import LoopbackServer
import RemoteStorage
import Testing

/// What servers answer that do not do as they are asked.
@Suite(.timeLimit(.minutes(2))) struct WebDAVAnswerTests {
    /// A server that gives the same answer to everything.
    private func storage(
        _ status: String, headers: [String] = [], _ body: String = "", path: String = "/dav"
    ) throws -> (TestServer, WebDAVConnector) {
        let server = try TestServer { connection in
            while connection.read() != nil { connection.respond(status, headers: headers, body) }
        }
        return (server, WebDAVConnector(try HTTPStorage.http("dav://127.0.0.1:\(server.port)\(path)")))
    }

    @Test(arguments: [
        ("423 Locked", "upload: somebody has locked it (HTTP 423)"),
        ("507 Insufficient Storage", "upload: the storage is full (HTTP 507)"),
        ("403 Forbidden", "upload: the server does not allow it (HTTP 403)"),
        ("500 Oops", "upload: the server failed (HTTP 500)"),
        ("204 No Content", nil), ("201 Created", nil),
    ])
    func statusOfAnUpload_isSaidAsWhatItIs(status: String, message: String?) async throws {
        let (server, storage) = try storage(status)
        #expect(await HTTPStorage.error { try await storage.upload([1], to: "a.md") }?.message == message)
        #expect(server.connections > 0)
    }

    @Test(arguments: ["429 Too Many Requests", "503 Service Unavailable"])
    func serverThatWantsToBeLeftAlone_isAskedNothingMeanwhile(status: String) async throws {
        let requests = Facts(of: String.self)
        let server = try TestServer { connection in
            while let request = connection.read() {
                requests.report(request.line)
                connection.respond(request.line.hasPrefix("PROPFIND") ? status : "500 No", headers: ["Retry-After: 30"])
            }
        }
        let storage = WebDAVConnector(try HTTPStorage.http("dav://127.0.0.1:\(server.port)/dav"))
        let first = await HTTPStorage.error { _ = try await storage.list("") }
        #expect(first?.message.hasSuffix("(HTTP \(status.prefix(3)), Retry-After: 30)") == true)
        let second = await HTTPStorage.error { _ = try await storage.download("a.md", limit: 9) }
        #expect(second?.message.hasPrefix("download: the server asked to be left alone for ") == true)
        #expect(try await requests.next() == "PROPFIND /dav/ HTTP/1.1" && server.connections == 1)
    }

    @Test func redirect_isNotFollowed_butSaid_withoutItsQuery() async throws {
        let (server, storage) = try storage(
            "301 Moved", headers: ["Location: https://elsewhere.example/dav/?token=hunter2"])
        let error = await HTTPStorage.error { _ = try await storage.list("") }
        #expect(
            error?.message
                == "list: the server says that it is at https://elsewhere.example/dav/; that is not followed: mend url (HTTP 301)"
        )
        #expect(server.connections == 1)
    }

    private static func multistatus(_ responses: String) -> String {
        "<?xml version=\"1.0\"?><x:multistatus xmlns:x=\"DAV:\">\(responses)</x:multistatus>"
    }

    private static func response(_ href: String, _ properties: String) -> String {
        "<x:response><x:href>\(href)</x:href><x:propstat><x:prop>\(properties)</x:prop>"
            + "<x:status>HTTP/1.1 200 OK</x:status></x:propstat></x:response>"
    }

    private static let collection = "<x:resourcetype><x:collection/></x:resourcetype>"

    @Test func answerOfNextcloud_isUnderstood() async throws {
        let body = Self.multistatus(
            Self.response("/dav/", Self.collection)
                + Self.response(
                    "/dav/in%20%C3%BC.md",
                    "<x:resourcetype/><x:getetag>\"a1\"</x:getetag><x:getcontentlength> 7 </x:getcontentlength>")
                + Self.response("/dav/sub/", Self.collection)
                + "<x:response><x:href>/dav/w.md</x:href><x:propstat><x:prop><x:resourcetype/>"
                + "<x:getlastmodified>now</x:getlastmodified></x:prop><x:status>HTTP/1.1 200 OK</x:status></x:propstat>"
                + "<x:propstat><x:prop><x:getetag/></x:prop><x:status>HTTP/1.1 404 Not Found</x:status></x:propstat>"
                + "</x:response>" + Self.response("http://proxy.example:99/dav/v.md", "<x:getetag>W/\"b\"</x:getetag>"))
        let (server, storage) = try storage("207 Multi-Status", body)
        let files = try await storage.list("")
        #expect(
            files == [
                RemoteFile(path: "in ü.md", size: 7, version: "\"a1\""),
                RemoteFile(path: "w.md", size: nil, version: "now "), RemoteFile(path: "v.md", version: "\"b\""),
            ])
        #expect(server.connections == 1)
    }

    @Test func placesElsewhere_areNotListed() async throws {
        let strange = [
            "/dav/../etc/a.md", "/dav/%2e%2e/a.md", "/dav/x%2Fy.md", "/other/a.md", "/dav/a/b.md", "a.md", "/dav/%zz",
        ]
        let body = Self.multistatus(
            Self.response("/dav", Self.collection) + strange.map { Self.response($0, "<x:resourcetype/>") }.joined())
        let (server, storage) = try storage("207 Multi-Status", body)
        #expect(try await storage.list("") == [])
        #expect(server.connections == 1)
    }

    @Test(arguments: [
        (
            "207 Multi-Status", "<!DOCTYPE x [<!ENTITY a \"b\">]><x/>",
            "list: the server's answer has a document type declaration"
        ),
        (
            "207 Multi-Status", String(repeating: "<a>", count: 200),
            "list: the server's answer has elements nested more than 100 deep"
        ),
        ("207 Multi-Status", "{}", "list: the server's answer is not well-formed XML"),
        ("207 Multi-Status", "<html/>", "list: the server's answer is no listing of WebDAV"),
        ("207 Multi-Status", multistatus(""), "list: the server answers for another directory than the url's"),
        ("207 Multi-Status", multistatus(response("/dav", "")), "list: it is a file, no directory"),
        ("200 OK", "<html>Hello</html>", "list: the server speaks no WebDAV there (HTTP 200)"),
    ])
    func answerThatIsNoListing_isRefused(status: String, body: String, message: String) async throws {
        let (server, storage) = try storage(status, body)
        let error = await HTTPStorage.error { _ = try await storage.list("") }
        #expect(error?.kind == .failed && error?.message.hasPrefix(message) == true)
        #expect(server.connections == 1)
    }
}
