package import Logging
package import OpenCode
import Spool
package import SystemPackage

/// A server that tasks are given to, with what it may be given.
package struct Backend: Sendable {
    /// By which it is told apart from the others: its URL in the configuration.
    package var name: String
    package var server: any AgentServer
    package var monitor: ServerMonitor
    /// Directories in which the workspaces of its tasks lie; empty for all.
    package var workspaces: [FilePath]
    /// Tasks that work there at once; nil for as many as the settings say for every server.
    package var maxRunning: Int?

    package init(
        name: String, server: any AgentServer, workspaces: [FilePath] = [], maxRunning: Int? = nil, logger: Logger
    ) {
        self.name = name
        self.server = server
        self.workspaces = workspaces.map { RealPath.resolve($0) ?? $0 }
        self.maxRunning = maxRunning
        monitor = ServerMonitor(server: server, logger: logger)
    }

    /// How well it fits a workspace: the length of the directory that names it, 0 for one that takes every workspace,
    /// nil for one that does not have it.
    func fit(_ workspace: FilePath) -> Int? {
        if workspaces.isEmpty { return 0 }
        return workspaces.filter { workspace.starts(with: $0) }.map(\.components.count).max().map { $0 + 1 }
    }
}

extension [Backend] {
    /// Those that a workspace's tasks may go to: of several, those that name its directory most closely.
    package func having(_ workspace: FilePath) -> [Backend] {
        let fits = compactMap { backend in backend.fit(workspace).map { (backend, $0) } }
        let best = fits.map(\.1).max()
        return fits.filter { $0.1 == best }.map(\.0)
    }
}
