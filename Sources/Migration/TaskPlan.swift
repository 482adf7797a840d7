import Glibc
import JSON
import Spool
import SystemPackage

/// What becomes of a task of OpenLoom 0.17.
struct TaskPlan {
    /// Nil if it can't be carried over.
    var task: MigratedTask?
    /// What becomes of it, or why nothing does.
    var message: String
    /// What else somebody should know.
    var remark: String?

    static let program = "OpenLoom 0.17"
    /// What stands for the workspace of a task that has ended without one. No task can be worked on there.
    private static let nowhere = FilePath("/nonexistent")
    /// 0.17 has no limit of time, and a turn that it began may be older than ours; 30 days is the longest that there is.
    private static let timeout = 30 * 86_400.0

    /// - Parameter sessions: Those of other tasks with that name.
    init(_ old: OldTask, sessions: Set<String> = []) {
        switch (old.fault, old.status) {
        case (let fault?, _): message = "can't be carried over: \(fault)"
        case (nil, nil):
            message = "can't be carried over: \"\(old.statusText.prefix(40))\" is no status of OpenLoom 0.17"
        case (nil, .pending?), (nil, .paused?), (nil, .running?), (nil, .waiting?):
            self = Self.open(old)
            // What tells a session that 0.17 had made for this one and not noted yet from theirs.
            if task?.place.state == .new, !sessions.isEmpty {
                task?.note["sessions_of_others"] = JSONValue(sessions.sorted())
            }
        case (nil, let status?): self = Self.ended(old, status)
        }
    }

    private init(_ task: MigratedTask?, _ message: String, _ remark: String? = nil) {
        self.task = task
        self.message = message
        self.remark = remark
    }

    private static func open(_ old: OldTask) -> TaskPlan {
        if old.goal.isEmpty { return TaskPlan(nil, "can't be carried over: it has no goal") }
        guard old.workspace.hasPrefix("/") else {
            let session = old.session.map { " (and sessionId: \($0))" } ?? ""
            return TaskPlan(
                nil, "can't be carried over: its workspace is not known here; submit it again with one\(session)")
        }
        guard old.knowsSession || old.status == .pending else {
            return TaskPlan(
                nil,
                "can't be carried over: its database has no column active_session_id, so nobody can tell whether it was "
                    + "prompted, and where; look in OpenCode, and submit it again if it was not")
        }
        let isHeld = old.status == .paused
        var spec = spec(old, FilePath(old.workspace))
        let remark = remark(on: spec.workspace)
        if old.wasPrompted, let session = old.session {
            spec.timeoutSeconds = timeout
            let turn = MigratedTurn(session: session, beginning: old.goal, started: old.created)
            return TaskPlan(
                task(old, spec, .running(turn, isHeld: isHeld)),
                "goes to running/\(isHeld ? " with a hold" : ""): its session \(session) is followed to the end of its "
                    + "turn, and its prompt is not sent again", remark)
        }
        spec.sessionID = old.session
        return TaskPlan(
            task(old, spec, .new(isHeld: isHeld)),
            "waits in new/"
                + (isHeld ? " with a hold; `openloom release` has it started" : ", and is started by the daemon"),
            remark)
    }

    private static func ended(_ old: OldTask, _ status: OldTask.Status) -> TaskPlan {
        let hasWorkspace = old.workspace.hasPrefix("/")
        let workspace = hasWorkspace ? FilePath(old.workspace) : nowhere
        let (verdict, reason) = verdict(old, status)
        let ending = TaskEnding(
            verdict: verdict, reason: reason,
            result: [
                "session": JSONValue(old.session), "workspace": .string(workspace.string), "claim": .null,
                "fact": .null,
                "migrated": [
                    "from": .string(program), "status": .string(status.rawValue), "summary": JSONValue(old.summary),
                ],
            ], ended: old.updated)
        let isArchived = status == .archived
        return TaskPlan(
            task(old, spec(old, workspace), .ended(ending, session: old.session, isArchived: isArchived)),
            "goes to \(verdict.state.rawValue)/ as \(verdict.rawValue)" + (isArchived ? ", archived" : "")
                + (verdict == .unchanged ? ": OpenLoom's word that it is done, and no proof" : ""),
            hasWorkspace ? nil : "it has no workspace; \(nowhere) stands for it")
    }

    /// An ending that nobody has proven says so: in `done/` it is `unchanged`, as one that a person has forced.
    private static func verdict(_ old: OldTask, _ status: OldTask.Status) -> (Verdict, String) {
        // That of an archived task only says that it was archived.
        let summary = (status == .archived ? nil : old.summary).map { " (\(line($0)))" } ?? ""
        if status == .completed || status == .archived && old.isComplete {
            return (.unchanged, "\(program) called it completed\(summary); what it changed was not recorded")
        }
        if status == .failed || old.error != nil {
            let told = line(old.error ?? "")
            return (.error, told.isEmpty ? "\(program) called it failed\(summary)" : told)
        }
        return (
            .cancelled,
            "archived in \(program) before it had ended" + (old.session == nil ? "" : "; its session was not stopped")
        )
    }

    private static func spec(_ old: OldTask, _ workspace: FilePath) -> TaskSpec {
        TaskSpec(
            name: old.name, workspace: real(workspace), goal: old.goal, created: old.created,
            origin: TaskOrigin(.migration, source: "\(program): \(line(old.id))"))
    }

    private static func task(_ old: OldTask, _ spec: TaskSpec, _ place: MigratedTask.Place) -> MigratedTask? {
        guard let id = TaskID(old.id) ?? TaskID("openloom-0.17" + SubmissionKey.suffix(old.id)) else { return nil }
        let note: JSONObject = [
            "from": .string(program), "time": .string(Timestamp.now().iso8601), "task": .object(old.record),
        ]
        return MigratedTask(id: id, spec: spec, note: note, place: place, updated: old.updated)
    }

    private static func remark(on workspace: FilePath) -> String? {
        var status = Glibc.stat()
        if stat(workspace.string, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return nil }
        return "its workspace \(workspace) is not there; make it before the daemon starts, or the task ends as invalid"
    }

    /// Without symbolic links, as `task.json` has it.
    static func real(_ path: FilePath) -> FilePath {
        guard let resolved = realpath(path.string, nil) else { return path.lexicallyNormalized() }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }

    private static func line(_ text: String) -> String {
        String(text.prefix(500).map { $0.isNewline ? " " : $0 })
    }
}
