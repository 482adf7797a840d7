import Glibc

/// Where the API listens, and how much it takes and waits.
package struct APIConfiguration: Sendable {
    /// A loopback address or `localhost`. Anything else is refused: nothing asks callers who they are yet.
    package var host: String
    /// 0 takes any free port; the one taken is reported once it is open.
    package var port: Int
    /// Longest body of a request, in bytes.
    package var maxBodyBytes: Int
    /// Between two heartbeats of an event stream.
    package var heartbeat: Duration
    /// How long a reader of an event stream may leave a piece unread before it is cut off. Looked at with each
    /// heartbeat.
    package var slowReaderLimit: Duration
    /// How long requests that were begun may go on after shutdown was asked for.
    package var shutdownGrace: Duration

    package init(
        host: String = "127.0.0.1", port: Int = 8967, maxBodyBytes: Int = 10 << 20,
        heartbeat: Duration = .seconds(15), slowReaderLimit: Duration = .seconds(30),
        shutdownGrace: Duration = .seconds(5)
    ) {
        self.host = host
        self.port = port
        self.maxBodyBytes = maxBodyBytes
        self.heartbeat = heartbeat
        self.slowReaderLimit = slowReaderLimit
        self.shutdownGrace = shutdownGrace
    }

    /// Whether only this machine can reach the host.
    var isLoopback: Bool {
        if host.lowercased() == "localhost" { return true }
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        var loopback = in6_addr()
        guard inet_pton(AF_INET6, host, &six) == 1, inet_pton(AF_INET6, "::1", &loopback) == 1 else { return false }
        return withUnsafeBytes(of: &six) { one in withUnsafeBytes(of: &loopback) { one.elementsEqual($0) } }
    }
}
