/// Why a server did not do or say what it was asked.
package struct AgentError: Error, Sendable, Hashable {
    package enum Code: Sendable, Hashable {
        /// Nothing answers there, or not in time.
        case unreachable
        /// Right server, wrong password.
        case unauthorized
        /// Something else answers there: a web page, another program.
        case notAnAgent
        /// An OpenCode that this software does not speak to.
        case unsupported
        /// The server does not know the thing.
        case notFound
        /// The server says no, or is broken: `status` has its number.
        case refused
        /// An answer beyond the bounds.
        case tooLarge
        /// An answer that makes no sense.
        case malformed
        case cancelled
    }

    package var code: Code
    /// For a person; holds no secret.
    package var message: String
    /// The HTTP status, where there was one.
    package var status: Int?
    /// False only if it is certain that the request did not reach the server.
    package var wasPossiblyReceived: Bool

    package init(_ code: Code, _ message: String, status: Int? = nil, wasPossiblyReceived: Bool = true) {
        self.code = code
        self.message = message
        self.status = status
        self.wasPossiblyReceived = wasPossiblyReceived
    }

    /// Whether the same request may succeed later without anybody doing anything.
    package var mayPass: Bool {
        switch code {
        case .unreachable: true
        case .refused: status.map { $0 >= 500 || $0 == 429 || $0 == 408 } ?? false
        default: false
        }
    }
}

extension AgentError: CustomStringConvertible {
    package var description: String { message }
}
