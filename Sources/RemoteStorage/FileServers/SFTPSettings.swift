package import Curl

/// A directory of a server of SFTP, and who may use it.
package struct SFTPSettings: Sendable {
    package var host: String
    package var port: Int?
    /// The names of the directory, from the server's root on.
    package var root: [String]
    /// The user, and the user's password, or what the key is locked with; empty for neither.
    package var credentials: CurlCredentials
    /// A private key in a file of this machine; nil to get in with the password.
    package var keyFile: String?
    /// The file of this machine with the keys of servers that are trusted.
    package var knownHosts: String
    package var timeout: Duration

    package init(
        host: String, port: Int? = nil, root: [String], credentials: CurlCredentials, keyFile: String? = nil,
        knownHosts: String, timeout: Duration = .seconds(60)
    ) {
        self.host = host
        self.port = port
        self.root = root
        self.credentials = credentials
        self.keyFile = keyFile
        self.knownHosts = knownHosts
        self.timeout = timeout
    }

    /// As in a URL.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "") }

    /// What is to be done about an error, where it is known.
    func advice(_ error: CurlError) -> String {
        let scan = "ssh-keyscan\(port.map { " -p \($0)" } ?? "") \(host) >> \(knownHosts)"
        switch error.code {
        case .unknownHostKey:
            return "the key of \(host) is not in \(knownHosts); add it, and compare it with the server's: \(scan)"
        case .changedHostKey:
            let name = port.map { "'[\(host)]:\($0)'" } ?? host
            return "the key of \(host) is another than that in \(knownHosts): somebody may be in between. If its "
                + "administrator has changed it: ssh-keygen -R \(name) -f \(knownHosts) && \(scan)"
        case .loginDenied:
            if let keyFile {
                return
                    "\(host) does not let \(credentials.user) in with \(keyFile) (\(error.message)); is the public key "
                    + "in authorized_keys there, and does the file's passphrase stand in password_file? A key of RSA may "
                    + "be too old a kind: ssh-keygen -t ed25519"
            }
            return "\(host) does not let \(credentials.user) in with the password; look at user, and password_file or "
                + "password_env"
        default: return error.message
        }
    }
}
