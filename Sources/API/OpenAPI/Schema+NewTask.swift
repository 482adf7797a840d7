import JSON
import Spool

/// What `POST /api/tasks` takes; `TaskSpecBuilder` checks it.
extension Schema {
    static let newTask = Schema.object(
        [
            "goal": .string(longest: 1_000_000, pattern: "^[^\\p{Cc}\\s]([^\\p{Cc}]|[\\t\\n])*$")
                .described("What is to be done; given to the agent word for word.")
        ],
        optional: [
            "name": line.orNull,
            "title": line.orNull.described("The same as name."),
            "workspace": path.orNull.described("Absolute path of a directory that is there."),
            "cwd": path.orNull.described("The same as workspace."),
            "sessionId": session.orNull.described("An OpenCode session to go on in."),
            "session_id": session.orNull.described("The same as sessionId."),
            "model": Schema.string(longest: 200, pattern: "^[^/\\s\\p{Cc}]+/[^\\s\\p{Cc}]+$").orNull
                .described("PROVIDER/MODEL"),
            "agent": line.orNull, "variant": line.orNull,
            "priority": Schema.integer(TaskSpec.priorities).orNull,
            "not_before": Schema.string(format: "date-time").orNull.described("It is not started before."),
            "after": Schema.any(of: line, .array(of: line, longest: 100)).orNull
                .described("Ids or names of tasks that must be done first."),
            "key": line.orNull.described("The same key again is the same task."),
            "timeout_s": Schema.number(above: 0, to: 604_800).orNull,
            "stall_s": Schema.number(above: 0, to: 604_800).orNull,
            "max_turns": Schema.integer(1...20).orNull,
            "max_cost": Schema.number(above: 0).orNull,
            "max_tokens": Schema.integer(1...1_000_000_000_000).orNull,
            "permissions": Schema.any(of: policy, .map(of: policy)).orNull,
            "workspace_shared": Schema.bool.orNull,
            "metadata": Schema.map().orNull.described("Yours; kept as it is."),
        ], isClosed: true)

    /// One line with something on it.
    private static let line = Schema.string(
        longest: 200, pattern: "^[^\\s\\p{Cc}]([^\\p{Cc}\\u2028\\u2029]*[^\\s\\p{Cc}])?$")
    private static let path = Schema.string(longest: 4000, pattern: "^(/|~)[^\\p{Cc}]*$")
    private static let session = Schema.string(longest: 200, pattern: "^[A-Za-z0-9_-]+$")
}
