import JSON
import Spool

/// A task as it is shown: `TaskDocument.swift` makes it.
extension Schema {
    static let statuses = ["pending", "paused", "running", "waiting", "completed", "failed", "archived"]

    private static let seconds = Schema.number().described("Seconds since 1970.")
    private static let moment = Schema.string(format: "date-time")

    static let task = Schema.object([
        "id": .string().described("The name of its directory."),
        "name": .string(),
        "workspace": .string().described("Absolute path; empty for a task that has not been read yet."),
        "goal": .string(),
        "status": .word(statuses),
        "state": Schema.word(TaskState.allCases.map(\.rawValue)).described("The directory that it lies in."),
        "verdict": Schema.word(Verdict.allCases.map(\.rawValue)).orNull.described("How it ended."),
        "reason": .string().orNull,
        "progress": .number(from: 0, to: 1),
        "active_session_id": .string().orNull,
        "session_ids": .array(of: .string()).described("OpenCode's sessions of all attempts."),
        "last_summary": .string().orNull,
        "error": .string().orNull,
        "check_log": .array(of: .map()),
        "hold": .bool,
        "cancelling": .bool,
        "archived": .bool,
        "not_before": moment.orNull,
        "retry": Schema.object(["after_attempt": .integer(from: 0), "not_before": moment, "reason": .string()]).orNull,
        "provider_hold": Schema.object([
            "provider": .string(), "unnamed": .bool, "until": moment, "since": moment, "reason": .string(),
            "count": .integer(from: 1), "probe": .string().orNull,
        ]).orNull.described("The provider of its model has reached a limit: providers/NAME.json."),
        "blocked_by": Schema.array(of: blocker).described("What it waits for, of its `after`."),
        "asks": Schema.array(of: .ref("Ask")).described("What the agent asked and nobody has answered."),
        "turn": Schema.integer(from: 1).orNull.described(
            "The agent's turn, while the task runs and once it was asked."),
        "checks": Schema.array(of: .ref("CheckResult")).orNull
            .described("What the checks found when they were made last; null if none were."),
        "result": Schema.anything.described("result.json: claim beside fact; null while there is none."),
        "worktree": Schema.object([
            "branch": .string().orNull, "base": Schema.string().orNull.described("The commit that it began from."),
            "base_branch": .string().orNull, "path": .string().orNull,
            "head": Schema.string().orNull.described("Its last commit that openloom has seen."),
            "ending": Schema.word(["merged", "discarded", "unchanged"]).orNull
                .described("Why worktree and branch are gone."),
        ]).orNull.described("Of a task with `worktree: true` that was started."),
        "created_at": seconds,
        "updated_at": seconds,
        "spec": Schema.ref("Spec"),
    ])

    private static let secondsOrNull = seconds.orNull

    /// `view=brief`: `TaskView.swift` makes it.
    static let briefTask = Schema.object([
        "id": .string(), "name": .string(), "workspace": .string(), "status": .word(statuses),
        "state": .word(TaskState.allCases.map(\.rawValue)),
        "verdict": Schema.word(Verdict.allCases.map(\.rawValue)).orNull, "reason": .string().orNull,
        "last_summary": .string().orNull, "error": .string().orNull, "active_session_id": .string().orNull,
        "hold": .bool, "cancelling": .bool, "archived": .bool, "not_before": moment.orNull,
        "retry": Schema.map().orNull,
        "asks": .array(of: .ref("Ask")), "priority": .integer(TaskSpec.priorities).orNull, "model": .string().orNull,
        "origin": .string().orNull, "created_at": seconds, "updated_at": seconds, "started_at": secondsOrNull,
        "ended_at": secondsOrNull,
        "activity": Schema.map().orNull.described("What the agent does now: message, tool, steps, tokens, cost."),
        "outcome": Schema.map().orNull.described(
            "What was claimed (`complete`, `noChange`), and how many files and checks say so."),
    ]).described("A task in a line: long texts are cut, goal and result left out.")

    static let taskList = Schema.object([
        "tasks": .array(of: .any(of: .ref("Task"), .ref("BriefTask"))), "store_version": storeVersion,
        "next_cursor": .string().orNull.described("Leads to the next page; null on the last."),
    ])

    static let taskChange = Schema.object(
        ["ok": .constant(true), "taskId": .string(), "store_version": storeVersion],
        optional: [
            "status": .word(statuses).orNull, "name": .string(), "workspace": .string(),
            "sessionId": .string().orNull, "aborted": .bool, "deleted": .bool,
        ])

    private static let blocker = Schema.object([
        "task": .string().described("As `after` names it."),
        "on": .word(TaskDependency.Condition.allCases.map(\.rawValue)), "id": .string().orNull,
        "state": Schema.word(["new", "running", "missing", "hopeless"])
            .described("Where that task is; `hopeless` if this can't be met as things are."),
        "reason": .string().orNull,
    ])

    static let ask = Schema.object(
        ["id": .string().described("The ask's name: `asks/ID.json`.")],
        optional: [
            "kind": Schema.anything.described("`permission` or `question`."),
            "permission": Schema.anything.described("Which one."),
            "patterns": Schema.anything.described("What it is about: commands, paths."),
            "questions": Schema.anything.described("Header, question, options, type."),
            "answers": Schema.anything.described("What may be answered."),
            "error": .string().described("Why the file can't be read."),
        ])

    /// `task.json`.
    static let spec = Schema.object(
        [:],
        optional: [
            "name": .string(), "workspace": .string(), "goal": .string(), "sessionId": .string(), "model": .string(),
            "agent": .string(), "variant": .string(), "priority": .integer(TaskSpec.priorities),
            "not_before": moment, "expires": moment,
            "after": .array(of: .any(of: .string(), dependency)), "key": .string(), "timeout_s": .number(above: 0),
            "stall_s": .number(above: 0), "max_turns": .integer(from: 1), "max_cost": .number(from: 0),
            "max_tokens": .integer(from: 0), "max_files": .integer(from: 0), "max_bytes": .integer(from: 0),
            "allow_paths": .array(of: .string()),
            "verify": .array(of: .ref("Check")), "verify_sha256": .string(),
            "permissions": .any(of: policy, .map(of: policy)),
            "workspace_shared": .bool, "worktree": .bool, "metadata": .map(), "created": moment,
            "origin": .object(["kind": .word(TaskFilter.knownOrigins)], optional: ["source": .string()]),
        ]
    ).described("task.json: what was accepted; empty for a task that has not been read yet.")

    static let policy = Schema.word(AskPolicy.Rule.allCases.map(\.rawValue))
}
