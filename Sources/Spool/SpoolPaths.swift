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
    /// Workspaces that a person does not want to be offered any more.
    package var hiddenWorkspaces: FilePath { root.appending("workspaces-hidden.json") }
    /// While it exists no new task is started.
    package var pause: FilePath { root.appending("pause") }
    /// While it exists nothing is accepted.
    package var closed: FilePath { root.appending("closed") }

    package func directory(of state: TaskState) -> FilePath { root.appending(state.rawValue) }

    package func task(_ id: TaskID, in state: TaskState) -> TaskPaths {
        TaskPaths(directory: directory(of: state).appending(id.rawValue))
    }

    /// Every directory that a spool has, in the order in which they are made.
    package var directories: [FilePath] {
        [temporary, inbox, rejected, outbox, journal, nodes] + TaskState.allCases.map(directory(of:))
    }
}

/// What lies in a task's directory.
package struct TaskPaths: Sendable, Hashable {
    package let directory: FilePath

    package init(directory: FilePath) { self.directory = directory }

    package var spec: FilePath { directory.appending("task.json") }
    package var log: FilePath { directory.appending("log.jsonl") }
    package var session: FilePath { directory.appending("session") }
    package var turn: FilePath { directory.appending("turn.json") }
    /// Empty; there from just before a prompt is sent.
    package var turnSending: FilePath { directory.appending("turn.sending") }
    /// Empty; there from just after the server took a prompt.
    package var turnSent: FilePath { directory.appending("turn.sent") }
    package var owner: FilePath { directory.appending("owner") }
    package var asks: FilePath { directory.appending("asks") }
    package var evidence: FilePath { directory.appending("evidence") }
    /// What is kept of each turn.
    package var turns: FilePath { evidence.appending("turns") }
    /// What is kept of one turn, from 1.
    package func turnEvidence(_ turn: Int) -> FilePath { turns.appending(String(turn)) }
    package var activity: FilePath { directory.appending("activity.json") }
    package var transcript: FilePath { directory.appending("transcript.json") }
    package var result: FilePath { directory.appending("result.json") }
    package var verdict: FilePath { directory.appending("verdict") }
    package var reason: FilePath { directory.appending("reason") }
    package var retry: FilePath { directory.appending("retry.json") }
    package var attempts: FilePath { directory.appending("attempts") }
    package var hold: FilePath { directory.appending("hold") }
    package var cancel: FilePath { directory.appending("cancel") }
    package var archived: FilePath { directory.appending("archived") }
    /// Written before a dropped file is claimed, so that a crash afterwards loses neither the file nor its name.
    package var intake: FilePath { directory.appending("intake.json") }
}
