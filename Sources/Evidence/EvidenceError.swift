package import SystemPackage

/// Evidence that could not be recorded at all. What merely could not be determined is no error: ``ChangeSummary`` and
/// `baseline.json` say it.
package struct EvidenceError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        case noBaseline  // changes were asked for, and nothing says what was there before
        case damagedBaseline  // a file of the baseline is not as it was written
        case cancelled  // the calling task was cancelled; calling again starts afresh
        case systemCall  // the workspace or the evidence directory did not take a call; `errno` says which
    }

    package var code: Code
    /// What was attempted, in a word or two.
    package var operation: String
    package var path: FilePath
    /// Why the system refused, for ``Code/systemCall``.
    package var errno: Errno?
    /// What a person can do about it.
    package var advice: String?

    init(_ code: Code, _ operation: String, _ path: FilePath, errno: Errno? = nil, advice: String? = nil) {
        self.code = code
        self.operation = operation
        self.path = path
        self.errno = errno
        self.advice = advice
    }

    package var description: String {
        let reason: String =
            switch code {
            case .noBaseline: "there is no baseline"
            case .damagedBaseline: "the baseline is damaged"
            case .cancelled: "cancelled"
            case .systemCall: errno.map { "\($0)" } ?? "the system refused"
            }
        return "\(operation) \(path): \(reason)" + (advice.map { "; \($0)" } ?? "")
    }
}
