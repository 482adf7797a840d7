import LoopbackServer
import Testing

@testable import Curl

@Suite(.timeLimit(.minutes(3))) struct CurlFailureTests {
    let client = CurlClient()

    private func failure(_ request: CurlRequest) async -> CurlError? {
        await #expect(throws: CurlError.self) { try await client.send(request) }
    }

    @Test func refusedConnection_throwsCouldNotConnect_andNothingWasSent() async throws {
        let closed = try ClosedPort()
        let error = await failure(CurlRequest(method: "POST", url: "http://127.0.0.1:\(closed.port)/", body: [1]))
        #expect(error?.code == .couldNotConnect)
        #expect(error?.wasPossiblySent == false)
        #expect(error?.message.contains("\(closed.port)") == true)
    }

    @Test func hostWithoutAddress_throwsCouldNotResolve_andNothingWasSent() async throws {
        // Too long a label for DNS, so that nobody is asked.
        let error = await failure(CurlRequest(url: "http://\(String(repeating: "x", count: 64)).invalid/"))
        #expect(error?.code == .couldNotResolve)
        #expect(error?.wasPossiblySent == false)
    }

    @Test func serverThatSpeaksNoTLS_throwsTLS_andNothingWasSent() async throws {
        let server = try TestServer { $0.respond("400 Bad Request") }
        let error = await failure(CurlRequest(url: server.url(scheme: "https")))
        #expect(error?.code == .tls)
        #expect(error?.wasPossiblySent == false)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", "SSH-2.0-x\r\n\r\n",
    ])
    func serverThatBreaksOff_throwsProtocolError(answer: String) async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write(answer)
        }
        let error = await failure(CurlRequest(method: "POST", url: server.url(), body: [1]))
        #expect(error?.code == .protocolError)
        #expect(error?.wasPossiblySent == true)
        #expect(server.connections == 1)
    }

    @Test func brokenChunk_throwsProtocolError() async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        }
        #expect(await failure(CurlRequest(url: server.url()))?.code == .protocolError)
    }

    @Test(arguments: [
        "", "/relative", "localhost:80/", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/",
        "http://", "http://user:secret@127.0.0.1/", "http://user@127.0.0.1/", "http://127.0.0.1:99999/",
        "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1/\0", "http://127.0.0.1/ä",
    ])
    func url_thatIsNotPlainHTTP_throwsInvalidURL(url: String) async throws {
        let error = await failure(CurlRequest(url: url))
        #expect(error?.code == .invalidURL)
        #expect(error?.wasPossiblySent == false)
        #expect(error?.message.contains("secret") == false)
    }

    @Test(arguments: [
        ("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "a\rb"), ("X", "a\0b"), ("X\r\nY", "a"), ("X Y", "a"), ("X:Y", "a"),
        ("", "a"),
        ("Content-Length", "5"), ("transfer-encoding", "chunked"), ("Expect", "100-continue"),
    ])
    func header_thatCouldChangeTheRequest_throwsInvalidRequest(name: String, value: String) async throws {
        let server = try TestServer { _ in }
        let error = await failure(CurlRequest(url: server.url(), headers: [(name, value)]))
        #expect(error?.code == .invalidRequest)
        #expect(error?.wasPossiblySent == false)
        #expect(server.connections == 0)
    }

    @Test(arguments: ["", "GET /x HTTP/1.1\r\nX:", "G T", "GET\0"])
    func method_thatIsNoWord_throwsInvalidRequest(method: String) async throws {
        #expect(await failure(CurlRequest(method: method, url: "http://127.0.0.1:1/"))?.code == .invalidRequest)
    }

    @Test(arguments: [("a:b", "c"), ("a", "b\0"), ("a\n", "b")])
    func credentials_thatBasicAuthCannotCarry_throwInvalidRequest(user: String, password: String) async throws {
        let credentials = CurlCredentials(user: user, password: password)
        #expect(await failure(CurlRequest(url: "http://127.0.0.1:1/", basicAuth: credentials))?.code == .invalidRequest)
    }

    @Test func secrets_stayOutOfErrorsAndDescriptions() async throws {
        let closed = try ClosedPort()
        let request = CurlRequest(
            url: "http://127.0.0.1:\(closed.port)/path?auth_token=hushhush",
            headers: [("Authorization", "Bearer hushhush")],
            body: Array("hushhush".utf8),
            basicAuth: CurlCredentials(user: "opencode", password: "hushhush")
        )
        let error = try #require(await failure(request))
        var dumped = ""
        dump(request, to: &dumped)
        dump(request.basicAuth, to: &dumped)
        let texts = [
            "\(error)", error.message, "\(request)", String(reflecting: request), dumped,
            "\(String(describing: request.basicAuth))", String(reflecting: request.basicAuth),
        ]
        for text in texts { #expect(!text.contains("hush")) }
        #expect("\(request)" == "GET http://127.0.0.1:\(closed.port)/path")
        #expect("\(CurlRequest(url: "http://u:hushhush@h/"))" == "GET")
    }

    @Test(arguments: [
        ("localhost", true), ("LOCALHOST.", true), ("a.localhost", true), ("127.0.0.1", true), ("127.9.8.7", true),
        ("[::1]", true), ("[0:0:0:0:0:0:0:1]", true), ("[::ffff:127.0.0.1]", true),
        ("localhost.example", false), ("128.0.0.1", false), ("[::]", false), ("[::2]", false), ("example.org", false),
        ("127.0.0.1.example", false), ("", false),
    ])
    func loopbackHosts_areRecognised(host: String, expected: Bool) {
        #expect(isLoopback(host: host) == expected)
    }
}
