import Connectors
import Curl
import LoopbackServer
import RemoteStorage
import Synchronization
import Testing

/// Answers that a healthy storage gives seldom.
@Suite(.timeLimit(.minutes(1))) struct S3AnswerTests {
    private func storage(
        _ play: @escaping @Sendable (TestRequest, TestConnection) -> Void
    ) throws -> (S3Connector, TestServer) {
        let server = try TestServer { connection in
            while let request = connection.read() { play(request, connection) }
        }
        let settings = S3Settings(
            bucket: "tasks", endpoint: server.url(""),
            credentials: S3Credentials(accessKey: "me", secretKey: "hunter2"))
        return (S3Connector(settings, client: CurlClient()), server)
    }

    private static func document(_ code: String, _ rest: String = "<Message>No.</Message>") -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>\(code)</Code>\(rest)</Error>"
    }

    static let failures: [(status: String, headers: [String], body: String, message: String)] = [
        (
            "503 Slow Down", [], document("SlowDown"),
            "the storage is asked too much, and wants to be asked less (SlowDown); a larger poll_interval_s helps"
        ),
        (
            "301 Moved Permanently", ["x-amz-bucket-region: eu-central-1"], document("PermanentRedirect"),
            "the bucket is in region eu-central-1; set region: eu-central-1"
        ),
        (
            "400 Bad Request", [], document("AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>"),
            "the bucket is in region eu-west-3; set region: eu-west-3"
        ),
        (
            "307 Temporary Redirect", [], document("TemporaryRedirect", "<Message>Elsewhere.</Message>"),
            "the bucket is in another region or at another endpoint; mend region (it is us-east-1) or endpoint: Elsewhere."
        ),
        (
            "403 Forbidden", [], document("InvalidAccessKeyId"),
            "the storage does not know the access key; look at access_key_file or access_key_env"
        ),
        (
            "403 Forbidden", [], document("AccessDenied"),
            "access denied: the keys must be allowed to list the bucket tasks, and to get, put and delete its objects"
        ),
        (
            "400 Bad Request", [], document("ExpiredToken"),
            "the session token is no longer valid; set a new AWS_SESSION_TOKEN, and its two keys with it"
        ),
        (
            "500 Internal Server Error", [], document("InternalError", "<Message>We\u{1F600} failed.\n</Message>"),
            "the storage answered 500 InternalError: We\u{1F600} failed. "
        ),
    ]

    @Test(arguments: failures.indices)
    func failure_isSaidAsWhatItIs(_ index: Int) async throws {
        let failure = Self.failures[index]
        let (storage, server) = try storage { $1.respond(failure.status, headers: failure.headers, failure.body) }
        let error = await #expect(throws: ConnectorError.self) { _ = try await storage.list("in") }
        #expect(error == ConnectorError(.failed, "list: \(failure.message)"))
        #expect(server.connections == 1)
    }

    @Test func answerThatIsNoS3_isSaidSo() async throws {
        let (storage, server) = try storage { request, connection in
            connection.respond(request.line.hasPrefix("GET /tasks?") ? "200 OK" : "404 Not Found", "<html>Hello</html>")
        }
        let listing = await #expect(throws: ConnectorError.self) { _ = try await storage.list("in") }
        #expect(listing?.message == "list: what answers is no S3 storage; is endpoint right?")
        // Not "there is nothing": a file would be taken for gone.
        let reading = await #expect(throws: ConnectorError.self) { _ = try await storage.download("a.md", limit: 10) }
        #expect(
            reading?.message
                == "download: 127.0.0.1:\(server.port) answered 404 as no S3 storage does; is endpoint right?")
    }

    @Test func copyThatFailedAfterItsStatus_removesNothing() async throws {
        let lines = Facts(of: String.self)
        let (storage, server) = try storage { request, connection in
            lines.report(request.line)
            guard request.line.hasPrefix("PUT") else {
                // Of a HEAD only the head is sent.
                connection.write("HTTP/1.1 200 OK\r\nETag: \"abc\"\r\nContent-Length: 3\r\n\r\n")
                return
            }
            connection.respond("200 OK", "\n\n" + Self.document("SlowDown"))
        }
        let error = await #expect(throws: ConnectorError.self) { try await storage.move("in/a b.md", to: "old/a b.md") }
        #expect(error?.message.hasPrefix("move: the storage is asked too much") == true)
        #expect(try await lines.next() == "HEAD /tasks/in/a%20b.md HTTP/1.1")
        #expect(try await lines.next() == "PUT /tasks/old/a%20b.md HTTP/1.1")
        #expect(server.connections == 1)
    }

    @Test func fileThatIsReplacedDuringAMove_stays() async throws {
        let lines = Facts(of: String.self)
        let (storage, server) = try storage { request, connection in
            lines.report(String(request.line.prefix { $0 != " " }) + (request.header("x-amz-copy-source") ?? ""))
            switch request.line.prefix(12) {
            case "HEAD /tasks/":
                connection.write("HTTP/1.1 200 OK\r\nETag: \"\(Self.tag())\"\r\nContent-Length: 3\r\n\r\n")
            case "PUT /tasks/o": connection.respond("200 OK", "<CopyObjectResult><ETag>\"2\"</ETag></CopyObjectResult>")
            default: connection.respond("500 No", "")
            }
        }
        Self.tags.withLock { $0 = ["1", "2", "3"] }
        try await storage.move("in/ü.md", to: "old/ü.md")
        #expect(try await lines.next() == "HEAD")
        #expect(try await lines.next() == "PUT/tasks/in/%C3%BC.md")
        #expect(try await lines.next() == "HEAD")
        #expect(try await lines.next() == "HEAD")
        #expect(server.connections == 1)
    }

    private static let tags = Mutex<[String]>([])

    private static func tag() -> String { tags.withLock { $0.removeFirst() } }

    @Test func connectionThatBreaksInTheMiddle_isAnError() async throws {
        let (storage, server) = try storage { _, connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            connection.close()
        }
        let error = await #expect(throws: ConnectorError.self) { _ = try await storage.download("a.md", limit: 10_000) }
        #expect(error?.kind == .failed && server.connections > 0)
    }

    @Test func pageThatPointsToItself_isNotReadForEver() async throws {
        let (storage, server) = try storage { _, connection in
            connection.respond(
                "200 OK",
                "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>"
                    + "</ListBucketResult>")
        }
        let error = await #expect(throws: ConnectorError.self) { _ = try await storage.list("in") }
        #expect(error?.message == "list: the storage answers with the same page again and again")
        #expect(server.connections == 1)
    }
}
