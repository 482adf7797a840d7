import ArgumentParser
import Console
import Spool
import TaskSource

struct SchedulesRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Have a schedule make a task now, beside those that it makes by itself.",
        discussion: """
            Prints the task's id. Whether the schedule is enabled, and what else it has made, makes no difference.

            EXAMPLES
              openloom schedules run nightly

            \(ScheduleHelp.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: ScheduleArgument

    func run() throws {
        let book = try options.scheduleBook()
        let name = try argument.name()
        let file = try book.readOrComplain(name)
        do throws(ScheduleBook.Fault) {
            options.terminal.print([StyledText(try book.submit(file, of: name, due: nil).rawValue)])
        } catch {
            throw ScheduleBook.complaint(error, name)
        }
        options.warnWithoutDaemon(book.spool, "the task waits")
    }
}
