import Curl
import Daemon
import DaemonConfiguration
import Dispatcher
import OpenCode
import SystemPackage

/// Who is to work where: whether the servers answer for the configured workspaces, and have the models and agents that
/// are named.
struct ModelsCheck: DoctorCheck {
    let name = "models"
    let patience = Duration.seconds(60)

    /// As many workspaces are asked about.
    private static let mostWorkspaces = 50

    func examine(_ scene: DoctorScene) async -> [DoctorFinding] {
        let configuration = scene.configuration
        let settings = configuration.harnessSettings
        var workspaces = configuration.workspaceProjects.values + [configuration.defaultWorkspace].compactMap(\.self)
        if workspaces.isEmpty {
            // A server begins to watch a directory that it is asked about, so the home is named only where it must be.
            if settings.choice == AgentChoice() { return [good("neither workspaces nor models are named")] }
            workspaces = [scene.home]
        }
        workspaces = Array(Set(workspaces).sorted { $0.string < $1.string }.prefix(Self.mostWorkspaces))
        let curl = CurlClient()
        defer { curl.close() }
        var findings: [DoctorFinding] = []
        var isAnywhere = false
        let servers = zip(configuration.serverAccesses(), configuration.opencode.servers.map(\.workspaces) + [[]])
        for (access, own) in servers {
            let server = OpenCodeServer(curl: curl, access: access)
            guard (try? await server.identify()) != nil else { continue }
            isAnywhere = true
            for workspace in workspaces where own.isEmpty || own.contains(where: { workspace.starts(with: $0) }) {
                do throws(AgentError) {
                    try await server.check(settings.choice(AgentChoice(), in: workspace), in: workspace.string)
                    _ = try await server.asks(in: workspace.string)
                } catch {
                    findings.append(
                        problem(
                            "tasks in \(workspace) would fail at \(access.url): \(error.message)",
                            mend: "opencode.model, opencode.agent, or those of the workspace under workspaces"))
                }
            }
        }
        if !isAnywhere { return [skipped("no server answers; see opencode")] }
        return findings.isEmpty ? [good("the servers have the models and agents that are named")] : findings
    }
}
