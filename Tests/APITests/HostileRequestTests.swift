import API
import JSON
import Spool
import Testing

extension APITests {
    /// What is no request, or two at once, or too much of one.
    @Suite struct HostileRequestTests {
        /// Sends `text` and expects 400 and the end of the connection, with nothing answered after it.
        private func expectRefusal(_ api: RunningAPI, _ text: String, status: Int = 400) async throws {
            let connection = try await HTTPConnection(port: api.port)
            try await connection.write(Array(text.utf8))
            let answers = String(decoding: try await connection.rest(), as: UTF8.self)
            #expect(answers.hasPrefix("HTTP/1.1 \(status) "), "\(text): \(answers)")
            #expect(answers.ranges(of: /HTTP\/1\.1 [0-9]/).count == 1, "\(text): \(answers)")
        }

        private static let second = "GET /api/tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"

        @Test(arguments: [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
            "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            "Content-Length: 2, 2\r\n\r\n{}", "Content-Length: +2\r\n\r\n{}", "Content-Length: -2\r\n\r\n{}",
            "Content-Length: 0x2\r\n\r\n{}", "Content-Length: 2 2\r\n\r\n{}",
            "Content-Length: 99999999999999999999999\r\n\r\n{}",
            "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding:\u{0B}chunked\r\n\r\n0\r\n\r\n",
            "X-Folded: a\r\n b\r\n\r\n", "X-Folded: a\r\n\tTransfer-Encoding: chunked\r\n\r\n",
            " Host: evil.example\r\n\r\n", "X-Nul: a\u{0}b\r\n\r\n", "X Y: a\r\n\r\n", ": a\r\n\r\n",
        ])
        func smuggledRequest_isRefused_andTheConnectionEnds(fields: String) async throws {
            try await RunningAPI.with { api in
                let head = "POST /api/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                try await expectRefusal(api, head + fields + Self.second)
                #expect(try api.spool.list(.new).isEmpty)
            }
        }

        @Test(arguments: ["0x5\r\n{}", "-1\r\n{}", "g\r\n{}", "ffffffffffffffffff\r\n{}", "2\r\n{}xx"])
        func badChunk_isRefused_andTheConnectionEnds(chunk: String) async throws {
            try await RunningAPI.with { api in
                let head =
                    "POST /api/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n"
                try await expectRefusal(api, head + chunk + "\r\n0\r\n\r\n" + Self.second)
            }
        }

        @Test func malformedRequest_isAProblem() async throws {
            try await RunningAPI.with { api in
                let connection = try await HTTPConnection(port: api.port)
                try await connection.write(Array("GET / HTTP/1.1\r\nBad Header: x\r\n\r\n".utf8))
                let answer = try await connection.answer()
                #expect(answer.status == 400)
                #expect(answer.headers["content-type"] == "application/problem+json")
                #expect(answer.json["type"] == "urn:openloom:problem:malformed-request")
                #expect(try await connection.isAtEnd())
            }
        }

        @Test(arguments: [
            "GET /\(String(repeating: "x", count: 20_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /livez?\(String(repeating: "x", count: 2_000_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n",
            "GET /livez HTTP/1.1\r\nHost: localhost\r\n\(String(repeating: "x", count: 20_000)): x\r\n\r\n",
            "GET /livez HTTP/1.1\r\nHost: localhost\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n",
            "GET /livez HTTP/1.1\r\nHost: localhost\r\n"
                + String(repeating: "X: \(String(repeating: "x", count: 1000))\r\n", count: 50) + "\r\n",
        ])
        func headThatIsTooLarge_is431(text: String) async throws {
            try await RunningAPI.with { api in
                let connection = try await HTTPConnection(port: api.port)
                // The other side may end before it has all.
                try? await connection.write(Array(text.utf8))
                let answer = try await connection.answer()
                #expect(answer.status == 431)
                #expect(answer.json["type"] == "urn:openloom:problem:head-too-large")
                expectStatus(200, try await api.request("GET", "/livez"))
            }
        }

        @Test func headWithinTheLimits_passes() async throws {
            try await RunningAPI.with { api in
                var headers = (0..<90).map { ("X-\($0)", String(repeating: "x", count: 100)) }
                headers.append(("Cookie", String(repeating: "c", count: 12_000)))
                let answer = try await api.request("GET", "/livez", headers: headers)
                #expect(answer.status == 200)
            }
        }

        @Test func chunkedBodyWithoutEnd_isCutOff() async throws {
            try await RunningAPI.with({ $0.maxBodyBytes = 1 << 20 }) { api in
                let connection = try await HTTPConnection(port: api.port)
                try await connection.send(
                    "POST", "/api/tasks",
                    headers: [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")])
                let piece =
                    Array("10000\r\n".utf8) + Array(repeating: UInt8(ascii: " "), count: 0x10000) + Array("\r\n".utf8)
                await #expect(throws: (any Error).self) {
                    while true { try await connection.write(piece) }
                }
                #expect(try api.spool.list(.new).isEmpty)
            }
        }

        @Test(arguments: [
            "..", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e", "%2e%2e%2f%2e%2e", "..%5c..", "%00",
            "a%00b", "a%2fb", "%c0%ae%c0%ae", "%252e%252e", "a/../../closed", ".", "%2e", "a%0d%0ab", "%ff", "%",
        ])
        func pathThatLeadsElsewhere_leadsNowhere(path: String) async throws {
            try await RunningAPI.with { api in
                let id = try api.files.submit()
                for method in ["GET", "DELETE"] {
                    let answer = try await api.request(method, "/api/tasks/\(path)")
                    #expect((400..<500).contains(answer.status))
                    #expect(!answer.text.contains("root:"))
                }
                for operation in ["abort", "hold", "events"] {
                    let method = operation == "events" ? "GET" : "POST"
                    let answer = try await api.request(method, "/api/tasks/\(path)/\(operation)")
                    #expect((400..<500).contains(answer.status))
                }
                #expect(try api.spool.list(.new) == [id])
            }
        }

        @Test(arguments: ["CONNECT evil.example:443", "GET http://evil.example/api/tasks", "OPTIONS *", "TRACE /livez"])
        func proxyRequests_areServedByNobody(line: String) async throws {
            try await RunningAPI.with { api in
                let connection = try await HTTPConnection(port: api.port)
                try await connection.write(Array("\(line) HTTP/1.1\r\nHost: evil.example\r\n\r\n".utf8))
                expectStatus(421, try await connection.head())
            }
        }
    }
}
