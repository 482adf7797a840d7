import Glibc
import Synchronization

/// A server on a loopback port whose connections are each played by a closure on a thread of its own, byte by byte.
///
/// Reads and writes give up after two minutes, so that a broken test ends.
package final class TestServer: Sendable {
    package let port: UInt16
    private let descriptor: Int32
    private let accepted = Mutex(0)

    /// - Parameter port: One that an earlier server had; 0 for any.
    package init(port wanted: UInt16 = 0, _ play: @escaping @Sendable (TestConnection) -> Void) throws {
        (descriptor, port) = try bindLoopback(wanted)
        guard listen(descriptor, 128) == 0 else { throw SocketFailure(errno: errno) }
        let descriptor = descriptor
        detachThread { [weak self] in
            var index = 0
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { break }
                self?.accepted.withLock { $0 += 1 }
                let number = index
                index += 1
                detachThread {
                    let connection = TestConnection(descriptor: client, index: number)
                    play(connection)
                    connection.close()
                }
            }
            Glibc.close(descriptor)
        }
    }

    // Wakes `accept`, whose thread then closes the descriptor.
    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// How many connections there have been.
    package var connections: Int { accepted.withLock { $0 } }

    package func url(_ path: String = "/", scheme: String = "http") -> String { "\(scheme)://127.0.0.1:\(port)\(path)" }
}

package struct TestRequest: Sendable, Equatable {
    package var line: String
    package var headers: [String]
    package var body: [UInt8]

    package func header(_ name: String) -> String? {
        headers.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            .map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
    }
}

/// The server's end of one connection.
package final class TestConnection {
    /// 0 for the server's first connection.
    package let index: Int
    private let descriptor: Int32
    private var unread: [UInt8] = []
    private var isOpen = true

    fileprivate init(descriptor: Int32, index: Int) {
        self.descriptor = descriptor
        self.index = index
        var limit = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// The next request with its body; nil if the client closed the connection.
    package func read() -> TestRequest? {
        var headEnd = endOfHead()
        while headEnd == nil {
            guard fill() else { return nil }
            headEnd = endOfHead()
        }
        guard let headEnd else { return nil }
        var lines = String(decoding: unread[..<headEnd], as: UTF8.self).split(separator: "\r\n").map(String.init)
        unread.removeFirst(headEnd)
        var request = TestRequest(line: lines.removeFirst(), headers: lines, body: [])
        let length = request.header("content-length").flatMap { Int($0) } ?? 0
        while unread.count < length {
            guard fill() else { return nil }
        }
        request.body = Array(unread.prefix(length))
        unread.removeFirst(length)
        return request
    }

    /// The next line, without its end; nil if the client closed the connection.
    package func readLine() -> String? {
        while !unread.contains(UInt8(ascii: "\n")) {
            guard fill() else { return nil }
        }
        let line = unread.prefix { $0 != UInt8(ascii: "\n") }
        unread.removeFirst(line.count + 1)
        return String(decoding: line.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    }

    /// Writes all of a text; false if the client is gone.
    @discardableResult
    package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Writes a whole response with a `Content-Length`.
    package func respond(_ status: String = "200 OK", headers: [String] = [], _ body: String = "") {
        let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.utf8.count)", "", ""]
        write(lines.joined(separator: "\r\n") + body)
    }

    /// Whether the client takes no more bytes: its receive buffer has been full for a while.
    package func isStuck() -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return Glibc.poll(&poll, 1, 500) == 0
    }

    /// Waits until the client closes its end; false if it does not.
    package func waitForEnd() -> Bool {
        while true {
            var byte: UInt8 = 0
            let count = recv(descriptor, &byte, 1, 0)
            if count == 0 || (count < 0 && errno == ECONNRESET) { return true }
            if count < 0 { return false }
        }
    }

    package func close() {
        if isOpen { Glibc.close(descriptor) }
        isOpen = false
    }

    /// Closes with a reset instead of an orderly end.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    private func fill() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count <= 0 { return false }
        unread += bytes.prefix(count)
        return true
    }

    private func endOfHead() -> Int? {
        guard unread.count >= 4 else { return nil }
        return (4...unread.count).first { unread[($0 - 4)..<$0].elementsEqual("\r\n\r\n".utf8) }
    }
}

/// A loopback port that is taken but where nobody listens, for as long as this lives.
package final class ClosedPort {
    package let port: UInt16
    private let descriptor: Int32

    package init() throws { (descriptor, port) = try bindLoopback() }

    deinit { close(descriptor) }
}

/// Lets threads wait until a number of them have arrived.
package final class Barrier: Sendable {
    private let missing: Mutex<Int>
    private let gate = Gate()

    package init(_ count: Int) { missing = Mutex(count) }

    package func arriveAndWait() {
        let isLast = missing.withLock { missing in
            missing -= 1
            return missing == 0
        }
        if isLast { gate.open() }
        gate.wait()
    }
}

/// Lets threads wait until the test says so.
package final class Gate: Sendable {
    private let ends: (reading: Int32, writing: Int32)

    package init() {
        var pair: [Int32] = [-1, -1]
        pipe(&pair)
        ends = (pair[0], pair[1])
    }

    deinit {
        close(ends.reading)
        close(ends.writing)
    }

    package func open() {
        var byte: UInt8 = 1
        Glibc.write(ends.writing, &byte, 1)
    }

    /// Returns when it is open, or after two minutes.
    package func wait() {
        var poll = pollfd(fd: ends.reading, events: Int16(POLLIN), revents: 0)
        _ = Glibc.poll(&poll, 1, 120_000)
    }
}

package struct SocketFailure: Error {
    package var errno: Int32
}

private func bindLoopback(_ port: UInt16 = 0) throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SocketFailure(errno: errno) }
    var isReused: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_port = port.bigEndian
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
    }
    guard isBound else { throw SocketFailure(errno: errno) }
    return (descriptor, UInt16(bigEndian: address.sin_port))
}

private func detachThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body)).toOpaque()
    pthread_create(
        &thread,
        nil,
        { context in
            if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
            return nil
        },
        box
    )
    pthread_detach(thread)
}
