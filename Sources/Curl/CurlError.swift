/// Why a request has no response, or only a part of one.
///
/// A status such as 404 or 500 is a response, not an error.
package struct CurlError: Error, Sendable, Hashable {
    package enum Code: Sendable, Hashable {
        case couldNotResolve  // the host, or the proxy's, has no address
        case couldNotConnect  // refused, unreachable, or the proxy would not
        case addressRefused  // the request's `addressRule` allows none of the host's addresses; nothing was sent
        case timeout  // one of the request's limits in time; `message` says which
        case bodyTooLarge  // more than `maximumBody`; the connection is closed
        case headersTooLarge  // more than `CurlHeaders` holds; the connection is closed
        case tls  // handshake, certificate, or a broken encrypted connection
        case cancelled  // the task that waited was cancelled, or its stream was left
        case closed  // `CurlClient.close()` came first
        case invalidURL  // not absolute, not http or https, or with a password in it
        case invalidRequest  // a method, header or user that HTTP can't carry
        case protocolError  // the server broke off, or what it said is no HTTP
    }

    package var code: Code

    /// What happened, for a person: libcurl's words or ours. Has no password, header, query or body in it.
    package var message: String

    /// False only if it is certain that no byte of the request reached the server, so that repeating it is safe.
    package var wasPossiblySent: Bool

    package init(_ code: Code, _ message: String, wasPossiblySent: Bool = false) {
        self.code = code
        self.message = message
        self.wasPossiblySent = wasPossiblySent
    }
}

extension CurlError: CustomStringConvertible {
    package var description: String { message }
}
