import ArgumentParser
import Console
import JSON
import Spool
import TaskSource

struct SchedulesNext: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "List the next moments at which a schedule is due, in UTC.",
        discussion: """
            Whether it is enabled or not.

            EXAMPLES
              openloom schedules next nightly
              openloom schedules next nightly --count 20

            \(ScheduleHelp.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: ScheduleArgument

    @Option(name: .shortAndLong, help: "How many.")
    var count = 5

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if !(1...1000).contains(count) { throw ValidationError("--count should be from 1 to 1000") }
    }

    func run() throws {
        let book = try options.scheduleBook()
        let moments = try book.readOrComplain(try argument.name()).next(count, after: .now()).map(\.iso8601)
        if json { return options.terminal.write(JSONValue.object(["next": JSONValue(moments)]).pretty) }
        options.terminal.print(moments.map { StyledText($0) })
    }
}
