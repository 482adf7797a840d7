import API
import JSON
import Spool
import Testing

extension APITests {
    /// Connections that are held open by doing next to nothing. Each test ends because the other side ends it.
    @Suite struct SlowConnectionTests {
        private static func withLittlePatience(
            _ body: @escaping @Sendable (RunningAPI) async throws -> Void
        ) async throws {
            try await RunningAPI.with({ $0.patience = .milliseconds(300) }, body)
        }

        /// One byte at a time, always a little before patience ends, until nobody takes them.
        private func trickle(_ connection: HTTPConnection, _ byte: Character) async throws {
            let bytes = Array(String(byte).utf8)
            while (try? await connection.write(bytes)) != nil { try await Task.sleep(for: .milliseconds(20)) }
        }

        @Test func silence_isEnded() async throws {
            try await Self.withLittlePatience { api in
                let connection = try await HTTPConnection(port: api.port)
                #expect(try await connection.isAtEnd())
            }
        }

        @Test func silenceAfterAnAnswer_isEnded() async throws {
            try await Self.withLittlePatience { api in
                let connection = try await HTTPConnection(port: api.port)
                expectStatus(200, try await connection.exchange("GET", "/livez"))
                #expect(try await connection.isAtEnd())
            }
        }

        @Test func headThatTrickles_isEnded() async throws {
            try await Self.withLittlePatience { api in
                let connection = try await HTTPConnection(port: api.port)
                try await connection.write(Array("GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ".utf8))
                try await trickle(connection, "x")
                expectStatus(200, try await api.request("GET", "/livez"))
            }
        }

        @Test func bodyThatTrickles_isEnded() async throws {
            try await Self.withLittlePatience { api in
                for path in ["/api/tasks", "/nothing"] {
                    let connection = try await HTTPConnection(port: api.port)
                    try await connection.send(
                        "POST", path, headers: [("Content-Type", "application/json"), ("Content-Length", "100000")])
                    try await trickle(connection, " ")
                }
                #expect(try api.spool.list(.new).isEmpty)
            }
        }

        @Test func chunksThatTrickle_areEnded() async throws {
            try await Self.withLittlePatience { api in
                let connection = try await HTTPConnection(port: api.port)
                try await connection.send(
                    "POST", "/api/tasks",
                    headers: [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")])
                // An extension of a chunk, which belongs to no body and may be of any length.
                try await connection.write(Array("1;".utf8))
                try await trickle(connection, "x")
            }
        }

        @Test func bodyThatGetsOn_mayTakeLonger() async throws {
            try await RunningAPI.with({ $0.patience = .seconds(1) }) { api in
                let goal = JSONValue.string(String(repeating: "g", count: 1_500_000))
                let body = Array(api.body("x", ["goal": goal]).compact.utf8)
                let connection = try await HTTPConnection(port: api.port)
                try await connection.send(
                    "POST", "/api/tasks",
                    headers: [("Content-Type", "application/json"), ("Content-Length", String(body.count))])
                // Longer than patience in all; each piece earns more time than it takes to come.
                let start = ContinuousClock.now
                var rest = body[...]
                while ContinuousClock.now - start < .milliseconds(1500), rest.count > 20_000 {
                    try await connection.write(Array(rest.prefix(20_000)))
                    rest = rest.dropFirst(20_000)
                    try await Task.sleep(for: .milliseconds(25))
                }
                try await connection.write(Array(rest))
                expectStatus(200, try await connection.answer())
            }
        }

        @Test func answerThatNobodyTakes_isEnded() async throws {
            try await Self.withLittlePatience { api in
                let id = try api.files.submit(goal: String(repeating: "g", count: 9 << 20))
                let connection = try await HTTPConnection(port: api.port, receiveBuffer: 4096)
                try await connection.send("GET", "/api/tasks/\(id)")
                await api.log.wait(for: "closed a connection")
                let head = try await connection.head()
                let length = try #require(head.headers["content-length"].flatMap { Int($0) })
                #expect(try await connection.rest().count < length)
            }
        }
    }
}
