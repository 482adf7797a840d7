import ArgumentParser
import Console
import Glibc
import Spool

/// How a failure is told: a line on standard error, and an exit code that a script can act on.
enum Complaint {
    /// Tells the error and exits.
    static func exit(because error: any Error) -> Never {
        switch error {
        case let code as ExitCode:
            Openloom.exit(withError: code)
        case is SpoolError, is CommandFailure:
            tell(error)
            Glibc.exit(exitCode(for: error))
        default:
            let code = Openloom.exitCode(for: error)
            // Help, the version and completion scripts come as errors that are none.
            if code == .success { Openloom.exit(withError: error) }
            if code == .validationFailure {
                let message = Openloom.fullMessage(for: error)
                let prefix = "Error: "
                Terminal.complain(
                    message.hasPrefix(prefix) ? "openloom: \(message.dropFirst(prefix.count))" : message)
            } else {
                tell(error)
            }
            Glibc.exit(code.rawValue)
        }
    }

    /// Tells the error without exiting.
    static func tell(_ error: any Error) {
        Terminal.complain("openloom: \(error)")
    }

    /// Tells something that is no error, but that a person who waits for a result should know.
    static func note(_ text: String) {
        Terminal.complain("openloom: \(text)")
    }

    /// 2 for a task that is not there or not named clearly enough, 1 for every other failure.
    static func exitCode(for error: any Error) -> Int32 {
        switch error {
        case let failure as CommandFailure: failure.exitCode
        case let error as SpoolError
        where [.taskNotFound, .deliveryNotFound, .scheduleNotFound, .ambiguous].contains(error.code):
            CommandFailure.noSuchTask
        default: CommandFailure.failed
        }
    }
}
