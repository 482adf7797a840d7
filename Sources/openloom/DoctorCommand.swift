import ArgumentParser
import Console
import DaemonConfiguration
import Doctor
import JSON
import Report

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at all that the daemon needs, and say what is wrong and how to mend it.",
        discussion: """
            Looks at the configuration, the spool and its filesystem, the clock, the OpenCode servers (which version \
            answers, and how openloom proves there who it is), connectors, webhook endpoints, and more; \
            docs/doctor.md has a table of all checks. They are made at the same time, each in bounded time. Works \
            whether the daemon runs or not, and changes nothing but a directory of its own under tmp/ of the spool. \
            Endpoints of webhooks are connected to; nothing is sent to them.

            EXAMPLES
              openloom doctor
              openloom doctor --only opencode --only webhooks
              openloom doctor --skip connectors
              openloom doctor --write --send-test-events
              openloom doctor --json | jq '.findings[] | select(.level != "good")'

            EXIT CODES
              0   nothing is in the way (warnings do not count)
              1   something is; it is marked as a problem
              3   with --strict: no problem, but a warning
              64  the command line is wrong
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Make only this check; can be given more than once.", valueName: "check"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Leave this check out; can be given more than once.", valueName: "check"))
    var skip: [String] = []

    @Flag(help: "Put a small file into each connector's outbox, read it, move it and delete it.")
    var write = false

    @Flag(help: "Send each webhook endpoint one signed event of a task that does not exist.")
    var sendTestEvents = false

    @Flag(help: "Exit with 3 where there are warnings.")
    var strict = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        let names = Examination.all.map(\.name)
        for name in only + skip where !names.contains(name) {
            throw ValidationError("no check is called \(name); there are \(names.joined(separator: ", "))")
        }
    }

    func run() async throws {
        let findings = await self.findings()
        let isWell = !findings.contains { $0.level == .problem }
        let terminal = options.terminal
        if json {
            let object: JSONValue = ["ok": .bool(isWell), "findings": .array(findings.map(\.json))]
            terminal.write(object.pretty)
        } else {
            terminal.print(findings.flatMap { lines($0, options.context(terminal)) })
        }
        if !isWell { throw ExitCode(1) }
        if strict, findings.contains(where: { $0.level == .warning }) { throw ExitCode(3) }
    }

    private func findings() async -> [DoctorFinding] {
        let configuration: Configuration
        do {
            configuration = try options.loadConfiguration()
        } catch let error as ConfigurationError {
            return ConfigurationCheck.findings(error)
        } catch {
            return ConfigurationCheck.findings("\(error)")
        }
        var scene = DoctorScene(
            configuration: configuration, environment: GlobalOptions.environment, home: GlobalOptions.home)
        scene.writesToConnectors = write
        scene.sendsTestEvents = sendTestEvents
        let settings = options.viewSettings
        scene.command = { settings.context(width: 80).command($0) }
        let checks = Examination.all.filter { check in
            (only.isEmpty || only.contains(check.name)) && !skip.contains(check.name)
        }
        let progress = ProgressLine()
        let findings = await Examination(checks).examine(scene) { unfinished in
            progress.show(unfinished.isEmpty ? "" : "looking at \(unfinished.prefix(6).joined(separator: ", ")) …")
        }
        progress.clear()
        return findings
    }

    private func lines(_ finding: DoctorFinding, _ context: RenderContext) -> [StyledText] {
        let (mark, style): (String, Style) =
            switch finding.level {
            case .good: ("ok", .green)
            case .warning: ("warning", .yellow)
            case .problem: ("PROBLEM", .red)
            case .skipped: ("skipped", .dim)
            }
        func shown(_ text: String) -> String { context.path(SafeText.oneLine(text)) }
        let line =
            StyledText(mark, style).fitted(to: 9) + StyledText(finding.name, .bold).fitted(to: 15)
            + StyledText(shown(finding.message))
        guard let mend = finding.mend else { return [line] }
        return [line, StyledText("").fitted(to: 24) + StyledText("→ ", .dim) + StyledText(shown(mend))]
    }
}
