import ArgumentParser
import Console
import Spool
import TaskSource

struct SchedulesEnable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Have a schedule make tasks again.",
        discussion: """
            What would have been due meanwhile is not made up for. The same as:
              rm SPOOL/schedules/NAME.disabled

            \(ScheduleHelp.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: ScheduleArgument

    func run() throws {
        let book = try options.scheduleBook()
        let name = try argument.name()
        try book.spool.enable(name)
        if try !book.readOrComplain(name).isEnabled {
            throw CommandFailure("schedules/\(name).yaml itself says enabled: false; edit it")
        }
        options.terminal.print([StyledText("enabled ", .dim) + StyledText(name.rawValue)])
        options.warnWithoutDaemon(book.spool, "it makes no tasks until one runs")
    }
}

struct SchedulesDisable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Keep a schedule from making tasks.",
        discussion: """
            Those that it has made go on. The same as:
              touch SPOOL/schedules/NAME.disabled

            \(ScheduleHelp.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: ScheduleArgument

    func run() throws {
        let spool = try options.openSpool()
        let name = try argument.name()
        try spool.disable(name)
        options.terminal.print([StyledText("disabled ", .dim) + StyledText(name.rawValue)])
    }
}
