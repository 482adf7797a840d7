import Connectors
import Curl
import DaemonConfiguration
import RemoteStorage
import SystemPackage

extension ConfigurationStorage {
    /// A bucket, with keys from files, from named variables, or from those that every other program of S3 reads.
    func bucket(
        _ environment: [String: String], _ timeout: Duration, _ curl: CurlClient
    ) throws(MissingVariable) -> any Connector {
        let access = try secret(
            file: .accessKeyFile, variable: .accessKeyVariable, standard: "AWS_ACCESS_KEY_ID", environment: environment)
        let key = try secret(
            file: .secretKeyFile, variable: .secretKeyVariable, standard: "AWS_SECRET_ACCESS_KEY",
            environment: environment)
        guard let access, let key, !access.isEmpty, !key.isEmpty else {
            return RefusingConnector(
                ConnectorError(
                    .failed,
                    "there are no keys: give access_key_file and secret_key_file, or set AWS_ACCESS_KEY_ID and "
                        + "AWS_SECRET_ACCESS_KEY in the daemon's environment"))
        }
        // The token belongs to the keys beside it.
        let named: [Member] = [.accessKeyFile, .accessKeyVariable, .secretKeyFile, .secretKeyVariable]
        let token = named.allSatisfy { settings[$0] == nil } ? environment["AWS_SESSION_TOKEN"] : nil
        return S3Connector(
            S3Settings(
                bucket: url.host, prefix: url.path, endpoint: settings[.endpoint],
                region: settings[.region] ?? "us-east-1", isPathStyle: settings[.pathStyle].map { $0 == "true" },
                credentials: S3Credentials(
                    accessKey: access, secretKey: key, sessionToken: token?.isEmpty == false ? token : nil),
                timeout: timeout),
            client: curl)
    }

    /// A directory of a server of SFTP. Each has connections of its own: libcurl would use one again that was made with
    /// another key, or held against other known hosts.
    func sftp(
        _ environment: [String: String], _ timeout: Duration, home: FilePath,
        isCandidate: @escaping @Sendable (String) -> Bool
    ) throws(MissingVariable) -> any Connector {
        let password = try secret(file: .passwordFile, variable: .passwordVariable, environment: environment)
        guard settings[.keyFile] != nil || password != nil else {
            return RefusingConnector(
                ConnectorError(.failed, "there is no key: give key_file, or password_file or password_env"))
        }
        return SerialConnector(
            SFTPConnector(
                SFTPSettings(
                    host: url.host, port: url.port, root: url.path,
                    credentials: CurlCredentials(user: settings[.user] ?? "", password: password ?? ""),
                    keyFile: settings[.keyFile],
                    knownHosts: settings[.knownHosts] ?? home.appending(".ssh/known_hosts").string, timeout: timeout),
                client: CurlClient(), isCandidate: isCandidate))
    }

    /// A directory of a server of FTP, likewise with connections of its own: one that trusts another certificate is not
    /// used again.
    func ftp(
        _ environment: [String: String], _ timeout: Duration, isCandidate: @escaping @Sendable (String) -> Bool
    ) throws(MissingVariable) -> any Connector {
        let password = try secret(file: .passwordFile, variable: .passwordVariable, environment: environment)
        return SerialConnector(
            FTPConnector(
                FTPSettings(
                    host: url.host, port: url.port, root: url.path,
                    credentials: settings[.user].map { CurlCredentials(user: $0, password: password ?? "") },
                    security: url.scheme == "ftps" ? .implicit : settings[.tls] == "none" ? .none : .explicit,
                    caFile: settings[.caFile], timeout: timeout),
                client: CurlClient(), isCandidate: isCandidate))
    }
}
