/// One HTTP request. Nothing is checked before ``CurlClient`` gets it.
package struct CurlRequest: Sendable {
    /// `GET`, `POST` and so on, sent as written.
    package var method: String

    /// An absolute `http` or `https` URL in ASCII, without user or password.
    package var url: String

    /// Header fields in the order in which they are sent.
    ///
    /// `Content-Length`, `Transfer-Encoding` and `Expect` are libcurl's; a request that sets them is refused.
    package var headers: [(name: String, value: String)]

    /// What follows the head: nil for no body, empty for `Content-Length: 0`. Never sent in chunks.
    package var body: [UInt8]?

    /// Sent with the first request, without waiting for a challenge.
    package var basicAuth: CurlCredentials?

    /// A file of certificates, in PEM, that are believed instead of the system's; nil for those of the system.
    package var caFile: String?

    /// How long resolving, connecting and the TLS handshake may take together.
    package var connectTimeout: Duration

    /// How long the whole exchange may take; nil for no limit. Of a stream, how long until its head has arrived.
    package var timeout: Duration?

    /// How long the server may send nothing; nil for no limit. A transfer that waits for its reader is not late.
    package var idleTimeout: Duration?

    /// The most bytes of a response to ``CurlClient/send(_:)``. A stream has no such limit: see ``CurlStream``.
    package var maximumBody: Int

    /// Whether a body that is larger is cut there, and the connection closed, instead of being an error.
    package var truncatesBody = false

    /// Where the request may go; nil for anywhere. See ``AddressRule``.
    package var addressRule: AddressRule?

    /// Whether to end when the connection stands, without a byte of the request. Set by ``CurlClient/connect(_:)``.
    var connectsOnly = false

    /// Whether to open a new connection rather than reuse an idle one.
    ///
    /// On a reused connection a request can fail because the server closed it at that moment; on a new one it can't.
    package var freshConnection: Bool

    package init(
        method: String = "GET",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        basicAuth: CurlCredentials? = nil,
        connectTimeout: Duration = .seconds(2),
        timeout: Duration? = .seconds(30),
        idleTimeout: Duration? = nil,
        maximumBody: Int = 16 << 20,
        freshConnection: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.basicAuth = basicAuth
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.idleTimeout = idleTimeout
        self.maximumBody = maximumBody
        self.freshConnection = freshConnection
    }
}

extension CurlRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Method and URL. Query, headers and body stay out: any of them may hold a secret.
    package var description: String {
        let end = url.utf8.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? url.endIndex
        // Between scheme and host there may be a password; such a URL is refused, but it can still be printed.
        return url[..<end].utf8.contains(UInt8(ascii: "@")) ? method : "\(method) \(url[..<end])"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}
