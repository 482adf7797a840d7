/// Why the API does not listen.
package enum APIServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The host is not one that only this machine can reach, and nothing asks callers who they are.
    case notLoopback(host: String)
    case cannotListen(host: String, port: Int, reason: String)
    case cannotUseSocket(path: String, reason: String)

    package var description: String {
        switch self {
        case .notLoopback(let host):
            "the API can't listen on \"\(host)\": anyone who reaches it could start tasks. "
                + "Set server.token_file, so that callers need a token; or set server.host to 127.0.0.1, ::1 or "
                + "localhost, and come in through a tunnel (ssh -L)"
        case .cannotListen(let host, let port, let reason):
            "the API can't listen on \(host):\(port): \(reason). "
                + "Stop what listens there, or set another server.port"
        case .cannotUseSocket(let path, let reason):
            "the API can't listen on \(path): \(reason). Set another server.socket, or none"
        }
    }
}
