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
        case invalidURL  // not absolute, of another protocol, or with a password in it
        case invalidRequest  // a method, header or user that HTTP can't carry
        case protocolError  // the server broke off, or what it said is no HTTP
        case notFound  // SFTP and FTP: no such file or directory
        case loginDenied  // SFTP and FTP: the user, the password or the key is not the server's
        case unknownHostKey  // SFTP: the server's key is not among those that are known
        case changedHostKey  // SFTP: another key of the server is known
        case refused  // SFTP and FTP: the server would not do it
    }

    package var code: Code

    /// What happened, for a person: libcurl's words or ours. Has no password, header, query or body in it.
    package var message: String

    /// False only if it is certain that no byte of the request reached the server, so that repeating it is safe.
    package var wasPossiblySent: Bool

    /// The code with which a server of FTP complained last; nil if it did not.
    package var reply: Int?

    package init(_ code: Code, _ message: String, wasPossiblySent: Bool = false) {
        self.code = code
        self.message = message
        self.wasPossiblySent = wasPossiblySent
    }
}

extension CurlError: CustomStringConvertible {
    package var description: String { message }
}
