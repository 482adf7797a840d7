import API
import DaemonConfiguration
import SystemPackage

/// Files with secrets. Those of webhooks, sources and passwords were read with the configuration, which refuses one that
/// others can read; the one with tokens is read when the daemon starts.
struct SecretsCheck: BlockingCheck {
    let name = "secrets"

    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        let configuration = scene.configuration
        var files =
            configuration.webhooks.endpoints.flatMap(\.secretFiles) + configuration.sources.flatMap(\.secretFiles)
        files += configuration.opencode.servers.compactMap(\.passwordFile)
        if let path = configuration.server.tokenFile {
            do throws(AccessTokensError) {
                _ = try AccessTokens(reading: path)
                files.append(path)
            } catch {
                let message = "server.token_file: \(error.message)"
                return [problem("\(message); the daemon does not start with it")]
            }
        }
        if files.isEmpty { return [good("no files with secrets are configured")] }
        return [good("\(files.count) files with secrets, which only you can read")]
    }
}
