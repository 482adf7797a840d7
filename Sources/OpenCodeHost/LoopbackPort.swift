import Glibc
import SystemPackage

/// TCP ports of 127.0.0.1.
enum LoopbackPort {
    /// A port that was free a moment ago. Somebody may take it first.
    static func free() throws(ServerHostError) -> UInt16 {
        let socket = try bound(to: 0)
        defer { Syscalls.close(socket) }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try Syscalls.call("getsockname") {
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Throws ``ServerHostError/portTaken(_:)`` if somebody listens there.
    static func checkFree(_ port: UInt16) throws(ServerHostError) {
        do {
            Syscalls.close(try bound(to: port))
        } catch {
            if case .systemCall(_, _, .addressInUse) = error { throw .portTaken(Int(port)) }
            throw error
        }
    }

    /// Whether somebody holds the port.
    static func isTaken(_ port: UInt16) -> Bool {
        do throws(ServerHostError) {
            try checkFree(port)
            return false
        } catch .portTaken {
            return true
        } catch {
            return false
        }
    }

    /// Whether the port accepts a connection, and the one who listens is our own user. Without that a stranger who
    /// took the port first would be sent the password.
    static func isOurs(_ port: UInt16) -> Bool {
        (try? accepts(port)) == true && listenerIsOurUser(port)
    }

    private static func bound(to port: UInt16) throws(ServerHostError) -> Int32 {
        let socket = try make()
        do throws(ServerHostError) {
            var yes: Int32 = 1
            // Connections of an earlier server that linger must not count as somebody listening.
            try Syscalls.call("setsockopt") {
                setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            }
            try Syscalls.call("bind") { withAddress(port) { Glibc.bind(socket, $0, $1) } }
            return socket
        } catch {
            Syscalls.close(socket)
            throw error
        }
    }

    private static func accepts(_ port: UInt16) throws(ServerHostError) -> Bool {
        let socket = try make()
        defer { Syscalls.close(socket) }
        do throws(ServerHostError) {
            try Syscalls.call("connect") { withAddress(port) { Glibc.connect(socket, $0, $1) } }
            return true
        } catch .systemCall(_, _, .nowInProgress) {
            let ready = try Syscalls.poll([socket], for: POLLOUT, until: .now + .milliseconds(250))
            guard ready == [true] else { return false }
            var code: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            try Syscalls.call("getsockopt") { getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length) }
            return code == 0
        }
    }

    private static func listenerIsOurUser(_ port: UInt16) -> Bool {
        let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].compactMap {
            Syscalls.kernelFile($0, limit: 8 << 20)
        }
        // Where the kernel doesn't show its table there is nothing to go by.
        if tables.isEmpty { return true }
        return tables.contains { table in
            table.split(separator: UInt8(ascii: "\n")).dropFirst().contains { line in
                // sl local_address rem_address st tx:rx tr:when retrnsmt uid …
                let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 8).map {
                    String(decoding: $0, as: UTF8.self)
                }
                guard fields.count > 7, fields[3] == "0A", let hex = fields[1].split(separator: ":").last else {
                    return false
                }
                return UInt16(hex, radix: 16) == port && UInt32(fields[7]) == geteuid()
            }
        }
    }

    private static func make() throws(ServerHostError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        return try Syscalls.call("socket") { socket(AF_INET, type, 0) }
    }

    private static func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
