package import OpenCode
package import Spool
package import SystemPackage

/// How tasks are driven. Times that depend on each other stand together here and are checked where they are configured.
package struct HarnessSettings: Sendable {
    /// Tasks that work at once, at each server that has no number of its own. One that waits for an answer does not
    /// count.
    package var maxRunning = 4
    /// How often the server is asked although its stream says nothing: it may have fallen silent.
    package var checkInterval = Duration.seconds(30)
    /// From the prompt to the end of the turn. Below stands `stall`, which must be shorter to matter.
    package var timeout = Duration.seconds(3600)
    /// How long the agent may show no progress. Must be longer than `checkInterval`, which is how progress is seen when
    /// the stream is silent, and shorter than `timeout`.
    package var stall = Duration.seconds(600)
    /// How long after its prompt was taken a turn may take to begin: a directory's first use starts language servers.
    package var start = Duration.seconds(30)
    /// How long a prompt that may have been sent before a crash is looked for, before it is known not to be there.
    package var promptLookup = Duration.seconds(10)
    /// How long the server may call a session busy whose last message is finished.
    package var busyGrace = Duration.seconds(60)
    /// How long a session must look cut off (idle, last message unfinished) before we believe it.
    package var cutOffGrace = Duration.seconds(3)
    /// Attempts of the server at a provider before we stop it: upstream never gives up.
    package var providerRetries = 5
    /// A provider that is to be asked again only after so long has run out of quota.
    package var quotaWait = Duration.seconds(600)
    /// Attempts at a task whose errors may pass, the first one included.
    package var maxAttempts = 3
    /// How long a task waits before its second attempt; each further one waits four times as long.
    package var retryDelay = Duration.seconds(10)
    /// Whether a clean end without the marker counts as a claim to be done.
    package var idleCompletesTask = true
    package var permissions = AskPolicy.standard
    /// Why no task may work in a directory, which is given by its real path; nil if one may.
    package var refusal: @Sendable (FilePath) -> String? = { _ in nil }
    /// Who works where nothing else is said.
    package var choice = AgentChoice()
    /// Who works in a workspace, by its real path.
    private(set) var workspaceChoices: [FilePath: AgentChoice] = [:]

    package init() {}

    package mutating func setChoice(_ choice: AgentChoice, for workspace: FilePath) {
        workspaceChoices[RealPath.resolve(workspace) ?? workspace] = choice
    }

    /// The task's own wishes, then those for its workspace, then those for all.
    ///
    /// A variant belongs to its model: it is taken only from where the model is from.
    func choice(of spec: TaskSpec, in workspace: FilePath) -> AgentChoice {
        choice(AgentChoice(model: spec.model, agent: spec.agent, variant: spec.variant), in: workspace)
    }

    /// Likewise.
    ///
    /// - Parameter own: The task's wishes.
    package func choice(_ own: AgentChoice, in workspace: FilePath) -> AgentChoice {
        let wishes = [own, workspaceChoices[workspace] ?? AgentChoice(), choice]
        var result = AgentChoice(agent: wishes.compactMap(\.agent).first)
        result.model = wishes.compactMap(\.model).first
        result.variant = wishes.prefix { $0.model == nil }.compactMap(\.variant).first
        if result.variant == nil { result.variant = wishes.first { $0.model != nil }?.variant }
        return result
    }
}
