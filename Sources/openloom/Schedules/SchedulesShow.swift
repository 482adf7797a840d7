import ArgumentParser
import Console
import JSON
import Report
import Schedules
import Spool
import TaskSource

struct SchedulesShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one schedule.",
        discussion: """
            EXAMPLES
              openloom schedules show nightly
              openloom schedules show nightly --json | jq .last

            \(ScheduleHelp.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var argument: ScheduleArgument

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let book = try options.scheduleBook()
        let status = try book.status(try argument.name())
        let terminal = options.terminal
        if json { return terminal.write(JSONValue.object(status.json).pretty) }
        var rows: [(String, String?)] = [
            ("next", SchedulesList.next(status)), ("rule", status.file?.ruleText),
            ("timezone", status.file?.zoneName), ("overlap", status.file?.overlap.rawValue),
            ("missed", status.file?.missed.rawValue), ("until", status.file?.until?.iso8601),
            ("last", status.state?.last.map { "\($0.due.iso8601) \(SchedulesList.last(status))" }),
        ]
        rows += (status.state?.open ?? []).map { ("open", $0.rawValue) }
        rows += (status.problem ?? "").split(separator: "\n").map { ("problem", String($0)) }
        terminal.print(
            [StyledText(status.name.rawValue, .bold)]
                + rows.compactMap { label, value in
                    guard let value, !value.isEmpty else { return nil }
                    return StyledText("  ") + StyledText(label, .dim).fitted(to: 11)
                        + StyledText(SafeText.oneLine(value))
                })
    }
}
