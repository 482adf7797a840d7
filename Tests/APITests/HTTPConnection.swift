import Dispatch
import Glibc
import JSON
import SystemPackage
import Testing

/// An answer, as it came over the wire.
struct HTTPAnswer: Sendable {
    var status: Int
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
}

func expectStatus(_ status: Int, _ answer: HTTPAnswer, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(answer.status == status, sourceLocation: sourceLocation)
}

/// A client's side of HTTP/1.1 over one socket: as little as it takes, so that nothing between it and the server hides
/// what the server does.
final class HTTPConnection: Sendable {
    struct Failure: Error {
        var message: String
    }

    // Blocking calls have a thread of their own, not one of those that the server in the same process runs on.
    private let queue = DispatchQueue(label: "client")
    private let reader: Reader

    /// - Parameter address: The last byte of an address `127.0.0.x`.
    init(port: Int, address last: UInt32 = 1, receiveBuffer: Int? = nil) async throws {
        let descriptor = try Self.makeSocket(AF_INET)
        if var size = receiveBuffer.map(Int32.init) {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        reader = Reader(descriptor)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0000 + last).bigEndian
        try Self.connect(descriptor, to: &address)
    }

    init(socket path: FilePath) async throws {
        let descriptor = try Self.makeSocket(AF_UNIX)
        reader = Reader(descriptor)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.string.utf8.prefix($0.count - 1)) }
        try Self.connect(descriptor, to: &address)
    }

    private static func makeSocket(_ family: Int32) throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        // A test that waits for nothing fails instead of hanging.
        var limit = timeval(tv_sec: 40, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }

    private static func connect<Address>(_ descriptor: Int32, to address: inout Address) throws {
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard result == 0 else { throw Errno(rawValue: errno) }
    }

    private func blocking<Value: Sendable>(_ body: @escaping @Sendable (Reader) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [reader] in continuation.resume(with: Result { try body(reader) }) }
        }
    }

    /// Sends a request and reads the whole answer.
    func exchange(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> HTTPAnswer {
        try await send(method, path, headers: headers, body: body)
        return try await blocking { try $0.answer(hasBody: method != "HEAD") }
    }

    /// Sends a request. A `Host` header is added if none is given; `""` as value leaves it out.
    func send(_ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil) async throws {
        var headers = headers
        if !headers.contains(where: { $0.0 == "Host" }) { headers.append(("Host", "localhost")) }
        headers.removeAll { $0.0 == "Host" && $0.1.isEmpty }
        if let body { headers.append(("Content-Length", String(body.count))) }
        let head = "\(method) \(path) HTTP/1.1\r\n" + headers.map { "\($0): \($1)\r\n" }.joined() + "\r\n"
        try await write(Array(head.utf8) + (body ?? []))
    }

    func write(_ bytes: [UInt8]) async throws { try await blocking { try $0.write(bytes) } }

    /// Reads a status line and headers.
    func head() async throws -> HTTPAnswer { try await blocking { try $0.head() } }

    func answer() async throws -> HTTPAnswer { try await blocking { try $0.answer(hasBody: true) } }

    /// The next chunk of a chunked body; nil at its end, and when the connection ends.
    func chunk() async throws -> [UInt8]? { try await blocking { try $0.chunk() } }

    /// Reads until the other side closes.
    func rest() async throws -> [UInt8] { try await blocking { try $0.rest() } }

    /// Whether the other side has closed; waits until something can be read.
    func isAtEnd() async throws -> Bool { try await blocking { try $0.isAtEnd() } }
}

/// Blocking reads with a buffer. Used from one queue at a time, which is what makes it safe to share.
private final class Reader: @unchecked Sendable {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Errno(rawValue: errno) }
            offset += count
        }
    }

    private func fill() throws -> Bool {
        var piece = [UInt8](repeating: 0, count: 16 * 1024)
        let count = recv(descriptor, &piece, piece.count, 0)
        if count < 0, errno != ECONNRESET { throw Errno(rawValue: errno) }
        if count > 0 { buffer += piece[..<count] }
        return count > 0
    }

    func isAtEnd() throws -> Bool { try buffer.isEmpty && !fill() }

    func rest() throws -> [UInt8] {
        while try fill() {}
        defer { buffer = [] }
        return buffer
    }

    private func line() throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 1)
                return line.hasSuffix("\r") ? String(line.dropLast()) : line
            }
            guard try fill() else { throw HTTPConnection.Failure(message: "ended within a line") }
        }
    }

    private func bytes(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else { throw HTTPConnection.Failure(message: "ended within a body") }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    func head() throws -> HTTPAnswer {
        let words = try line().split(separator: " ")
        guard words.count > 1, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw HTTPConnection.Failure(message: "no status line: \(words)")
        }
        var answer = HTTPAnswer(status: status, headers: [:], body: [])
        while true {
            let line = try line()
            if line.isEmpty { return answer }
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw HTTPConnection.Failure(message: "no header: \(line)") }
            answer.headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
    }

    func chunk() throws -> [UInt8]? {
        if try isAtEnd() { return nil }
        guard let count = Int(try line(), radix: 16) else { throw HTTPConnection.Failure(message: "no chunk size") }
        let chunk = try bytes(count)
        _ = try line()
        return count == 0 ? nil : chunk
    }

    func answer(hasBody: Bool) throws -> HTTPAnswer {
        var answer = try head()
        while answer.status == 100 { answer = try head() }
        guard hasBody, answer.status != 204, answer.status != 304 else { return answer }
        if let count = answer.headers["content-length"].flatMap({ Int($0) }) {
            answer.body = try bytes(count)
        } else {
            while let chunk = try chunk() { answer.body += chunk }
        }
        return answer
    }
}

/// A refusal in the one form that all have.
func expectProblem(_ answer: HTTPAnswer, _ status: Int, _ kind: String) {
    #expect(answer.status == status)
    #expect(answer.headers["content-type"] == "application/problem+json")
    #expect(answer.json["type"]?.string == "urn:openloom:problem:\(kind)")
    #expect(answer.json["status"]?.int == status)
    #expect(answer.json["title"]?.string?.isEmpty == false)
    #expect(answer.json["detail"]?.string?.isEmpty == false)
    #expect(answer.json["errors"]?.array != nil)
}
