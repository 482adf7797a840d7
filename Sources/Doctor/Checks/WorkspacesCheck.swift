import Daemon
import DaemonConfiguration
import Glibc
import SystemPackage
import TaskSource

/// The directories in which the agent works, as far as the configuration names them.
struct WorkspacesCheck: BlockingCheck {
    let name = "workspaces"

    func look(_ scene: DoctorScene) -> [DoctorFinding] {
        let configuration = scene.configuration
        var named = configuration.workspaceProjects.sorted { $0.key < $1.key }.map {
            ("workspaces.\($0.key)", $0.value)
        }
        if let path = configuration.defaultWorkspace { named.append(("levels.storage.workspace", path)) }
        for remote in configuration.connectors {
            if let path = remote.workspace { named.append(("connectors.\(remote.name).workspace", path)) }
        }
        for server in configuration.opencode.servers {
            named += server.workspaces.map { ("opencode.servers[].workspaces", $0) }
        }
        let policy = configuration.workspacePolicy
        var findings = named.compactMap { key, path -> DoctorFinding? in
            if let refusal = policy.refusal(of: path) {
                return problem("\(key): \(refusal)", mend: FileLook(path) == nil ? "mkdir -p \(path.word)" : nil)
            }
            if !FileLook.allows(path, R_OK | W_OK | X_OK) {
                return problem(
                    "\(key): \(path) can't be written to: no agent of yours works there",
                    mend: "chmod u+rwx \(path.word)")
            }
            return nil
        }
        for path in configuration.allowedWorkspaces ?? [] where FileLook(path)?.kind != .directory {
            findings.append(
                warning(
                    "workspaces.allow: \(path) is no directory: nothing is allowed by it", mend: "mkdir -p \(path.word)"
                )
            )
        }
        if !findings.isEmpty { return findings }
        return [good(named.isEmpty ? "none is configured: each task names its own" : "\(named.count) are there")]
    }
}
