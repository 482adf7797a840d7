import Daemon
import DaemonConfiguration

/// What answers where OpenCode's servers should be: wire, version and credentials.
struct OpenCodeCheck: DoctorCheck {
    let name = "opencode"

    func examine(_ scene: DoctorScene) async -> [DoctorFinding] {
        await ServerFinding.all(of: scene.configuration).map { server in
            if server.isUsable { return DoctorFinding(name, .good, server.message, details: server.json) }
            if server.isAbsent, scene.configuration.opencode.autoStart {
                return DoctorFinding(
                    name, .skipped, "none runs at \(server.name); the daemon starts one of its own",
                    details: server.json)
            }
            let mend =
                server.isAbsent
                ? "\(scene.configuration.opencode.command) serve, or set opencode.url to where it runs" : nil
            return DoctorFinding(name, .problem, server.message, mend: mend, details: server.json)
        }
    }
}
