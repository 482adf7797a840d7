import ArgumentParser
import Console
import JSON
import Report
import Spool
import TaskSource

struct SchedulesList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the schedules, and when they are due.",
        discussion: """
            EXAMPLES
              openloom schedules ls
              openloom schedules ls --json | jq -r '.schedules[] | select(.problem) | .name'

            \(ScheduleHelp.exitCodes)
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let book = try options.scheduleBook()
        let all = try book.statuses()
        let terminal = options.terminal
        if json {
            return terminal.write(JSONValue.object(["schedules": .array(all.map { .object($0.json) })]).pretty)
        }
        guard !all.isEmpty else {
            return terminal.print([StyledText("no schedules: write one to schedules/NAME.yaml", .dim)])
        }
        let width = max(12, (all.map { $0.name.rawValue.count }.max() ?? 0) + 2)
        let ruleWidth = max(8, (all.map { ($0.file?.identity.count ?? 0) }.max() ?? 0) + 2)
        func line(_ words: [String], _ style: Style = []) -> StyledText {
            StyledText(words[0], style).fitted(to: width) + StyledText(words[1], style).fitted(to: 26)
                + StyledText(words[2], style).fitted(to: ruleWidth) + StyledText(words[3], style)
        }
        terminal.print(
            [line(["SCHEDULE", "NEXT", "RULE", "LAST"], .dim)]
                + all.map { status in
                    line([
                        status.name.rawValue, Self.next(status), SafeText.oneLine(status.file?.identity ?? ""),
                        SafeText.oneLine(status.problem ?? Self.last(status)),
                    ])
                })
    }

    static func next(_ status: ScheduleStatus) -> String {
        if status.problem != nil { return "can't be followed" }
        if !status.isActive { return "disabled" }
        return status.next?.iso8601 ?? "never"
    }

    static func last(_ status: ScheduleStatus) -> String {
        guard let last = status.state?.last else { return "" }
        let what = last.task.map { "\(last.kind.rawValue) \($0)" } ?? last.kind.rawValue
        return last.reason.isEmpty ? what : "\(what): \(last.reason)"
    }
}
