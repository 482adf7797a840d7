import Glibc
import JSON

/// A request that was read whole.
struct HTTPRequest {
    var method: String
    var path: String
    /// Decoded.
    var query: [String: String]
    var body: [UInt8]

    var json: JSONValue? { try? JSONValue(parsing: body) }
}

/// Just enough of HTTP/1.1 for libcurl: requests with a content length, one after another.
struct HTTPReader {
    private let connection: Int32
    private var buffer: [UInt8] = []
    private static let limit = 16 << 20

    init(_ connection: Int32) { self.connection = connection }

    /// Nil when the connection has ended, or what came is no request.
    mutating func next() -> HTTPRequest? {
        var end = headEnd
        while end == nil {
            guard fill() else { return nil }
            end = headEnd
        }
        guard let end else { return nil }
        let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        let length = lines.lazy.compactMap(Self.contentLength).first ?? 0
        guard (0...Self.limit).contains(length) else { return nil }
        while buffer.count < end + length { guard fill() else { return nil } }
        let target = words[1].split(separator: "?", maxSplits: 1).map(String.init)
        defer { buffer.removeFirst(end + length) }
        return HTTPRequest(
            method: String(words[0]), path: target.first ?? "", query: Self.query(target.dropFirst().first ?? ""),
            body: Array(buffer[end..<end + length])
        )
    }

    /// The number of bytes up to and with the empty line.
    private var headEnd: Int? { buffer.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound }

    private mutating func fill() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let count = read(connection, &bytes, bytes.count)
        guard count > 0, buffer.count < Self.limit * 2 else { return false }
        buffer += bytes[..<count]
        return true
    }

    private static func contentLength(_ line: Substring) -> Int? {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
        return Int(parts[1].filter { $0 != " " })
    }

    private static func query(_ text: String) -> [String: String] {
        var result: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if let name = parts.first { result[String(name)] = decoded(parts.dropFirst().first ?? "") }
        }
        return result
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
                bytes.append(value)
                rest.removeFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What is sent back.
struct HTTPAnswer {
    let bytes: [UInt8]

    /// 200 with a document; 404 with nil.
    init(_ json: JSONValue?) {
        let body = (json ?? ["name": "NotFoundError", "data": ["message": "not found"]]).compact
        bytes = Array(
            """
            HTTP/1.1 \(json == nil ? "404 Not Found" : "200 OK")\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """.utf8)
    }

    private init(_ head: String) { bytes = Array(head.utf8) }

    static let noContent = HTTPAnswer("HTTP/1.1 204 No Content\r\n\r\n")
    static let streamHead = Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".utf8)
}
