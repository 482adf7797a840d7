package import SystemPackage

/// A spool operation that did not happen. Unless its documentation says otherwise, the spool is as it was before.
package struct SpoolError: Error, Sendable, Hashable {
    package enum Code: Sendable, Hashable {
        /// Somebody else moved or deleted it first; expected.
        case taskNotFound
        /// The outbox holds no such endpoint or delivery.
        case deliveryNotFound
        /// There is no schedule of that name.
        case scheduleNotFound
        /// The destination is taken; moving would hide another task.
        case taskExists
        /// The task is not in a state in which this can be done.
        case wrongState
        /// Several tasks answer to the given part of a name.
        case ambiguous
        /// `closed` exists: nothing is accepted.
        case closed
        /// The root is not there.
        case spoolMissing
        /// The root has no `spool-version`, or one that we do not know.
        case notASpool
        /// Another daemon works on this spool.
        case locked
        /// A file of ours holds something else than it should.
        case damaged
        /// Not planned for; `errno` says which.
        case systemCall
    }

    package var code: Code
    /// What was tried, as a verb: `rename`, `open`.
    package var operation: String
    package var path: FilePath
    package var errno: Errno?
    /// What to do about it, where that is known.
    package var advice: String?

    package init(
        _ code: Code, _ operation: String, _ path: FilePath, errno: Errno? = nil, advice: String? = nil
    ) {
        self.code = code
        self.operation = operation
        self.path = path
        self.errno = errno
        self.advice = advice
    }
}

extension SpoolError: CustomStringConvertible {
    package var description: String {
        let what: String =
            switch code {
            case .taskNotFound: "no such task: \(path.lastComponent?.string ?? path.string)"
            case .deliveryNotFound: "no such endpoint or delivery: \(path.lastComponent?.string ?? path.string)"
            case .scheduleNotFound: "no such schedule: \(path.lastComponent?.stem ?? path.string)"
            case .taskExists: "\(path) is there already"
            case .wrongState: "can't \(operation) \(path.lastComponent?.string ?? path.string)"
            case .ambiguous: "more than one is called like \(path.lastComponent?.string ?? path.string)"
            case .closed: "the spool is closed"
            case .spoolMissing: "there is no spool at \(path)"
            case .notASpool: "\(path) is not a spool"
            case .locked: "another daemon works on the spool \(path)"
            case .damaged: "\(path) is damaged"
            case .systemCall: "\(operation) \(path)" + (errno.map { ": \($0)" } ?? "")
            }
        return advice.map { "\(what): \($0)" } ?? what
    }
}
