import Connectors
import Curl
import DaemonConfiguration
import RemoteStorage

extension ConfigurationRemote {
    /// A bucket, with keys from files, from named variables, or from those that every other program of S3 reads.
    func bucket(
        _ storage: ConfigurationStorage, environment: [String: String], curl: CurlClient
    ) -> any Connector {
        let access: String?
        let secret: String?
        do {
            access = try storage.secret(
                file: .accessKeyFile, variable: .accessKeyVariable, standard: "AWS_ACCESS_KEY_ID",
                environment: environment)
            secret = try storage.secret(
                file: .secretKeyFile, variable: .secretKeyVariable, standard: "AWS_SECRET_ACCESS_KEY",
                environment: environment)
        } catch {
            return RefusingConnector(ConnectorError(.failed, "\(error)"))
        }
        guard let access, let secret, !access.isEmpty, !secret.isEmpty else {
            return RefusingConnector(
                ConnectorError(
                    .failed,
                    "there are no keys: give access_key_file and secret_key_file, or set AWS_ACCESS_KEY_ID and "
                        + "AWS_SECRET_ACCESS_KEY in the daemon's environment"))
        }
        // The token belongs to the keys beside it.
        let named: [ConfigurationStorage.Member] = [
            .accessKeyFile, .accessKeyVariable, .secretKeyFile, .secretKeyVariable,
        ]
        let isStandard = named.allSatisfy { storage.settings[$0] == nil }
        let token = isStandard ? environment["AWS_SESSION_TOKEN"] : nil
        return S3Connector(
            S3Settings(
                bucket: storage.url.host, prefix: storage.url.path, endpoint: storage.settings[.endpoint],
                region: storage.settings[.region] ?? "us-east-1",
                isPathStyle: storage.settings[.pathStyle].map { $0 == "true" },
                credentials: S3Credentials(
                    accessKey: access, secretKey: secret, sessionToken: token?.isEmpty == false ? token : nil),
                timeout: timeout),
            client: curl)
    }
}
