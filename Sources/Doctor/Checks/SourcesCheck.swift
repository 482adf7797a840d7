import Daemon
import DaemonConfiguration
import WebhookSources

/// Who may have tasks made by webhooks, and how they prove who they are.
struct SourcesCheck: DoctorCheck {
    let name = "sources"

    func examine(_ scene: DoctorScene) async -> [DoctorFinding] {
        let configured = scene.configuration.sources
        if configured.isEmpty { return [good("none is configured")] }
        var findings: [DoctorFinding] = []
        for source in configured {
            do throws(SourceFault) {
                let read = try source.source()
                if read.verification.scheme == .none, !scene.configuration.server.isForOneselfAlone {
                    findings.append(
                        warning(
                            "\(source.name) proves nothing: whoever has a token that may submit can send in its name",
                            mend: "secret_file and verify in the source's entry in webhook_sources"))
                }
            } catch {
                findings.append(problem("\(source.name): \(error.message)"))
            }
        }
        return findings.isEmpty ? [good("\(configured.count) are configured, their secrets could be read")] : findings
    }
}

extension Configuration.ServerSettings {
    /// Whether only this machine reaches the API.
    fileprivate var isForOneselfAlone: Bool { host == "127.0.0.1" || host == "::1" || host == "localhost" }
}
