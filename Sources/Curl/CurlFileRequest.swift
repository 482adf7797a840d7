/// One thing that a server of files is asked for, by SFTP, FTP or FTPS. Nothing is checked before ``CurlClient`` gets it.
///
/// Always sent directly: a proxy that the environment names is one for HTTP.
package struct CurlFileRequest: Sendable {
    package enum Action: Sendable {
        /// Commands only. The URL is that of a directory.
        case none
        /// Size and time of a file.
        case look
        /// The lines with which the server describes a directory.
        ///
        /// - Parameter command: Of FTP, if not `LIST`.
        case list(command: String? = nil)
        case download
        case upload([UInt8])
    }

    package enum Security: Sendable {
        /// SFTP: the server's key must be in the file `knownHosts`. The password is the user's, or that of the key.
        case ssh(knownHosts: String, keyFile: String?)
        /// FTP that must become encrypted, or FTPS, which begins so.
        ///
        /// - Parameter caFile: Certificates in PEM that are believed instead of the system's.
        case tls(caFile: String?)
        /// FTP. Everybody on the way can read the password.
        case none
    }

    /// An absolute `sftp`, `ftp` or `ftps` URL in ASCII, without user or password. That of a directory ends with a slash.
    package var url: String
    package var action: Action
    package var security: Security
    package var credentials: CurlCredentials?

    /// Commands before the action, and after it if it went well. One that begins with `*` may fail.
    package var before: [String]
    package var after: [String]

    /// Whether the connection is closed afterwards: what commands do to it, such as `CWD`, libcurl does not know.
    package var closesConnection = false

    /// How long resolving, connecting and getting in may take together.
    package var connectTimeout: Duration
    /// How long all of it may take.
    package var timeout: Duration
    /// The most bytes of a file or a listing.
    package var maximumBody: Int

    package init(
        _ action: Action, url: String, security: Security, credentials: CurlCredentials? = nil, before: [String] = [],
        after: [String] = [], connectTimeout: Duration = .seconds(10), timeout: Duration = .seconds(60),
        maximumBody: Int = 16 << 20
    ) {
        self.action = action
        self.url = url
        self.security = security
        self.credentials = credentials
        self.before = before
        self.after = after
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.maximumBody = maximumBody
    }

    /// Refuses what would reach the server as something else than what the caller wrote.
    ///
    /// - Throws: ``CurlError/Code/invalidURL`` or ``CurlError/Code/invalidRequest``; nothing has been sent.
    func check() throws(CurlError) {
        let schemes =
            switch security {
            case .ssh: ["sftp"]
            case .tls: ["ftp", "ftps"]
            case .none: ["ftp"]
            }
        guard let end = url.firstRange(of: "://"), schemes.contains(String(url[..<end.lowerBound])),
            url.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }), !url.utf8.contains(UInt8(ascii: "@"))
        else { throw CurlError(.invalidURL, "the URL must begin with \(schemes[0])://, in ASCII and without a user") }
        let texts = before + after + [credentials?.user, credentials?.password].compactMap { $0 }
        guard texts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) else {
            throw CurlError(.invalidRequest, "a path, the user or the password has a control character")
        }
    }
}

/// How an exchange with a server of files ended well.
package struct CurlFileResponse: Sendable {
    /// The file, or the lines of the listing.
    package var body: [UInt8]
    /// Of the file, if it was looked at and the server told.
    package var size: Int?
    /// When the file was changed, in seconds since 1970; likewise.
    package var modified: Int?
}
