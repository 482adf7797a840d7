package import OpenCode

/// How a turn ended, before anybody has looked at the workspace.
package enum TurnEnd: Sendable, Hashable {
    /// The agent stopped cleanly and said something. Whether it claims to be done is in its words.
    case claimed(text: String)
    case failed(AgentFailure)
    /// As `failed`, and the server said when to try again (milliseconds since 1970).
    case outOfQuota(AgentFailure, until: Int?)
    /// The server took the prompt, and no turn came of it.
    case didNotStart(String)
    /// The turn was cut off, or can't be known.
    case interrupted(String)
    case stalled(String)
    case timedOut(String)
    case overBudget(String)
    case cancelled(String)
}
