import JSON
import Spool

/// What `POST /api/tasks` takes; `TaskSpecBuilder` checks it. The other names that OpenLoom has for some members
/// (`title`, `cwd`, `session_id`) are taken as well, and left out here: each is an error beside its twin.
extension Schema {
    static let newTask = Schema.object(
        ["goal": goal],
        optional: [
            "workspace": workspace, "name": name, "sessionId": session,
            "model": Schema.string(longest: 200, pattern: "^[^/\\s\(control)]+/[^\\s\(control)]+$").orNull
                .described("PROVIDER/MODEL"),
            "agent": line.orNull, "variant": line.orNull,
            "priority": Schema.integer(TaskSpec.priorities).orNull,
            "not_before": Schema.string(format: "date-time").orNull.described("It is not started before."),
            "expires": Schema.any(
                of: .string(format: "date-time"), .string(pattern: "^\(duration)$"), .integer(1...Self.longestWait)
            ).orNull.described("A moment, or how long from now on in seconds or as 2h: not started afterwards."),
            "after": Schema.any(of: line, dependency, .array(of: .any(of: line, dependency), longest: 100)).orNull
                .described("Tasks that must have ended first, by id or name; `on` says how."),
            "key": line.orNull.described("The same key again is the same task."),
            "timeout_s": Schema.number(above: 0, to: 604_800).orNull,
            "stall_s": Schema.number(above: 0, to: 604_800).orNull,
            "max_turns": Schema.integer(1...20).orNull,
            "max_cost": Schema.number(above: 0).orNull,
            "max_tokens": Schema.integer(1...Int.max).orNull,
            "max_files": Schema.integer(0...1_000_000).orNull.described("Files that may be changed."),
            "max_bytes": Schema.integer(0...1 << 50).orNull.described("Size of all changed files together."),
            "allow_paths": Schema.any(of: pattern, .array(of: pattern, shortest: 1, longest: 100)).orNull
                .described("Patterns of the paths that may be changed; all without it."),
            "verify": Schema.any(of: .ref("NewCheck"), .array(of: .ref("NewCheck"), longest: VerifyCheck.most)).orNull
                .described("What must be so when the agent is done."),
            "permissions": Schema.any(of: policy, .map(of: policy)).orNull,
            "workspace_shared": Schema.bool.orNull,
            "worktree": Schema.bool.orNull.described(
                "Work in a git worktree and on a branch of its own; not with sessionId."),
            "metadata": Schema.map().orNull.described("Yours; kept as it is."),
        ], isClosed: true
    ).needing([
        ["workspace": workspace],
        // The session says where it works. A blank one is none.
        ["sessionId": .string(pattern: "[A-Za-z0-9_-]")],
    ])

    /// What `POST /api/webhooks/generic` takes: OpenLoom's envelope. Other members are left alone.
    static let envelope = Schema.object(
        ["goal": goal, "workspace": workspace],
        optional: ["name": name, "sessionId": session, "event": .string(), "metadata": .map()])

    /// A century in seconds.
    private static let longestWait = 3_000_000_000
    /// `1d`, `1h30m`: at least one unit, the larger ones first.
    private static let duration: String = {
        let parts = ["w", "d", "h", "m", "s"].map { "[1-9][0-9]{0,2}\($0)" }
        let endings = parts.indices.map { last in parts[..<last].map { "(\($0))?" }.joined() + parts[last] }
        return "(\(endings.joined(separator: "|")))"
    }()
    /// Relative, and without a step upwards.
    private static let pattern = Schema.string(
        longest: 1000, pattern: "^\(patternPart)(/\(patternPart))*/?$")
    private static let patternPart = "\\.?[^/.\\s\(control)][^/\\s\(control)]*"
    static let dependency = Schema.object(
        ["task": line], optional: ["on": Schema.word(TaskDependency.Condition.allCases.map(\.rawValue)).orNull],
        isClosed: true)

    private static let goal = Schema.string(
        pattern: "^[ \\t\\n\\r]*[^\\s\(control)]([^\(control)]|[\\t\\n\\r])*$"
    ).described("What is to be done; given to the agent word for word.")
    private static let workspace = Schema.string(longest: 4095, pattern: "^(/|~$|~/)[^\(control)]*$")
        .described("Absolute path of a directory that is there.")
    private static let name = Schema.string(atMost: 200, pattern: "^\(space)*(\(lineText)\(space)*)?$").orNull
    private static let session = Schema.string(atMost: 200, pattern: "^\(space)*([A-Za-z0-9_-]+\(space)*)?$").orNull
        .described("An OpenCode session to go on in.")

    /// One line with something on it.
    static let line = Schema.string(longest: 200, pattern: "^\(space)*\(lineText)\(space)*$")

    // In the form that every engine of regular expressions knows.
    private static let control = "\\x00-\\x1f\\x7f-\\x9f"
    private static let space = "[ \\t\\n\\r]"
    private static let lineText = "[^\\s\(control)]([^\(control)]*[^\\s\(control)])?"
}
