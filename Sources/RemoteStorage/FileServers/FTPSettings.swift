package import Curl

/// A directory of a server of FTP, and who may use it.
package struct FTPSettings: Sendable {
    /// How the connection is protected.
    package enum Security: Sendable {
        /// Begun with `AUTH TLS`, or not used.
        case explicit
        /// From the first byte: `ftps`.
        case implicit
        /// Not at all: everybody on the way can read the password and the files.
        case none
    }

    package var host: String
    package var port: Int?
    /// The names of the directory, from the one on where the user comes in.
    package var root: [String]
    /// Nil for `anonymous`.
    package var credentials: CurlCredentials?
    package var security: Security
    /// Certificates in PEM that are believed instead of the system's.
    package var caFile: String?
    package var timeout: Duration

    package init(
        host: String, port: Int? = nil, root: [String], credentials: CurlCredentials? = nil,
        security: Security = .explicit, caFile: String? = nil, timeout: Duration = .seconds(60)
    ) {
        self.host = host
        self.port = port
        self.root = root
        self.credentials = credentials
        self.security = security
        self.caFile = caFile
        self.timeout = timeout
    }

    /// The URL of the directory where the user comes in.
    var url: String {
        let scheme = if case .implicit = security { "ftps" } else { "ftp" }
        return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host)\(port.map { ":\($0)" } ?? "")/"
    }

    /// What is to be done about an error, where it is known.
    func advice(_ error: CurlError) -> String {
        switch error.code {
        case .loginDenied:
            "\(host) does not let \(credentials?.user ?? "anonymous") in; look at user, and password_file or password_env"
        case .tls where error.message.contains("certificate"):
            "the certificate of \(host) is not believed (\(error.message)); give the one that signed it as ca_file"
        case .tls:
            "\(host) does not encrypt (\(error.message)); have its administrator switch TLS on. With tls: none the password "
                + "and all files are sent in the clear"
        default: error.message
        }
    }
}
