package import SystemPackage

/// Where everything lies. The only place that turns names into paths.
package struct SpoolPaths: Sendable, Hashable {
    package let root: FilePath

    package init(root: FilePath) { self.root = root.lexicallyNormalized() }

    package var version: FilePath { root.appending("spool-version") }
    package var inbox: FilePath { root.appending("inbox") }
    package var temporary: FilePath { root.appending("tmp") }
    package var rejected: FilePath { root.appending("rejected") }
    package var outbox: FilePath { root.appending("outbox") }
    package var journal: FilePath { root.appending("journal") }
    package var nodes: FilePath { root.appending("nodes") }
    /// Worktrees of tasks that have one, under the names of the tasks; git makes it.
    package var worktrees: FilePath { root.appending("worktrees") }
    package var schedules: FilePath { root.appending("schedules") }
    /// Workspaces that a person does not want to be offered any more.
    package var hiddenWorkspaces: FilePath { root.appending("workspaces-hidden.json") }
    /// What makes the daemon faster and may be deleted at any time; made when there is something to keep.
    package var cache: FilePath { root.appending("cache") }
    /// While it exists no new task is started.
    package var pause: FilePath { root.appending("pause") }
    /// While it exists nothing is accepted.
    package var closed: FilePath { root.appending("closed") }

    /// Up to which event of the journal everything has been put beside the sources.
    ///
    /// - Parameter connector: Nil for results in directories of this machine.
    package func resultCursor(_ node: String, connector: String?) -> FilePath {
        nodes.appending("\(node).results" + (connector.map { "-\($0)" } ?? ""))
    }

    package var connectors: FilePath { root.appending("connectors") }
    /// A connector's name is one that a directory can have: the configuration sees to it.
    package func connector(_ name: String) -> FilePath { connectors.appending(name) }
    package func claimant(_ connector: String) -> FilePath { self.connector(connector).appending("claimant") }
    package func taken(_ connector: String) -> FilePath { self.connector(connector).appending("taken") }

    /// A mark for each task that came from another program, also for those that are gone.
    package var migrated: FilePath { root.appending("migrated") }
    package func migratedMark(_ id: TaskID) -> FilePath { migrated.appending(id.rawValue) }

    package var providers: FilePath { root.appending("providers") }
    /// Any name may be a provider's. What no file's name should have stands as `_` in it, with a hash behind it.
    package func provider(_ name: String) -> FilePath {
        let plain = String(name.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
        let file = plain == name && !name.isEmpty ? name : plain + SubmissionKey.suffix(name)
        return providers.appending("\(file).json")
    }

    package func schedule(_ name: ScheduleName) -> FilePath { schedules.appending("\(name).yaml") }
    package func scheduleState(_ name: ScheduleName) -> FilePath { schedules.appending("\(name).state.json") }
    /// While it exists the schedule makes no tasks.
    package func scheduleDisabled(_ name: ScheduleName) -> FilePath { schedules.appending("\(name).disabled") }

    package func directory(of state: TaskState) -> FilePath { root.appending(state.rawValue) }

    package func task(_ id: TaskID, in state: TaskState) -> TaskPaths {
        TaskPaths(directory: directory(of: state).appending(id.rawValue))
    }

    /// Every directory that a spool has, in the order in which they are made.
    package var directories: [FilePath] {
        [temporary, inbox, rejected, schedules, providers, outbox, journal, nodes]
            + TaskState.allCases.map(directory(of:))
    }
}

/// What lies in a task's directory.
package struct TaskPaths: Sendable, Hashable {
    package let directory: FilePath

    package init(directory: FilePath) { self.directory = directory }

    /// What the files are called that tell of a task; ``TaskLook`` looks at them by these.
    enum Name {
        static let spec = "task.json"
        static let session = "session"
        static let hold = "hold"
        static let cancel = "cancel"
        static let archived = "archived"
        static let verdict = "verdict"
        static let reason = "reason"
        static let result = "result.json"
        static let activity = "activity.json"
        static let retry = "retry.json"
        static let attempts = "attempts"
        static let asks = "asks"
        static let log = "log.jsonl"
    }

    package var spec: FilePath { directory.appending(Name.spec) }
    package var log: FilePath { directory.appending(Name.log) }
    package var session: FilePath { directory.appending(Name.session) }
    package var turn: FilePath { directory.appending("turn.json") }
    /// Empty; there from just before a prompt is sent.
    package var turnSending: FilePath { directory.appending("turn.sending") }
    /// Empty; there from just after the server took a prompt.
    package var turnSent: FilePath { directory.appending("turn.sent") }
    package var owner: FilePath { directory.appending("owner") }
    package var worktree: FilePath { directory.appending("worktree.json") }
    package var asks: FilePath { directory.appending(Name.asks) }
    package var evidence: FilePath { directory.appending("evidence") }
    /// What is kept of each turn.
    package var turns: FilePath { evidence.appending("turns") }
    /// What is kept of one turn, from 1.
    package func turnEvidence(_ turn: Int) -> FilePath { turns.appending(String(turn)) }
    package var activity: FilePath { directory.appending(Name.activity) }
    package var transcript: FilePath { directory.appending("transcript.json") }
    package var result: FilePath { directory.appending(Name.result) }
    /// What ``result`` says, for people.
    package var report: FilePath { directory.appending("result.md") }
    package var verdict: FilePath { directory.appending(Name.verdict) }
    package var reason: FilePath { directory.appending(Name.reason) }
    package var retry: FilePath { directory.appending(Name.retry) }
    /// Empty; says that the attempt met the provider's limit, and is no attempt at the work.
    package var limited: FilePath { directory.appending("limited") }
    package var attempts: FilePath { directory.appending(Name.attempts) }
    package var hold: FilePath { directory.appending(Name.hold) }
    package var cancel: FilePath { directory.appending(Name.cancel) }
    package var archived: FilePath { directory.appending(Name.archived) }
    /// Written before a dropped file is claimed, so that a crash afterwards loses neither the file nor its name.
    package var intake: FilePath { directory.appending("intake.json") }
    /// Which file of a connector's storage it was.
    package var remote: FilePath { directory.appending("remote.json") }
    /// Which program it came from, and what was known of it there.
    package var migrated: FilePath { directory.appending("migrated.json") }
    /// What was put beside the dropped file, and under which name.
    package var placed: FilePath { directory.appending("placed.json") }
}
