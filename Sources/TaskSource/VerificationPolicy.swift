package import Spool
package import SystemPackage

/// What the configuration says about checks: those that have a name, those that every task of a workspace has, and who
/// may have commands run.
package struct VerificationPolicy: Sendable {
    /// Which commands a task may have run.
    package enum Commands: String, Sendable, Hashable, CaseIterable {
        /// Any.
        case all
        /// Those of the configuration's named checks.
        case named
        /// None that the task asks for.
        case none
    }

    /// `checks`: by their names.
    package var named: [String: VerifyCheck]
    /// `workspaces.PROJECT.verify`: by the workspace's path.
    package var defaults: [FilePath: [VerifyCheck]]
    /// `verify.run`.
    package var commands: [TaskOrigin.Kind: Commands]

    /// Other services are strangers, and must not say what runs here; everybody else could have the agent run it.
    package static let standardCommands: [TaskOrigin.Kind: Commands] = [.webhook: .named]

    package init(
        named: [String: VerifyCheck] = [:], defaults: [FilePath: [VerifyCheck]] = [:],
        commands: [TaskOrigin.Kind: Commands] = VerificationPolicy.standardCommands
    ) {
        self.named = named
        self.defaults = defaults
        self.commands = commands
    }

    /// The checks that every task in a workspace has, whatever it says itself.
    ///
    /// - Parameter workspace: Its real path.
    package func defaults(of workspace: FilePath) -> [VerifyCheck] {
        for (path, checks) in defaults where path == workspace || Directory.real(path) == workspace { return checks }
        return []
    }

    func commands(for origin: TaskOrigin.Kind) -> Commands { commands[origin] ?? .all }
}
