import JSON
import Testing

/// What the simulator answered. A status of 0: it closed the connection without an answer.
struct TestAnswer: Sendable {
    var status: Int
    var headers: [String: String]
    var text: String
    var json: JSONValue
}

/// Talks to the simulator as a driver would, over a real socket, and holds every answer to OpenCode's own schema.
struct TestClient: Sendable {
    let port: Int
    var directory: String?
    var authorization: String?
    /// False where a fault makes the answers wrong on purpose.
    var isStrict = true
    /// Holds answers and events to wire 2 instead of OpenCode's description of wire 1.
    var wire2: Wire2Schema?

    func `in`(_ directory: String) -> TestClient {
        var copy = self
        copy.directory = directory
        return copy
    }

    var lenient: TestClient {
        var copy = self
        copy.isStrict = false
        return copy
    }

    func get(_ path: String, _ query: [String: String] = [:], headers: [String: String] = [:]) async throws
        -> TestAnswer
    {
        try await call("GET", path, query, headers: headers)
    }

    func post(_ path: String, _ body: JSONValue? = nil) async throws -> TestAnswer {
        try await call("POST", path, body: body)
    }

    func call(
        _ method: String, _ path: String, _ query: [String: String] = [:], body: JSONValue? = nil,
        headers: [String: String] = [:]
    ) async throws -> TestAnswer {
        let target = target(path, query)
        let text = request(method, target, body, headers)
        let port = port
        let answer = try await SocketConnection.blocking {
            let connection = try SocketConnection(port: port)
            try connection.send(text)
            var parser = AnswerParser()
            while !parser.isComplete {
                let bytes = connection.receive()
                if bytes.isEmpty { break }
                parser.feed(bytes)
            }
            let text = String(decoding: parser.body, as: UTF8.self)
            return TestAnswer(
                status: parser.status, headers: parser.headers, text: text,
                json: (try? JSONValue(parsing: text)) ?? .null)
        }
        if isStrict, !path.hasPrefix("/simulator") {
            let problems =
                wire2?.problems(method, path, answer) ?? OpenCodeSchema.shared.problems(method, path, answer)
            for problem in problems { Issue.record("\(problem)") }
        }
        return answer
    }

    /// Opens an event stream and waits until it is answered.
    func events(_ path: String = "/event") async throws -> EventReader {
        let text = request("GET", target(path, [:]), nil, ["accept": "text/event-stream"])
        let (port, isStrict, wire2) = (port, isStrict, wire2)
        let reader = try await SocketConnection.blocking {
            let connection = try SocketConnection(port: port)
            try connection.send(text)
            return EventReader(connection, isGlobal: path.hasPrefix("/global"), isStrict: isStrict, wire2: wire2)
        }
        await reader.wait()
        return reader
    }

    private func target(_ path: String, _ query: [String: String]) -> String {
        var query = query
        if let directory { query["directory"] = directory }
        if query.isEmpty { return path }
        let pairs = query.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.encode($0.value))" }
        return "\(path)?\(pairs.joined(separator: "&"))"
    }

    private func request(_ method: String, _ target: String, _ body: JSONValue?, _ headers: [String: String]) -> String
    {
        var lines = ["\(method) \(target) HTTP/1.1", "connection: close"]
        var headers = headers
        headers["host"] = headers["host"] ?? "127.0.0.1:\(port)"
        headers["authorization"] = headers["authorization"] ?? authorization
        let text = body?.compact ?? ""
        if body != nil { headers["content-type"] = "application/json" }
        if method != "GET" { headers["content-length"] = String(text.utf8.count) }
        lines += headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + text
    }

    private static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                String(Unicode.Scalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
