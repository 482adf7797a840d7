import HTTPTypes
import Spool
import SystemPackage

extension Problem {
    /// What a failed operation of the spool is to whoever asked for it.
    init(_ error: SpoolError) {
        self.init(Self.kind(of: error), "\(error)")
        if kind == .closed { headers[.retryAfter] = "60" }
    }

    /// The same where no single task was asked for: there, nothing being found means that the spool is not there.
    init(wholeSpool error: SpoolError) {
        self.init(error)
        if error.code == .taskNotFound {
            kind = .spoolUnavailable
            detail = "\(error.path) is not there; is the filesystem mounted?"
        }
    }

    private static func kind(of error: SpoolError) -> Kind {
        switch error.code {
        case .taskNotFound: .taskNotFound
        case .deliveryNotFound, .scheduleNotFound: .notFound
        case .taskExists: .taskExists
        case .wrongState: .wrongState
        case .ambiguous: .ambiguous
        case .closed: .closed
        case .spoolMissing, .notASpool, .locked: .spoolUnavailable
        case .damaged: .damaged
        case .systemCall:
            switch error.errno {
            case .noSpace, .diskQuotaExceeded: .storageFull
            default: .failure
            }
        }
    }
}
