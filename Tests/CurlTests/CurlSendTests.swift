import LoopbackServer
import Testing

@testable import Curl

@Suite(.timeLimit(.minutes(3))) struct CurlSendTests {
    let client = CurlClient()

    @Test func get_returnsStatusHeadersAndBody() async throws {
        let facts = Facts(of: TestRequest?.self)
        let server = try TestServer { connection in
            facts.report(connection.read())
            connection.respond(
                "404 Not Found",
                headers: [
                    "Content-Type:  Text/Plain ; charset=utf-8", "X-Twice: one", "x-twice: two", "X-Folded: a", "  b",
                ],
                "nothing"
            )
        }
        let request = CurlRequest(url: server.url("/a/b?c=d%20e"), headers: [("X-Mine", "ä"), ("X-Empty", "")])
        let response = try await client.send(request)
        #expect(response.status == 404)
        #expect(response.body == Array("nothing".utf8))
        #expect(response.contentType == "text/plain")
        #expect(response.headers["x-TWICE"] == "one")
        #expect(response.headers.values("X-Twice") == ["one", "two"])
        #expect(response.headers["x-folded"] == "a b")
        #expect(response.headers["missing"] == nil)

        let seen = try #require(try await facts.next())
        #expect(seen.line == "GET /a/b?c=d%20e HTTP/1.1")
        #expect(seen.header("host") == "127.0.0.1:\(server.port)")
        #expect(seen.header("user-agent") == "openloom")
        #expect(seen.header("x-mine") == "ä")
        #expect(seen.header("x-empty") == "")
        #expect(seen.header("authorization") == nil)
        #expect(seen.header("content-length") == nil)
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func body_isSentWhole_withoutExpectOrInventedType(method: String) async throws {
        let facts = Facts(of: TestRequest?.self)
        let server = try TestServer { connection in
            facts.report(connection.read())
            connection.respond("201 Created")
        }
        // Over the size at which libcurl would ask first with "Expect: 100-continue", and with NUL bytes.
        let body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0) }
        let response = try await client.send(CurlRequest(method: method, url: server.url(), body: body))
        #expect(response.status == 201)
        let seen = try #require(try await facts.next())
        #expect(seen.line == "\(method) / HTTP/1.1")
        #expect(seen.body == body)
        #expect(seen.header("expect") == nil)
        #expect(seen.header("content-type") == nil)
    }

    @Test func emptyBody_sendsContentLengthZero_andNoBodySendsNone() async throws {
        let facts = Facts(of: TestRequest?.self)
        let server = try TestServer { connection in
            while let request = connection.read() {
                facts.report(request)
                connection.respond()
            }
        }
        let headers = [(name: "Content-Type", value: "application/json")]
        _ = try await client.send(CurlRequest(method: "POST", url: server.url(), headers: headers, body: []))
        _ = try await client.send(CurlRequest(method: "POST", url: server.url()))
        let empty = try #require(try await facts.next())
        #expect(empty.line == "POST / HTTP/1.1")
        #expect(empty.header("content-length") == "0")
        #expect(empty.header("content-type") == "application/json")
        let none = try #require(try await facts.next())
        #expect(none.line == "POST / HTTP/1.1")
        #expect(none.header("content-length") == nil)
    }

    @Test func head_hasHeadersAndNoBody() async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
            _ = connection.waitForEnd()
        }
        let response = try await client.send(CurlRequest(method: "HEAD", url: server.url(), maximumBody: 10))
        #expect(response.headers["content-length"] == "99999999")
        #expect(response.body.isEmpty)
    }

    @Test func basicAuth_isSentAtOnce() async throws {
        let facts = Facts(of: TestRequest?.self)
        let server = try TestServer { connection in
            facts.report(connection.read())
            connection.respond()
        }
        let credentials = CurlCredentials(user: "opencode", password: "open: sesame@")
        _ = try await client.send(CurlRequest(url: server.url(), basicAuth: credentials))
        let seen = try #require(try await facts.next())
        #expect(seen.header("authorization") == "Basic b3BlbmNvZGU6b3Blbjogc2VzYW1lQA==")
    }

    @Test func chunkedBody_isPutTogether_andTrailersAreIgnored() async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n")
            connection.write("5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nX-Late: 1\r\n\r\n")
        }
        let response = try await client.send(CurlRequest(url: server.url()))
        #expect(response.body == Array("hello, world".utf8))
        #expect(response.headers["x-late"] == nil)
    }

    @Test func interimResponse_isSkipped() async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            connection.respond("202 Accepted", "ok")
        }
        let response = try await client.send(CurlRequest(url: server.url()))
        #expect(response.status == 202)
        #expect(response.headers["link"] == nil)
    }

    @Test func redirect_isAResponse() async throws {
        let server = try TestServer { connection in
            _ = connection.read()
            connection.respond("302 Found", headers: ["Location: /elsewhere"])
        }
        let response = try await client.send(CurlRequest(url: server.url()))
        #expect(response.status == 302)
        #expect(response.headers["location"] == "/elsewhere")
        #expect(server.connections == 1)
    }

    @Test func fiftyRequests_areUnderWayTogether() async throws {
        let barrier = Barrier(50)
        let server = try TestServer { connection in
            guard let request = connection.read() else { return }
            barrier.arriveAndWait()
            connection.respond("200 OK", String(request.line.split(separator: " ")[1].dropFirst()))
        }
        try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for number in 0..<50 {
                group.addTask { [client] in
                    let response = try await client.send(CurlRequest(url: server.url("/\(number)")))
                    return (number, response.body)
                }
            }
            for try await (number, body) in group { #expect(body == Array("\(number)".utf8)) }
        }
        #expect(server.connections == 50)
    }
}
