/// Where a task's directory lies, which is what its state is.
package enum TaskState: String, Sendable, Hashable, CaseIterable {
    case new
    case running
    case done
    case failed

    /// Whether nothing happens to the task any more, unless somebody moves it.
    package var isEnded: Bool { self == .done || self == .failed }
}

/// How a task ended, in one word: the content of its file `verdict`.
package enum Verdict: String, Sendable, Hashable, CaseIterable {
    /// Its checks passed.
    case verified
    /// It has no checks; files changed.
    case changed
    /// It has no checks; nothing changed: a question answered.
    case unchanged
    /// The agent says done, the checks say no.
    case unverified
    case error
    case cancelled
    case timeout
    case stalled
    case budget
    /// What became of the turn can't be known, or the server that worked on it is gone.
    case interrupted
    /// The task could not be read.
    case invalid

    /// The directory that a task with this verdict belongs in.
    package var state: TaskState {
        switch self {
        case .verified, .changed, .unchanged: .done
        case .unverified, .error, .cancelled, .timeout, .stalled, .budget, .interrupted, .invalid: .failed
        }
    }

    /// The exit code of `openloom run`: 0 only for `done/`, and a code of its own for each other verdict.
    ///
    /// 1 and 2 are left to errors of the command itself, 64 and up to argument parsing (`sysexits.h`).
    package var exitCode: Int32 {
        switch self {
        case .verified, .changed, .unchanged: 0
        case .error: 10
        case .unverified: 11
        case .cancelled: 12
        case .timeout: 13
        case .stalled: 14
        case .budget: 15
        case .interrupted: 16
        case .invalid: 17
        }
    }
}
