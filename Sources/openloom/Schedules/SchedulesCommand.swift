import ArgumentParser
import Console
import Daemon
import DaemonConfiguration
import Report
import Spool
import TaskSource

struct SchedulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules",
        abstract: "Look at what makes tasks by the clock, and act on it.",
        discussion: """
            A schedule is a file SPOOL/schedules/NAME.yaml that you write; edit it, and remove it, as you like.

            EXAMPLES
              openloom schedules ls
              openloom schedules next nightly --count 10
              openloom schedules run nightly
              openloom schedules disable nightly
            """,
        subcommands: [
            SchedulesList.self, SchedulesShow.self, SchedulesNext.self, SchedulesRun.self, SchedulesEnable.self,
            SchedulesDisable.self,
        ]
    )
}

enum ScheduleHelp {
    static let exitCodes = """
        EXIT CODES
          0   it is done
          1   it is not; standard error says why
          2   there is no such schedule
          64  the command line is wrong
        """
}

/// The one schedule that a command is about.
struct ScheduleArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("A schedule: the name of its file, without .yaml.", valueName: "name"))
    var text: String

    func name() throws -> ScheduleName {
        guard let name = ScheduleName(text.hasSuffix(".yaml") ? String(text.dropLast(5)) : text) else {
            throw CommandFailure(
                "\(SafeText.oneLine(text)) can't be the name of a schedule", exitCode: CommandFailure.noSuchTask)
        }
        return name
    }
}

extension GlobalOptions {
    /// The schedules of the spool.
    func scheduleBook() throws -> ScheduleBook {
        let configuration = try loadConfiguration()
        configuration.setTimeZone()
        let reader = TaskSourceReader(
            limits: configuration.sourceLimits, workspaces: configuration.workspacePolicy,
            verification: configuration.verification)
        return ScheduleBook(spool: try openSpool(), reader: reader)
    }
}

extension ScheduleBook {
    /// What a schedule's file says.
    ///
    /// - Throws: ``SpoolError``, or ``CommandFailure`` that says what is wrong with it.
    func readOrComplain(_ name: ScheduleName) throws -> ScheduleFile {
        do throws(Fault) {
            return try read(name)
        } catch {
            throw Self.complaint(error, name)
        }
    }

    static func complaint(_ fault: Fault, _ name: ScheduleName) -> any Error {
        switch fault {
        case .spool(let error): error
        case .source(let error): CommandFailure("schedules/\(name).yaml can't be followed:\n\(error)")
        }
    }
}
