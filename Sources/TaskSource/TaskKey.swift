/// The keys that a person may write.
enum TaskKey: String, CaseIterable {
    case name
    case workspace
    case goal
    case sessionID = "sessionId"
    case model
    case agent
    case variant
    case priority
    case notBefore = "not_before"
    case expires
    case after
    case key
    case timeout = "timeout_s"
    case stall = "stall_s"
    case maxTurns = "max_turns"
    case maxCost = "max_cost"
    case maxTokens = "max_tokens"
    case maxFiles = "max_files"
    case maxBytes = "max_bytes"
    case allowPaths = "allow_paths"
    case verify
    case permissions
    case workspaceShared = "workspace_shared"
    case worktree
    case notify
    case metadata

    /// The other names by which OpenLoom knows some of them.
    static let aliases: [String: TaskKey] = ["cwd": .workspace, "title": .name, "session_id": .sessionID]

    /// Keys that are known and refused, with the reason.
    static let refused: [String: String] = [
        "verify_sha256": "is set when the task is accepted; remove the key",
        "created": "is set when the task is accepted; remove the key",
        "origin": "is set when the task is accepted; remove the key",
    ]

    /// The key that a text names, itself or by an alias.
    init?(name: String) {
        guard let key = TaskKey(rawValue: name) ?? Self.aliases[name] else { return nil }
        self = key
    }

    /// Whether its value is a text: a cell of a document is taken as it is for these.
    var isText: Bool {
        switch self {
        case .name, .workspace, .goal, .sessionID, .model, .agent, .variant, .notBefore, .expires, .after, .key: true
        case .priority, .timeout, .stall, .maxTurns, .maxCost, .maxTokens, .maxFiles, .maxBytes, .allowPaths, .verify,
            .permissions, .workspaceShared,
            .worktree,
            .notify, .metadata:
            false
        }
    }
}
