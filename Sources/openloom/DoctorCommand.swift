import ArgumentParser
import Console
import Daemon
import JSON
import Report

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at all that the daemon needs, and say what is wrong and how to mend it.",
        discussion: """
            Looks at the configuration, the spool and its filesystem, git, the OpenCode servers (which version answers, \
            and how openloom proves there who it is), and the program that could be started. Changes nothing, and works \
            whether the daemon runs or not.

            EXAMPLES
              openloom doctor
              openloom doctor --json | jq '.findings[] | select(.level != "good")'

            EXIT CODES
              0   nothing is in the way (warnings do not count)
              1   something is; it is marked as a problem
              64  the command line is wrong
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let configuration = try options.loadConfiguration()
        let doctor = Doctor(
            configuration: configuration, environment: GlobalOptions.environment, home: GlobalOptions.home)
        let findings = await doctor.examine()
        let isWell = !findings.contains { $0.level == .problem }
        let terminal = options.terminal
        if json {
            let object: JSONValue = ["ok": .bool(isWell), "findings": .array(findings.map(\.json))]
            terminal.write(object.pretty)
        } else {
            terminal.print(findings.map { line($0, options.context(terminal)) })
        }
        if !isWell { throw ExitCode(1) }
    }

    private func line(_ finding: DoctorFinding, _ context: RenderContext) -> StyledText {
        let (mark, style): (String, Style) =
            switch finding.level {
            case .good: ("ok", .green)
            case .warning: ("warning", .yellow)
            case .problem: ("PROBLEM", .red)
            }
        return StyledText(mark, style).fitted(to: 9) + StyledText(finding.name, .bold).fitted(to: 15)
            + StyledText(context.path(SafeText.oneLine(finding.message)))
    }
}
